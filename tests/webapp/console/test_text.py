"""Changes in words."""

from __future__ import annotations

from typing import Any

import pytest

from flags.catalogue import CATALOGUE, REACTIONS
from flags.sources.embedded import seed_state
from flags.sources.interface import Change, Closing
from tests.harness.flags import NOON
from webapp.console.text import summary, what

BEFORE = seed_state(CATALOGUE[REACTIONS]).as_dict()


def told(closed: Closing | None = None, /, **after: Any) -> str:
    """What is said of a change of these parts, whoever made it and however it was called."""
    return what(Change(7, 7, REACTIONS, "elsewhere", "Ben", NOON, BEFORE, BEFORE | after, closed))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"enabled": False, "closing": "cut"}, "turned off"),
        ({"rollout": 5}, "percentage from 100 % to 5 %"),
        ({"cohorts": ["staff", "alpha", "beta"]}, "let beta in"),
        ({"cohorts": ["staff"]}, "took alpha out"),
        (
            {"cohorts": ["beta", "alpha"], "rollout": 5},
            "percentage from 100 % to 5 %; let beta in; took staff out",
        ),
        ({"variants": {"tray": 333, "tapback": 667}}, "variants to tray 33.3 %, tapback 66.7 %"),
        ({"constraints": []}, "rules changed"),
        ({"something": "new"}, "rules changed"),
    ],
)
def test_says_what_is_different(after: dict[str, Any], words: str) -> None:
    assert told(**after) == words


def test_says_how_it_closed() -> None:
    assert told(Closing.DRAIN, rollout=5) == "percentage from 100 % to 5 %, drain"


def test_says_that_a_drain_was_hardened() -> None:
    drained = BEFORE | {"enabled": False}
    change = Change(
        7, 7, REACTIONS, "off", "Ben", NOON, drained, drained | {"closing": "cut"}, Closing.CUT
    )
    assert what(change) == "turned off, cut"


def test_does_not_claim_cohorts_for_rules_made_by_hand() -> None:
    by_hand = BEFORE | {"custom": [{"name": "default"}]}
    assert summary(by_hand) == "On, by rules made by hand elsewhere"
    assert summary(BEFORE) == "On, 100 % of staff, alpha"


def test_says_that_it_was_set_up() -> None:
    assert what(Change(1, 1, REACTIONS, "seed", "seed", NOON, {}, BEFORE)) == "first set up"
