"""Changes of a protected feature wait for a second product manager's yes."""

from __future__ import annotations

import pytest

from flags.catalogue import REACTIONS
from flags.sources.interface import Closing
from tests.harness.factories import House, Page, Visitor
from tests.webapp.console.test_feature_routes import FEATURE, followed, seen
from webapp.console.schedules import Schedules
from webapp.feature_flags.change_request_store import Plans

WAITS = "nothing is changed yet. It waits for another product manager"


def state(house: House):
    return house.core.source.feature(REACTIONS)


def names(visitor: Visitor) -> list[str]:
    return [control.name for control in Page(visitor.get(FEATURE).text).controls]


def proposed(house: House, paula: Visitor, **filled: str) -> None:
    paula.press(FEATURE, "Protect it")
    answer = paula.press(FEATURE, "Propose changes", **({"percent": "30"} | filled))
    assert WAITS in followed(paula, answer)
    assert state(house).rollout == 100


def test_waits_for_somebody_else_who_sees_what_it_would_do(
    house: House, paula: Visitor, ben: Visitor
) -> None:
    house.person("Alma", "alpha")
    proposed(house, paula)
    assert "Agree" not in names(paula)
    page = ben.get(FEATURE)
    assert "Paula proposes" in page.text
    assert "percentage from 100 % to 30 %" in seen(page)
    effect = page.text.split('data-effect="/console/proposals/')[1].split("/")[0]
    assert "lines" in ben.get(f"/console/proposals/{effect}/effect").text
    followed(ben, ben.press(FEATURE, "Agree"))
    assert state(house).rollout == 30
    assert house.core.source.history(REACTIONS, 1)[0].by == "Paula & Ben"
    assert "Paula proposes" not in ben.get(FEATURE).text


def test_nobody_agrees_with_themselves(house: House, paula: Visitor, ben: Visitor) -> None:
    proposed(house, paula)
    token = Page(paula.get(FEATURE).text).named("Withdraw").form
    assert token is not None
    data = {"csrf_token": token.fields["csrf_token"], "expected": str(state(house).revision)}
    assert paula.open("POST", "/console/proposals/1/agree", data=data).status_code == 403
    assert state(house).rollout == 100


def test_is_declined_or_withdrawn(house: House, paula: Visitor, ben: Visitor) -> None:
    proposed(house, paula)
    page = ben.get(FEATURE)
    followed(ben, ben.press_on(page, "Decline"))
    assert ben.press_on(page, "Agree").status_code == 410
    followed(paula, paula.press(FEATURE, "Propose changes", percent="20"))
    followed(paula, paula.press(FEATURE, "Withdraw"))
    assert "Agree" not in names(ben)
    assert state(house).rollout == 100


def test_expires_after_seven_days(house: House, paula: Visitor) -> None:
    proposed(house, paula)
    house.clock.go_on(days=6, hours=23)
    ben = house.signed_in(house.person("Ben", "staff", roles=["product_manager"]))
    page = ben.get(FEATURE)
    assert "Paula proposes" in page.text
    house.clock.go_on(hours=1)
    assert "Paula proposes" not in ben.get(FEATURE).text
    assert ben.press_on(page, "Agree").status_code == 410
    assert state(house).rollout == 100


def test_turning_off_never_waits_but_turning_on_does(
    house: House, paula: Visitor, ben: Visitor
) -> None:
    paula.press(FEATURE, "Protect it")
    followed(paula, paula.press("/console/turn-off", "Cut reactions", closing="cut"))
    assert not state(house).enabled
    assert WAITS in followed(paula, paula.press(FEATURE, "Propose to turn on"))
    assert not state(house).enabled
    followed(ben, ben.press(FEATURE, "Agree"))
    assert state(house).enabled


def test_an_undo_waits_unless_it_only_turns_off(house: House, paula: Visitor, ben: Visitor) -> None:
    house.core.source.turn_off(REACTIONS, Closing.CUT, "Ben")
    house.core.source.turn_on(REACTIONS, "Ben")
    paula.press(FEATURE, "Protect it")
    followed(paula, paula.press(FEATURE, "Undo: turned on"))
    assert not state(house).enabled
    assert WAITS in followed(paula, paula.press(FEATURE, "Undo: turned off, drain"))
    assert not state(house).enabled


def test_protection_itself_ends_by_two(house: House, paula: Visitor, ben: Visitor) -> None:
    paula.press(FEATURE, "Protect it")
    assert WAITS in followed(paula, paula.press(FEATURE, "Propose to unprotect it"))
    followed(ben, ben.press(FEATURE, "Agree"))
    followed(paula, paula.press(FEATURE, "Save changes", percent="30"))
    assert state(house).rollout == 30


def test_turning_on_by_schedule_waits_too(house: House, paula: Visitor, ben: Visitor) -> None:
    paula.press(FEATURE, "Protect it")
    later = {"at": "2026-11-22T12:00"}
    assert WAITS in followed(paula, paula.press(FEATURE, "Schedule it", turn="on", **later))
    assert Schedules(house.core).waiting() == []
    assert "turn on at 2026-11-22 12:00 UTC" in seen(ben.get(FEATURE))
    assert ben.get("/console/proposals/1/effect").status_code == 404
    followed(ben, ben.press(FEATURE, "Agree"))
    house.core.source.turn_off(REACTIONS, Closing.CUT, "Ben")
    house.clock.go_on(days=1)
    Schedules(house.core).carry_out()
    assert state(house).enabled


def test_a_proposed_schedule_says_its_time_with_the_offset(
    house: House, paula: Visitor, ben: Visitor
) -> None:
    paula.press(FEATURE, "Protect it")
    later = {"at": "2026-11-22T13:00", "zone": "Europe/Paris"}
    followed(paula, paula.press(FEATURE, "Schedule it", turn="on", **later))
    assert "turn on at 2026-11-22 13:00 UTC+01:00" in seen(ben.get(FEATURE))


def test_a_proposal_is_made_to_what_is_there_now(
    house: House, paula: Visitor, ben: Visitor
) -> None:
    proposed(house, paula)
    page = ben.get(FEATURE)
    house.core.source.set_cohort(REACTIONS, "beta", True, "Tool")
    told = ben.press_on(page, "Agree")
    assert told.status_code == 409
    assert "let beta in" in seen(told)
    followed(ben, ben.press_on(told, "Keep both"))
    assert (state(house).rollout, state(house).cohorts) == (30, ("staff", "alpha", "beta"))


def test_what_collides_has_to_be_proposed_again(house: House, paula: Visitor, ben: Visitor) -> None:
    proposed(house, paula)
    house.core.source.set_rollout(REACTIONS, 60, "Tool")
    told = ben.press(FEATURE, "Agree")
    assert told.status_code == 409
    assert "Apply mine over it" not in told.text
    assert state(house).rollout == 60


def test_whoever_dies_between_the_yes_and_its_effect_loses_no_proposal(
    house: House, paula: Visitor, ben: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed where nothing can be tidied up any more."""
    proposed(house, paula)
    page, source = ben.get(FEATURE), house.core.source

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(source, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        ben.press_on(page, "Agree")
    monkeypatch.undo()
    assert state(house).rollout == 100
    assert ben.press_on(page, "Agree").status_code == 410, "another process may be at it"
    assert ben.press_on(page, "Decline").status_code == 410
    house.clock.go_on(seconds=30)
    followed(ben, ben.press(FEATURE, "Agree"))
    assert state(house).rollout == 30
    assert "Paula proposes" not in ben.get(FEATURE).text


def test_a_yes_that_took_hold_is_not_given_twice(
    house: House, paula: Visitor, ben: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed(house, paula)
    finish = Plans.finish

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Plans, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        ben.press(FEATURE, "Agree")
    monkeypatch.setattr(Plans, "finish", finish)
    assert state(house).rollout == 30
    made = len(house.core.source.history(REACTIONS))
    house.clock.go_on(seconds=30)
    followed(ben, ben.press(FEATURE, "Agree"))
    assert len(house.core.source.history(REACTIONS)) == made
    assert "Paula proposes" not in ben.get(FEATURE).text
