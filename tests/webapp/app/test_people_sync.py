"""Connected people are kept as the database has them: one alone after a change of theirs, thousands
in portions, and never older than somebody else has found them meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from tests.harness.house import Guest, House
from webapp.accounts import store
from webapp.accounts.models import Person
from webapp.app import periodic_jobs
from webapp.infra.cooperative import Breath

Meanwhile = Callable[[], object]


class Interrupted(Breath):
    """`meanwhile` is what others do in between, once each."""

    meanwhile: list[Meanwhile]

    def take(self) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> list[Meanwhile]:
    """What happens after each person that is read: the first after the first, and so on."""
    Interrupted.meanwhile = []
    monkeypatch.setattr(periodic_jobs, "Breath", Interrupted)
    monkeypatch.setattr(periodic_jobs, "AT_ONCE", 1)
    return Interrupted.meanwhile


def guests_of(house: House, number: int) -> list[Guest]:
    guests = [house.guest(f"Guest {n}") for n in range(number)]
    for guest in guests:
        house.tab(guest)
    return guests


def known(house: House) -> dict[str, str]:
    """Cohorts of those who are connected, as this process has them."""
    return {c.person.display_name: c.person.cohort for c in house.core.presence.everyone()}


def moved_elsewhere(house: House, guest: Guest, cohort: str) -> None:
    """By another process: nothing is told here."""
    with house.core.db.session() as db_session:
        db_session.execute(update(Person).where(Person.id == guest.id).values(cohort=cohort))
        store.count_up(db_session)


def test_who_was_changed_elsewhere_is_not_forgotten_for_a_change_here(house: House) -> None:
    first, second = guests_of(house, 2)
    moved_elsewhere(house, first, "beta")
    house.core.accounts.people.move(second.id, "staff")
    assert known(house) == {"Guest 0": "beta", "Guest 1": "staff"}


def test_of_many_only_who_has_changed_is_read(house: House, between: list[Meanwhile]) -> None:
    first, second, _third = guests_of(house, 3)
    house.core.accounts.people.move(first.id, "beta")
    read: list[object] = []
    between.extend([lambda: read.append(1)] * 3)
    house.core.accounts.people.move(second.id, "staff")
    assert read == []
    assert known(house) == {"Guest 0": "beta", "Guest 1": "staff", "Guest 2": "alpha"}


def test_what_others_have_found_meanwhile_is_newer_and_stays(
    house: House, between: list[Meanwhile]
) -> None:
    guests = guests_of(house, 3)
    between.append(lambda: house.core.accounts.people.move(guests[0].id, "staff"))
    house.core.accounts.people.move_all([guest.id for guest in guests], "beta")
    assert known(house) == {"Guest 0": "staff", "Guest 1": "beta", "Guest 2": "beta"}


def test_who_is_signed_out_elsewhere_loses_their_socket_and_nobody_else(
    house: House, between: list[Meanwhile]
) -> None:
    guests = guests_of(house, 3)
    with house.core.db.session() as db_session:
        store.end_login(db_session, guests[1].login, house.core.clock())
        store.count_up(db_session)
    house.tick()
    assert set(known(house)) == {"Guest 0", "Guest 2"}
