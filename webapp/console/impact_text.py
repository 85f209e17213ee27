"""What a change would do, in words, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from werkzeug.datastructures import MultiDict

from webapp.console import forms
from webapp.console.impact_estimate import Effect, Group
from webapp.http.errors import AppError
from webapp.infra.i18n import t


def effect(effect: Effect, held_by: str | None) -> Iterator[str]:
    """ "+ 120 people, 14 connected now", and what else there is to know. `held_by`: the closed
    feature that keeps it closed."""
    groups = (("gained", effect.gained), ("lost", effect.lost), ("moved", effect.moved))
    told = list(chain.from_iterable(_group(name, group) for name, group in groups))
    yield from told or [t("console.effect.none")]
    yield t("console.effect.after", count=effect.after)
    if effect.variants:
        numbers = ", ".join(f"{name}: {number}" for name, number in effect.variants.items())
        yield t("console.effect.variants", numbers=numbers)
    if effect.by_space:
        yield t("console.effect.by_space")
    if held_by:
        yield t("console.effect.held", parent=held_by)


def shares_wrong(sent: MultiDict[str, str]) -> str:
    """What is wrong with the shares of a form: one that is no number, or their sum."""
    try:
        percent = sum(forms.shares(sent).values()) / 10
    except AppError:
        return t("console.edit.share_wrong")
    return t("console.edit.shares_wrong", percent=f"{percent:g}")


def _group(name: str, group: Group) -> Iterator[str]:
    if group.people:
        yield t(f"console.effect.{name}", count=group.people, connected=group.connected)
    if group.inside and name == "lost":
        yield t("console.effect.inside", count=group.inside)
