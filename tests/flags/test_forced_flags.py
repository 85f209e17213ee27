from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flags.catalogue import CATALOGUE, catalogue_of
from flags.forced_flags import CannotForce, Forced, as_json, complete, overridden
from flags.gate import Decision

OPEN, CLOSED = Forced(True), Forced(False)
DEEP = catalogue_of(
    replace(CATALOGUE["web-listening"], key=key, parent=parent)
    for key, parent in (("a", None), ("b", "a"), ("c", "b"), ("side", "a"), ("alone", None))
)


def test_what_is_forced_open_opens_its_parents_and_nothing_else() -> None:
    whole = complete({"c": OPEN}, DEEP)
    assert whole == {"a": Forced(True, because="c"), "b": Forced(True, because="c"), "c": OPEN}


def test_what_is_forced_closed_closes_what_needs_it_and_nothing_else() -> None:
    whole = complete({"b": CLOSED}, DEEP)
    assert whole == {"b": CLOSED, "c": Forced(False, because="b")}


def test_a_parent_that_was_asked_for_itself_stays_as_asked() -> None:
    assert complete({"a": OPEN, "b": OPEN}, DEEP) == {"a": OPEN, "b": OPEN}


@pytest.mark.parametrize(
    "asked",
    [
        {"c": OPEN, "a": CLOSED},
        {"never": OPEN},
        {"a": Forced(True, "never")},
    ],
)
def test_what_cannot_be(asked: dict[str, Forced]) -> None:
    with pytest.raises(CannotForce):
        complete(asked, DEEP)


def test_a_closed_feature_has_no_variant() -> None:
    with pytest.raises(CannotForce):
        complete({"reactions": Forced(False, "tray")})


@given(st.dictionaries(st.sampled_from(list(DEEP)), st.sampled_from([OPEN, CLOSED])))
def test_no_child_is_open_under_a_closed_parent(asked: dict[str, Forced]) -> None:
    try:
        whole = complete(asked, DEEP)
    except CannotForce:
        return
    for key, forced in whole.items():
        parent = whole.get(DEEP[key].parent or "")
        assert not forced.enabled or parent is None or parent.enabled
        assert forced.because is None or key not in asked
    assert {key: whole[key] for key in asked} == asked
    assert complete(asked, DEEP) == {k: Forced(**v) for k, v in as_json(whole).items()}  # type: ignore[arg-type]


CLOSED_BY_GATES = Decision(False, None, 7)


def test_an_override_is_marked_and_the_rest_is_the_engines() -> None:
    forced = complete({"reactions": Forced(True, "tapback")})
    answer = overridden(CLOSED_BY_GATES, "reactions", forced)
    assert answer == Decision(True, "tapback", 7, forced=True)
    assert overridden(CLOSED_BY_GATES, "web-hosting", forced) is CLOSED_BY_GATES


def test_without_a_variant_it_is_the_persons_own_or_the_first() -> None:
    forced = {"reactions": OPEN}
    assert overridden(CLOSED_BY_GATES, "reactions", forced).variant == "tray"
    own = Decision(True, "tapback", 7)
    assert overridden(own, "reactions", forced).variant == "tapback"
