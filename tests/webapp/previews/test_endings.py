"""A preview ends when it is over, revoked, or when who opened it may not look any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flags.forced_flags import Forced
from tests.harness.house import OFFER, Guest, House, Looker
from webapp.accounts.models import Person
from webapp.accounts.service import Accounts
from webapp.accounts.user_agent import Device
from webapp.http.errors import AppError
from webapp.infra.event_bus import Events
from webapp.previews.preview_spec import Wanted
from webapp.spaces.models import Space

HTML = {"Accept": "text/html"}
OPEN = Forced(True)


def status(house: House, looker: Looker) -> int:
    return house.browser(looker).get(f"{looker.base}/", headers=HTML).status_code


def test_revoking_ends_it_at_once(house: House, quinn: Guest) -> None:
    _, slug = house.space()
    looker = house.looks(quinn)
    tab = house.listening(looker, slug)
    assert looker.id in {seat.split(".")[1] for seat in house.seats()}
    house.core.previews.revoke(looker.preview, quinn.person)
    house.settle()
    assert not tab.connected
    assert status(house, looker) == 410
    assert looker.id not in {seat.split(".")[1] for seat in house.seats()}
    assert house.core.spaces.standing(slug, looker.id) is None


def test_it_lasts_an_hour_however_much_it_is_used(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn)
    tab = house.tab(looker)
    house.go_on(minutes=59)
    assert status(house, looker) == 200
    assert tab.connected
    house.go_on(minutes=2)
    assert status(house, looker) == 410
    assert not tab.connected


def test_a_long_one_is_not_renewed_by_being_used(house: House, quinn: Guest) -> None:
    made = house.core.previews.make(quinn.person, Wanted("X", "beta"), timedelta(hours=4))
    device = Device("", "desktop")
    entered = house.core.previews.open(made.id, quinn.person, quinn.login, device)
    looker = Looker(entered.person, entered.login.id, entered.cookie, made.id)
    for _ in range(3):
        house.go_on(minutes=79)
        assert status(house, looker) == 200
    # Before anything has swept it, too.
    house.clock.go_on(minutes=4)
    assert status(house, looker) == 410


@pytest.mark.parametrize("lasts", [timedelta(minutes=4), timedelta(hours=9)])
def test_how_long_it_may_last(house: House, quinn: Guest, lasts: timedelta) -> None:
    with pytest.raises(AppError, match="bad_input"):
        house.core.previews.make(quinn.person, Wanted("X", "beta"), lasts)


def test_a_link_that_is_over_opens_nothing(house: House, quinn: Guest) -> None:
    previews = house.core.previews
    made = previews.make(quinn.person, Wanted("X", "beta"))
    token = previews.token(made)
    with pytest.raises(AppError, match="forged"):
        previews.at(("0" if token[0] != "0" else "1") + token[1:])
    house.go_on(minutes=61)
    with pytest.raises(AppError, match="expired"):
        previews.at(token)
    again = previews.make(quinn.person, Wanted("X", "beta"))
    previews.revoke(again.id, quinn.person)
    with pytest.raises(AppError, match="revoked"):
        previews.at(previews.token(again))


def test_a_cohort_that_was_renamed_meanwhile_is_said_to_be_wrong(
    house: House, quinn: Guest
) -> None:
    house.core.accounts.people.add_cohort("gamma")
    made = house.core.previews.make(quinn.person, Wanted("X", "gamma"))
    house.core.accounts.people.rename_cohort("gamma", "delta")
    with pytest.raises(AppError, match="bad_input"):
        house.core.previews.open(made.id, quinn.person, quinn.login, Device("", "desktop"))


def test_who_signs_out_leaves_their_previews(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn)
    tab = house.tab(looker)
    house.core.accounts.logins.end(quinn.id, quinn.login)
    house.tick()
    assert status(house, looker) == 410
    assert not tab.connected


def test_who_loses_the_role_leaves_their_previews(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn)
    tab = house.tab(looker)
    house.core.accounts.people.set_role(quinn.id, "qa", False)
    house.settle()
    assert status(house, looker) == 410
    assert not tab.connected


def test_also_when_the_command_line_takes_the_role_away(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn)
    tab = house.tab(looker)
    kept = house.looks(house.guest("Quentin", "staff", roles=("qa",)))
    command_line = Accounts.build(
        house.core.db,
        Events(),
        house.core.settings.secret_key(),
        house.clock,
        hosting=house.core.spaces.hosting,
    )
    command_line.people.set_role(quinn.id, "qa", False)
    house.tick()
    assert status(house, looker) == 410
    assert not tab.connected
    assert status(house, kept) == 200


def test_nobody_made_up_is_left_behind(house: House, quinn: Guest) -> None:
    host, slug = house.space()
    looker = house.looks(quinn, "alpha")
    tab = house.joined(looker, slug)
    tab.does("speaking.request")
    host.does("hosting.accept", person=looker.id)
    tab.does("stage.offer", sdp=OFFER)
    house.go_on(minutes=61)
    house.tick()
    assert house.on_bridge(slug) == set()
    assert [one["name"] for one in host.received("space.stage")[-1][1]["stage"]] == ["Hana"]
    with house.core.db.reading() as db_session:
        assert db_session.get(Person, looker.id) is None
    preview = house.core.previews.get(looker.preview)
    assert preview is not None
    assert preview.swept_at is not None


def test_a_space_hosted_in_a_preview_ends_politely(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn, "alpha", web_hosting=OPEN)
    host = house.tab(looker)
    slug = host.does("hosting.open", title="A trial")["slug"]
    host.does("space.join", slug=slug)
    guest = house.listening(house.guest("Tess"), slug)
    guest.received()
    house.core.previews.revoke(looker.preview, quinn.person)
    house.tick()
    [(_, told)] = guest.received("space.ending")
    assert told["seconds"] == 30
    # Whatever changes meanwhile, nobody calls that off.
    house.core.source.set_rollout("reactions", 50, "a test")
    house.go_on(seconds=29)
    assert guest.received("space.ended") == []
    house.go_on(seconds=2)
    assert guest.received("space.ended")
    house.tick()
    with house.core.db.reading() as db_session:
        assert db_session.get(Person, looker.id) is None
        assert db_session.get(Space, slug) is None


def test_that_its_host_is_away_is_no_other_reason(tmp_path: Path) -> None:
    house = House(tmp_path, host_away_seconds=1)
    quinn = house.guest("Quinn", "staff", roles=("qa",))
    looker = house.looks(quinn, "alpha", web_hosting=OPEN)
    host = house.tab(looker)
    slug = host.does("hosting.open", title="A trial")["slug"]
    host.does("space.join", slug=slug)
    guest = house.listening(house.guest("Tess"), slug)
    guest.received()
    house.core.previews.revoke(looker.preview, quinn.person)
    for _ in range(5):
        house.go_on(seconds=2)
    assert len(guest.received("space.ending")) == 1
    house.close()


def test_the_history_says_who_made_what_and_when_it_was_used(house: House, quinn: Guest) -> None:
    made_at = house.clock()
    looker = house.looks(quinn, "alpha", web_hosting=OPEN)
    paula = house.guest("Paula", "staff", roles=("product_manager",))
    house.go_on(minutes=5)
    house.core.previews.open(looker.preview, paula.person, paula.login, Device("", "desktop"))
    house.core.previews.revoke(looker.preview, paula.person)
    house.go_on(minutes=5)
    [record] = house.core.previews.history()
    assert (record.made_by, record.revoked_by, record.over) == ("Quinn", "Paula", True)
    assert record.preview.forced == {
        "web-hosting": {"enabled": True, "variant": None, "because": None}
    }
    later = made_at + timedelta(minutes=5)
    assert [(use.by, use.at) for use in record.uses] == [("Quinn", made_at), ("Paula", later)]
    page = house.browser(quinn).get("/qa/preview").text
    assert "Ended by Paula" in page
    assert "web-hosting forced open" in page
