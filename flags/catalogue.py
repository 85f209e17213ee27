"""The gated features. The only list of their keys; deleting a finished experiment starts here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

WEB_LISTENING = "web-listening"
WEB_SPEAKING = "web-speaking"
WEB_HOSTING = "web-hosting"
REACTIONS = "reactions"

WHOLE_WEIGHT = 1000
"""What the weights of a feature's variants add up to."""

PERSON: Literal["person"] = "person"
SPACE: Literal["space"] = "space"
ANYWHERE: Literal["anywhere"] = "anywhere"


@dataclass(frozen=True)
class Variant:
    """One form of a feature; `weight` is its share of 1000."""

    name: str
    weight: int


@dataclass(frozen=True)
class Seed:
    """How a feature starts on a fresh installation.

    `rollout` is a percentage of each cohort; `constraints` are Unleash constraints that hold in
    every cohort.
    """

    enabled: bool
    cohorts: tuple[str, ...]
    rollout: int = 100
    constraints: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class GatedFeature:
    """What a feature is for, and what closing it does to the people inside.

    The texts on closing are shown to whoever is about to close it.

    `assigned_by`: by whom its variants are dealt out. By Space where what one person has changes
    what others in the room experience: then everybody in a Space has the same variant. Whether it
    is open always goes by person. `met_in`: where people meet it, and so when they count in its
    figures: in a Space only, or wherever they are (the lobby too).
    """

    key: str
    owner: str
    purpose: str
    parent: str | None
    expected_end: date
    closing_cut: str
    closing_drain: str
    seed: Seed
    variants: tuple[Variant, ...] = ()
    assigned_by: Literal["person", "space"] = PERSON
    met_in: Literal["space", "anywhere"] = SPACE


def catalogue_of(features: Iterable[GatedFeature]) -> Mapping[str, GatedFeature]:
    """The features by key, in the order given.

    Raises ValueError for a key given twice, a parent that does not come first, or variants whose
    weights do not add up to 1000.
    """
    catalogue: dict[str, GatedFeature] = {}
    for feature in features:
        _check(feature, catalogue)
        catalogue[feature.key] = feature
    return MappingProxyType(catalogue)


def _check(feature: GatedFeature, earlier: Mapping[str, GatedFeature]) -> None:
    if feature.key in earlier:
        raise ValueError(f"{feature.key} is in the catalogue twice")
    if feature.parent is not None and feature.parent not in earlier:
        raise ValueError(f"{feature.key}: its parent {feature.parent} must come before it")
    if feature.variants and sum(variant.weight for variant in feature.variants) != WHOLE_WEIGHT:
        raise ValueError(
            f"{feature.key}: the weights of its variants must add up to {WHOLE_WEIGHT}"
        )


ESTABLISHED_HOST = MappingProxyType(
    {"contextName": "followers", "operator": "NUM_GTE", "value": "600"}
)
"""Hosting starts with people who already have an audience."""

CATALOGUE = catalogue_of(
    (
        GatedFeature(
            key=WEB_LISTENING,
            owner="listening",
            purpose="Find live Spaces and listen to them in the browser.",
            parent=None,
            expected_end=date(2027, 3, 31),
            closing_cut="Sound stops at once, for speakers and hosts on the web too.",
            closing_drain="Nobody new gets in; those who are listening stay until they leave.",
            seed=Seed(enabled=True, cohorts=("staff", "alpha", "beta")),
            # Ways of the sound: WebRTC, HLS, or WebRTC as long as there is room for it. What one
            # hears, the others must hear too.
            variants=(Variant("auto", 1000), Variant("hls", 0), Variant("webrtc", 0)),
            assigned_by=SPACE,
            met_in=ANYWHERE,
        ),
        GatedFeature(
            key=WEB_SPEAKING,
            owner="speaking",
            purpose="Ask for the microphone and speak from the browser.",
            parent=WEB_LISTENING,
            expected_end=date(2027, 4, 30),
            closing_cut="Web speakers go back to listening at once; open requests disappear.",
            closing_drain="No new requests; those on stage stay until they leave it.",
            seed=Seed(enabled=True, cohorts=("staff", "alpha")),
        ),
        GatedFeature(
            key=WEB_HOSTING,
            owner="hosting",
            purpose="Open a Space and run it from the browser.",
            parent=WEB_LISTENING,
            expected_end=date(2027, 5, 31),
            closing_cut="Spaces hosted on the web end for everybody in them after a countdown.",
            closing_drain="No new Spaces; those that are live go on until their hosts end them.",
            seed=Seed(
                enabled=True, cohorts=("staff", "alpha"), constraints=(dict(ESTABLISHED_HOST),)
            ),
            met_in=ANYWHERE,
        ),
        GatedFeature(
            key=REACTIONS,
            owner="reactions",
            purpose="Send an emoji to the Space, or to one speaker.",
            parent=WEB_LISTENING,
            expected_end=date(2027, 2, 28),
            closing_cut="The tray disappears and nothing more can be sent.",
            closing_drain="The same: there is nothing to finish.",
            seed=Seed(enabled=True, cohorts=("staff", "alpha")),
            variants=(Variant("tray", 500), Variant("tapback", 500)),
            # Who gets reactions sees them, whoever sends them.
            assigned_by=SPACE,
        ),
    )
)
"""Every gated feature by key, parents first."""
