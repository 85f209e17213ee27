from __future__ import annotations

from dataclasses import replace

import pytest

from flags.catalogue import (
    CATALOGUE,
    PERSON,
    REACTIONS,
    WEB_HOSTING,
    WEB_LISTENING,
    WEB_SPEAKING,
    Variant,
    catalogue_of,
)

LISTENING, SPEAKING = CATALOGUE[WEB_LISTENING], CATALOGUE[WEB_SPEAKING]


def test_lists_parents_before_their_children() -> None:
    assert list(CATALOGUE) == [WEB_LISTENING, WEB_SPEAKING, WEB_HOSTING, REACTIONS]


def test_refuses_a_parent_that_does_not_come_first() -> None:
    with pytest.raises(ValueError, match="must come before"):
        catalogue_of([SPEAKING, LISTENING])


def test_refuses_a_key_given_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        catalogue_of([LISTENING, LISTENING])


def test_refuses_variants_that_do_not_make_a_whole() -> None:
    lame = replace(LISTENING, variants=(Variant("a", 500), Variant("b", 499)))
    with pytest.raises(ValueError, match="add up to 1000"):
        catalogue_of([lame])


def test_no_two_features_deal_their_variants_to_the_same_people() -> None:
    """The group is the same for all: see docs/decisions/variants-in-strategies.md."""
    by_person = [gated.key for gated in CATALOGUE.values() if gated.assigned_by == PERSON]
    assert len([key for key in by_person if CATALOGUE[key].variants]) <= 1
