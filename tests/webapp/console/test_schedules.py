"""Features that turn on or off by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flags.catalogue import REACTIONS, WEB_SPEAKING
from flags.sources.interface import Closing, SourceUnavailable
from tests.harness.factories import Visitor
from tests.harness.flags import NOON
from tests.harness.house import House
from tests.webapp.console.test_feature_routes import FEATURE, followed, seen
from webapp.console.schedules import Schedules

ONE = NOON + timedelta(hours=1)
PARIS = {"at": "2026-11-21T14:00", "zone": "Europe/Paris"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The whole app at work."""
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def paula(house: House) -> Visitor:
    visitor = Visitor(house.app)
    visitor.cookie = house.guest("Paula", "public", roles=["product_manager"]).cookie
    return visitor


def is_on(house: House, key: str = REACTIONS) -> bool:
    return house.core.source.feature(key).enabled


def changes(house: House) -> int:
    return len(house.core.source.history(REACTIONS))


def test_turns_off_at_its_time_once_and_the_history_says_who(house: House, paula: Visitor) -> None:
    text = followed(paula, paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **PARIS))
    then = "2026-11-21 14:00 UTC+01:00"
    assert f"reactions will turn off by itself: {then} (Europe/Paris)." in text
    assert f"{then}</time>" in text
    assert "by Paula, chosen in Europe/Paris" in text
    house.go_on(minutes=59)
    assert is_on(house)
    house.go_on(minutes=1)
    assert not is_on(house)
    assert house.core.source.feature(REACTIONS).closing is Closing.CUT
    assert house.core.source.history(REACTIONS, 1)[0].by == "schedule by Paula"
    made = changes(house)
    house.core.source.turn_on(REACTIONS, "Ben")
    house.go_on(minutes=5)
    assert is_on(house)
    assert changes(house) == made + 1
    assert "Nothing is scheduled." in seen(paula.get(FEATURE))


def test_turns_on_at_its_time(house: House, paula: Visitor) -> None:
    house.close_gate(REACTIONS)
    tess = house.guest("Tess")
    paula.press(FEATURE, "Schedule it", turn="on", **PARIS)
    house.go_on(hours=1)
    assert house.core.gating.is_open(tess.person, REACTIONS)


def test_a_drain_lets_those_inside_finish(house: House, paula: Visitor) -> None:
    host, slug = house.space()
    house.on_stage(host, house.guest("Sam"), slug)
    page = f"/console/features/{WEB_SPEAKING}"
    paula.press(page, "Schedule it", turn="off", closing="drain", **PARIS)
    house.go_on(hours=1)
    assert "Off, draining: 1 person still inside" in seen(paula.get(page))


def test_outlives_the_process(tmp_path: Path) -> None:
    first = House(tmp_path)
    ben = first.guest("Ben", roles=["product_manager"]).person
    Schedules(first.core).add(REACTIONS, "off", Closing.CUT, ONE, "UTC", ben)
    first.close()
    second = House(tmp_path)
    assert is_on(second)
    second.go_on(hours=3)
    assert not is_on(second)
    second.close()


def test_of_several_processes_one_carries_it_out(house: House, paula: Visitor) -> None:
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **PARIS)
    house.clock.go_on(hours=1)
    processes = [Schedules(house.core) for _ in range(3)]
    due = [process._plans.due(house.clock()) for process in processes]
    claimed = [
        process._plans.claim(rows[0].id, house.clock())
        for process, rows in zip(processes, due, strict=True)
    ]
    assert claimed == [True, False, False]


def test_a_process_that_was_killed_over_it_is_followed_by_another(
    house: House, paula: Visitor
) -> None:
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **PARIS)
    house.clock.go_on(hours=1)
    schedules = Schedules(house.core)
    (waiting,) = schedules.waiting()
    assert schedules._plans.claim(waiting.id, house.clock())
    schedules.carry_out()
    assert is_on(house)
    house.go_on(minutes=1)
    assert not is_on(house)


def test_is_tried_again_while_definitions_cannot_be_written(
    house: House, paula: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **PARIS)

    def lost(*_given: object) -> None:
        raise SourceUnavailable("lost on purpose")

    with monkeypatch.context() as while_lost:
        while_lost.setattr(house.core.source, "turn_off", lost)
        house.go_on(hours=1)
        assert is_on(house)
    house.tick()
    assert not is_on(house)


def test_can_be_cancelled(house: House, paula: Visitor) -> None:
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **PARIS)
    page = paula.get(FEATURE)
    assert "It will not happen." in followed(paula, paula.press_on(page, "Cancel turning off"))
    house.go_on(hours=2)
    assert is_on(house)
    assert paula.press_on(page, "Cancel turning off").status_code == 410


@pytest.mark.parametrize(
    "chosen",
    [
        {"at": "2026-11-21T11:59"},
        {"at": "2028-01-01T00:00"},
        {"at": "soon"},
        {"at": ""},
        {"at": "2026-11-21T14:00+01:00"},
        {"at": "0001-01-01T00:00", "zone": "Europe/Paris"},
        {"at": "9999-12-31T23:59", "zone": "America/New_York"},
    ],
)
def test_a_time_that_is_none_is_told_beside_its_field(
    house: House, paula: Visitor, chosen: dict[str, str]
) -> None:
    answer = paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **chosen)
    assert answer.status_code == 400
    assert "Choose a time to come, within a year." in seen(answer)
    assert Schedules(house.core).waiting() == []


def test_without_scripts_times_are_in_utc(house: House, paula: Visitor) -> None:
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", at="2026-11-21T13:00")
    (waiting,) = Schedules(house.core).waiting()
    assert (waiting.at, waiting.zone) == (ONE, "UTC")


def test_the_pulse_tells_of_it(house: House, paula: Visitor) -> None:
    paula.get(FEATURE)  # the page that asks for pulses has counted people already
    before = paula.get("/console/pulse").json
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **PARIS)
    planned = paula.get("/console/pulse").json
    paula.press(FEATURE, "Cancel turning off")
    assert planned != before
    assert paula.get("/console/pulse").json == before


def test_what_was_protected_since_does_not_turn_on_by_one_persons_will(
    house: House, paula: Visitor
) -> None:
    house.close_gate(REACTIONS)
    paula.press(FEATURE, "Schedule it", turn="on", **PARIS)
    paula.press(FEATURE, "Protect it")
    house.go_on(hours=2)
    assert not is_on(house)


def test_what_came_to_nothing_is_told_for_a_week(house: House, paula: Visitor) -> None:
    house.core.source.turn_off(REACTIONS, Closing.DRAIN, "Ben")
    paula.press(FEATURE, "Schedule it", turn="on", **PARIS)
    paula.press(FEATURE, "Protect it")
    house.go_on(hours=1)
    assert not is_on(house)
    told = "By then the feature was protected"
    assert "Did not happen: turning on at" in seen(paula.get(FEATURE))
    assert told in seen(paula.get(FEATURE))
    assert "A schedule did not happen" in seen(paula.get("/console"))
    assert "schedule by Paula" in seen(paula.get("/console/history/people"))
    house.go_on(days=7)
    paula.cookie = house.guest("Pat", "public", roles=["product_manager"]).cookie
    assert told not in seen(paula.get(FEATURE))
    assert "A schedule did not happen" not in seen(paula.get("/console"))


def test_the_history_names_a_schedule_in_the_readers_language(house: House, paula: Visitor) -> None:
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", **PARIS)
    house.go_on(hours=1)
    french = {"Accept-Language": "fr"}
    for page in ("/console", FEATURE, "/console/history"):
        assert "schedule by Paula" in seen(paula.get(page))
        told = seen(paula.get(page, headers=french))
        assert "programmé par Paula" in told
        assert "schedule by" not in told.split("<table")[-1].replace(
            'value="schedule by Paula"', ""
        )


JUMPS = [
    (
        "Europe/Paris",
        "2027-03-28T02:30",
        "2027-03-28 01:59 UTC+01:00",
        "2027-03-28 03:00 UTC+02:00",
    ),
    (
        "America/New_York",
        "2027-03-14T02:00",
        "2027-03-14 01:59 UTC-05:00",
        "2027-03-14 03:00 UTC-04:00",
    ),
    ("Antarctica/Troll", "2027-03-28T01:30", "2027-03-28 00:59 UTC", "2027-03-28 03:00 UTC+02:00"),
    (
        "Pacific/Apia",
        "2011-12-30T12:00",
        "2011-12-29 23:59 UTC-10:00",
        "2011-12-31 00:00 UTC+14:00",
    ),
]


@pytest.mark.parametrize(("zone", "at", "before", "after"), JUMPS)
def test_a_time_that_clocks_jump_over_is_refused_with_the_nearest(
    house: House, paula: Visitor, zone: str, at: str, before: str, after: str
) -> None:
    answer = paula.press(FEATURE, "Schedule it", turn="off", closing="cut", at=at, zone=zone)
    assert answer.status_code == 400
    said = f"That time does not exist in {zone}: clocks jump over it."
    assert f"{said} The nearest are {before} and {after}." in seen(answer)
    assert Schedules(house.core).waiting() == []


REPEATS = [
    ("Europe/Paris", "2027-10-31T02:30", "2027-10-31T00:30", "+02:00", "+01:00"),
    ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30", "-04:00", "-05:00"),
    ("Antarctica/Troll", "2027-10-31T01:30", "2027-10-30T23:30", "+02:00", ""),
]


@pytest.mark.parametrize(("zone", "at", "first", "offset", "later_offset"), REPEATS)
def test_a_time_that_exists_twice_is_asked_about(
    house: House, paula: Visitor, zone: str, at: str, first: str, offset: str, later_offset: str
) -> None:
    sent = {"turn": "off", "closing": "cut", "at": at, "zone": zone}
    asked = paula.press(FEATURE, "Schedule it", **sent)
    assert asked.status_code == 400
    wall = at.replace("T", " ")
    for shown in (f"{wall} UTC{offset}</span>", f"{wall} UTC{later_offset}</span>"):
        assert shown in seen(asked)
    assert Schedules(house.core).waiting() == []
    text = followed(paula, paula.press_on(asked, "Schedule it", **sent, which="first"))
    assert f"will turn off by itself: {wall} UTC{offset} ({zone})." in text
    text = followed(paula, paula.press_on(asked, "Schedule it", **sent, which="second"))
    assert f"{wall} UTC{later_offset} ({zone})." in text
    one, other = Schedules(house.core).waiting()
    assert one.at == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert other.at - one.at == timedelta(hours=2 if "Troll" in zone else 1)


def test_a_zone_with_an_odd_offset(house: House, paula: Visitor) -> None:
    sent = {"turn": "off", "at": "2026-12-21T05:45", "zone": "Asia/Kathmandu"}
    text = followed(paula, paula.press(FEATURE, "Schedule it", **sent))
    assert "2026-12-21 05:45 UTC+05:45 (Asia/Kathmandu)" in text
    (waiting,) = Schedules(house.core).waiting()
    assert waiting.at == datetime(2026, 12, 21, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../../etc/passwd", "x" * 60, "Europe"])
def test_a_zone_that_is_none_is_told(house: House, paula: Visitor, zone: str) -> None:
    sent = {"turn": "off", "at": "2026-12-21T05:45", "zone": zone}
    answer = paula.press(FEATURE, "Schedule it", **sent)
    assert answer.status_code == 400
    assert "The time zone of your browser is not known here." in seen(answer)
