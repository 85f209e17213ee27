"""What has happened is told once it is safely stored, and never otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from webapp.infra.database import Database
from webapp.infra.event_bus import Events


@dataclass(frozen=True)
class Happened:
    what: str


@dataclass(frozen=True)
class Other:
    what: str


@pytest.fixture
def told() -> list[str]:
    return []


def test_told_in_order_of_subscription_to_those_who_asked(told: list[str]) -> None:
    events = Events()
    events.subscribe(Happened, lambda event: told.append(f"first {event.what}"))
    events.subscribe(Happened, lambda event: told.append(f"second {event.what}"))
    events.subscribe(Other, lambda _event: told.append("not asked for"))
    events.publish(Happened("x"))
    assert told == ["first x", "second x"]


def test_told_after_the_commit_and_in_order(tmp_path: Path, told: list[str]) -> None:
    events, db = Events(), Database(f"sqlite:///{tmp_path / 'x'}")
    events.subscribe(Happened, lambda event: told.append(event.what))
    with db.session() as db_session:
        events.after(db_session, Happened("one"))
        events.after(db_session, Happened("two"))
        assert told == []
    assert told == ["one", "two"]
    db.close()


def test_not_told_when_it_did_not_happen(tmp_path: Path, told: list[str]) -> None:
    events, db = Events(), Database(f"sqlite:///{tmp_path / 'x'}")
    events.subscribe(Happened, lambda event: told.append(event.what))

    def fail_after_saying_so() -> None:
        with db.session() as db_session:
            events.after(db_session, Happened("one"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_saying_so()
    with db.session():
        pass
    assert told == []
    db.close()


def test_an_error_of_one_reaches_the_publisher(told: list[str]) -> None:
    events = Events()
    events.subscribe(Happened, lambda _event: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        events.publish(Happened("x"))
