from __future__ import annotations

from flags.context import context_of
from tests.harness.flags import NOON, Somebody


def test_says_what_is_known_of_a_person() -> None:
    person = Somebody("p1", "beta", followers=7, country="FR", platform="ios")
    assert context_of(person, NOON) == {
        "userId": "p1",
        "currentTime": "2026-11-21T12:00:00+00:00",
        "properties": {
            "cohort": "beta",
            "followers": "7",
            "country": "FR",
            "platform": "ios",
            "space": "lobby",
        },
    }


def test_says_in_which_space_a_person_is() -> None:
    assert context_of(Somebody(), NOON, "abc")["properties"]["space"] == "abc"


def test_leaves_out_what_is_not_known() -> None:
    properties = context_of(Somebody(), NOON)["properties"]
    assert not {"country", "platform"} & set(properties)
    assert properties["cohort"] == "alpha"
