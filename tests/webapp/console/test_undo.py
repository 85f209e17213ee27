"""Taking a change of the history back."""

from __future__ import annotations

from flags.catalogue import REACTIONS, WEB_LISTENING
from flags.sources.interface import Closing
from tests.harness.factories import House, Page, Visitor
from tests.webapp.console.test_feature_routes import FEATURE, followed, seen


def state(house: House):
    return house.core.source.feature(REACTIONS)


def test_restores_what_was_before_and_is_itself_in_the_history(
    house: House, paula: Visitor
) -> None:
    paula.press(FEATURE, "Save changes", percent="30", cohort=["staff"], closing="cut")
    undo = "Undo: percentage from 100 % to 30 %; took alpha out, cut"
    text = followed(paula, paula.press(FEATURE, undo))
    assert "Undone: percentage from 30 % to 100 %; let alpha in" in text
    assert (state(house).rollout, state(house).cohorts) == (100, ("staff", "alpha"))
    latest = house.core.source.history(REACTIONS, 1)[0]
    assert (latest.action, latest.by) == ("undo", "Paula")


def test_an_undo_can_be_undone(house: House, paula: Visitor) -> None:
    paula.press(FEATURE, "Save changes", percent="30", closing="cut")
    paula.press(FEATURE, "Undo: percentage from 100 % to 30 %, cut")
    paula.press(FEATURE, "Undo: percentage from 30 % to 100 %")
    assert (state(house).rollout, state(house).closing) == (30, Closing.DRAIN)


def test_turning_off_is_undone_too(house: House, paula: Visitor) -> None:
    paula.press("/console/turn-off", "Cut reactions", closing="cut")
    paula.press(FEATURE, "Undo: turned off, cut")
    assert state(house).enabled


def test_refuses_when_something_changed_since_and_offers_the_difference(
    house: House, paula: Visitor
) -> None:
    paula.press(FEATURE, "Save changes", percent="30", closing="cut")
    house.core.source.set_cohort(REACTIONS, "beta", True, "Ben")
    told = paula.press(FEATURE, "Undo: percentage from 100 % to 30 %, cut")
    assert told.status_code == 409
    assert state(house).rollout == 30
    text = seen(told)
    assert "Nothing has been undone yet." in text
    assert "Ben" in text
    assert "Undoing would mean</dt><dd>percentage from 30 % to 100 %" in text
    followed(paula, paula.press_on(told, "Undo only that"))
    assert (state(house).rollout, state(house).cohorts) == (100, ("staff", "alpha", "beta"))


def test_says_what_it_would_overwrite(house: House, paula: Visitor) -> None:
    paula.press(FEATURE, "Save changes", percent="30", closing="cut")
    house.core.source.set_rollout(REACTIONS, 60, "Ben")
    told = paula.press(FEATURE, "Undo: percentage from 100 % to 30 %, cut")
    assert "yours would replace theirs: the percentage." in seen(told)


def test_the_first_set_up_and_other_features_changes_are_not_undone(
    house: House, paula: Visitor
) -> None:
    form = Page(paula.get(FEATURE).text).named("Save changes").form
    assert form is not None
    seeds = {c.feature: c.revision for c in house.core.source.history()}
    for change in (seeds[REACTIONS], seeds[WEB_LISTENING], 999):
        data = {"csrf_token": form.fields["csrf_token"], "change": str(change)}
        assert paula.open("POST", f"{FEATURE}/undo", data=data).status_code in (400, 404)
    assert house.core.source.revision() == 4
