"""What is forced in a preview, whatever the definitions say. Pure: no I/O.

A feature that is forced open opens what it needs to work, its parents, and nothing else; one that
is forced closed closes what needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from flags.catalogue import CATALOGUE, GatedFeature
from flags.gate import Decision


class CannotForce(ValueError):
    """Something that cannot be forced: `key` is the feature, `other` the one it contradicts."""

    def __init__(self, key: str, other: str | None = None) -> None:
        self.key, self.other = key, other
        super().__init__(f"{key} cannot be forced so")


@dataclass(frozen=True, slots=True)
class Forced:
    """`variant` None: the one that the person would have, or else the feature's first. `because`
    names the feature for whose sake this one is forced; None: it was asked for itself."""

    enabled: bool
    variant: str | None = None
    because: str | None = None


def complete(
    asked: Mapping[str, Forced], catalogue: Mapping[str, GatedFeature] = CATALOGUE
) -> dict[str, Forced]:
    """All that follows from what is asked for, in the catalogue's order.

    Raises CannotForce for an unknown feature or variant, for a variant of a closed feature, and for
    a feature that is to be open without its parent.
    """
    for key, forced in asked.items():
        _check(key, forced, catalogue)
    whole = dict(asked)
    for key, forced in asked.items():
        if forced.enabled:
            _open_what_it_needs(key, whole, catalogue)
    # Parents come first in a catalogue, so that what closes a child has been met before it.
    for key, feature in catalogue.items():
        _close_with_parent(key, feature, whole)
    return {key: whole[key] for key in catalogue if key in whole}


def as_json(forced: Mapping[str, Forced]) -> dict[str, dict[str, object]]:
    """To be kept: `Forced(**each)` reads it again."""
    return {key: asdict(each) for key, each in forced.items()}


def overridden(own: Decision, key: str, forced: Mapping[str, Forced]) -> Decision:
    """The answer for somebody for whom `forced` holds, of whom the engine says `own`."""
    override = forced.get(key)
    if override is None:
        return own
    if not override.enabled:
        return Decision(False, None, own.revision, forced=True)
    return Decision(True, override.variant or _usual(own, key), own.revision, forced=True)


def _check(key: str, forced: Forced, catalogue: Mapping[str, GatedFeature]) -> None:
    if key not in catalogue:
        raise CannotForce(key)
    names = {variant.name for variant in catalogue[key].variants}
    if forced.variant is not None and (not forced.enabled or forced.variant not in names):
        raise CannotForce(key)


def _open_what_it_needs(
    key: str, whole: dict[str, Forced], catalogue: Mapping[str, GatedFeature]
) -> None:
    parent = catalogue[key].parent
    while parent is not None:
        if not whole.setdefault(parent, Forced(True, because=key)).enabled:
            raise CannotForce(key, parent)
        parent = catalogue[parent].parent


def _close_with_parent(key: str, feature: GatedFeature, whole: dict[str, Forced]) -> None:
    parent = whole.get(feature.parent or "")
    if parent is not None and not parent.enabled:
        whole.setdefault(key, Forced(False, because=feature.parent))


def _usual(own: Decision, key: str) -> str | None:
    """The engine's own variant where it opens the feature; a closed one has none of its own."""
    variants = CATALOGUE[key].variants if key in CATALOGUE else ()
    if own.enabled or not variants:
        return own.variant
    return variants[0].name
