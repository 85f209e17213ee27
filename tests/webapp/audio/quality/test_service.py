"""What browsers measure: checked, scored, counted for the host, kept for a month by the minute."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from media.opus_fec import START
from tests.harness.house import OFFER, House, Tab
from webapp.accounts.user_agent import Device
from webapp.audio.quality.schemas import Batch, Hearing
from webapp.audio.quality.service import KEPT
from webapp.experiments.models import Outcome
from webapp.previews.preview_spec import Wanted

GOOD: dict[str, Any] = {
    "seconds": 5,
    "path": "seat",
    "received": 250,
    "lost": 0,
    "concealed": 0.0,
    "jitter": 2.5,
    "buffer": 60.0,
    "rtt": 30.0,
    "kbps": 32.0,
    "level": 0.1,
    "codec": "opus",
    "route": "host",
    "protocol": "udp",
}
BAD = GOOD | {"concealed": 0.2, "lost": 60}


def measures(tab: Tab, *batches: dict[str, Any]) -> list[float]:
    return [tab.does("listening.stats", **batch)["score"] for batch in batches]


def test_a_batch_is_scored(house: House) -> None:
    _, slug = house.space()
    tab = house.listening(house.guest("Lou", "beta"), slug)
    assert measures(tab, GOOD, BAD, GOOD | {"path": "hls", "buffer": 6000.0}) == [4.41, 1.6, 4.41]


WRONG: tuple[dict[str, Any], ...] = (
    {"concealed": 1.1},
    {"concealed": float("nan")},
    {"buffer": float("inf")},
    {"received": -1},
    {"received": 2.5},
    {"path": "elsewhere"},
    {"codec": "x" * 25},
    {"codec": "<b>"},
    {"seconds": 0},
    {"address": "192.0.2.7"},
    {"route": "192.0.2.7"},
)


def test_what_is_no_measurement_is_refused(house: House) -> None:
    _, slug = house.space()
    tab = house.listening(house.guest("Lou", "beta"), slug)
    for wrong in WRONG:
        assert tab.refused("listening.stats", **GOOD | wrong) == "bad_input", wrong
    assert house.core.quality.live(slug) == Hearing(measured=0, badly=0)


def test_only_in_a_space_and_not_too_often(tmp_path: Any) -> None:
    house = House(tmp_path, flood_factor=1.0)
    host, _ = house.space()
    outside = house.tab(house.guest("Lou", "beta"))
    assert outside.refused("listening.stats", **GOOD) == "not_in_space"
    answers = [host.call("listening.stats", GOOD)["ok"] for _ in range(9)]
    assert answers == [True] * 8 + [False]
    house.close()


def test_one_bad_stretch_is_no_bad_hearing_two_are(house: House) -> None:
    _, slug = house.space()
    tab = house.listening(house.guest("Lou", "beta"), slug)
    measures(tab, GOOD, BAD)
    assert house.core.quality.live(slug) == Hearing(measured=1, badly=1)
    measures(tab, GOOD)
    assert house.core.quality.live(slug) == Hearing(measured=1, badly=0)
    other = house.listening(house.guest("Lena", "beta"), slug)
    measures(other, BAD)
    assert house.core.quality.live(slug) == Hearing(measured=2, badly=0)
    measures(other, BAD)
    assert house.core.quality.live(slug) == Hearing(measured=2, badly=1)


def test_who_is_gone_or_silent_is_counted_no_more(house: House) -> None:
    _, slug = house.space()
    gone, silent = (house.listening(house.guest(n, "beta"), slug) for n in ("Lou", "Lena"))
    for tab in (gone, silent):
        measures(tab, BAD, BAD)
    assert house.core.quality.live(slug).badly == 2
    gone.does("space.leave")
    assert house.core.quality.live(slug).badly == 1
    house.go_on(seconds=16)
    assert house.core.quality.live(slug).measured == 0


def test_those_on_stage_are_no_listeners(house: House) -> None:
    host, slug = house.space()
    measures(host, BAD | {"path": "stage"}, BAD | {"path": "stage"})
    assert house.core.quality.live(slug) == Hearing(measured=0, badly=0)


def test_what_somebody_on_stage_misses_is_expected_of_their_network(house: House) -> None:
    host, slug = house.space()
    host.does("stage.offer", sdp=OFFER)
    seat = f"{slug}.{host.guest.id}.talk"
    measures(host, BAD | {"path": "seat"}, GOOD | {"path": "stage", "received": 0})
    house.settle()
    assert house.seats()[seat].expected_loss == START
    measures(host, GOOD | {"path": "stage", "received": 220, "lost": 30})
    house.settle()
    assert house.seats()[seat].expected_loss == 10


def expected_of_a_new_space(house: House) -> int:
    host, slug = house.space()
    host.does("stage.offer", sdp=OFFER)
    house.settle()
    return house.janus.rooms[slug].expected_loss


def test_what_listeners_miss_is_expected_of_the_next_space(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.opus_fec.WEIGHT_OF_ONE", 1)
    _, slug = house.space()
    tab = house.listening(house.guest("Lou", "beta"), slug)
    measures(tab, GOOD | {"path": "hls", "received": 220, "lost": 30})
    house.settle()
    assert expected_of_a_new_space(house) == START
    measures(tab, GOOD | {"path": "seat", "received": 220, "lost": 30})
    house.settle()
    assert expected_of_a_new_space(house) == 10


def test_a_janus_that_is_away_holds_no_measurement_up(house: House) -> None:
    host, _ = house.space()
    house.janus_does("crash")
    assert measures(host, BAD | {"path": "stage"}) == [1.6]
    house.settle()


def test_minutes_are_kept_for_a_month_then_days_without_names(house: House) -> None:
    _, slug = house.space()
    tabs = [house.listening(house.guest(name, "beta"), slug) for name in ("Lou", "Lena")]
    measures(tabs[0], GOOD, BAD)
    house.go_on(minutes=1)
    measures(tabs[0], GOOD)
    measures(tabs[1], GOOD)
    house.go_on(minutes=1)
    kept = house.core.quality.minutes_of(slug)
    assert [(m.batches, m.bad, round(m.score_min, 2)) for m in kept] == [
        (2, 1, 1.6),
        (1, 0, 4.41),
        (1, 0, 4.41),
    ]
    house.go_on(days=KEPT.days - 1)
    assert len(house.core.quality.minutes_of(slug)) == 3
    house.go_on(days=2)
    assert house.core.quality.minutes_of(slug) == []
    (day,) = house.core.quality.days()
    told = (day.slug, day.people, day.minutes, day.batches, day.bad, round(day.score_min, 2))
    assert told == (slug, 2, 3, 4, 1, 1.6)
    assert day.score_sum == pytest.approx(3 * 4.41 + 1.6, abs=0.02)


def test_a_minute_that_is_not_over_is_kept_when_the_process_ends(house: House) -> None:
    _, slug = house.space()
    measures(house.listening(house.guest("Lou", "beta"), slug), GOOD)
    house.tick()
    assert house.core.quality.minutes_of(slug) == []
    house.core.quality.close()
    assert [minute.batches for minute in house.core.quality.minutes_of(slug)] == [1]


def test_two_processes_measure_within_one_minute(house: House) -> None:
    _, slug = house.space()
    tab = house.listening(house.guest("Lou", "beta"), slug)
    for _ in range(2):
        measures(tab, GOOD)
        house.core.quality.close()
    assert [minute.batches for minute in house.core.quality.minutes_of(slug)] == [2]


def test_what_cannot_be_stored_now_is_stored_later(house: House) -> None:
    _, slug = house.space()
    tab = house.listening(house.guest("Lou", "beta"), slug)
    measures(tab, GOOD)
    with house.core.db.session() as db_session:
        db_session.connection().exec_driver_sql("ALTER TABLE sound_minutes RENAME TO away")
    house.core.quality.close()
    with house.core.db.session() as db_session:
        db_session.connection().exec_driver_sql("ALTER TABLE away RENAME TO sound_minutes")
    house.core.quality.close()
    assert [minute.batches for minute in house.core.quality.minutes_of(slug)] == [1]


def test_scores_are_figures(house: House) -> None:
    _, slug = house.space()
    measures(house.listening(house.guest("Lou", "beta"), slug), GOOD, BAD)
    house.core.figures.close()
    with house.core.db.reading() as db_session:
        rows = db_session.scalars(select(Outcome).where(Outcome.kind == "score")).all()
    assert [(row.space, row.number) for row in rows] == [(slug, 2)]
    assert rows[0].total == pytest.approx(4.41 + 1.6, abs=0.01)


def test_those_who_run_a_space_are_told_how_it_sounds(house: House) -> None:
    host, slug = house.space()
    host.received()
    tabs = [house.listening(house.guest(name, "beta"), slug) for name in ("Lou", "Lena")]
    for tab in tabs:
        measures(tab, GOOD, GOOD)
    house.tick()
    assert host.received("hosting.hearing") == [("hosting.hearing", {"measured": 2, "badly": 0})]
    for tab in tabs:
        measures(tab, BAD, BAD, BAD)
    house.tick()
    house.tick()
    told = [("hosting.hearing", {"measured": 2, "badly": 2})]
    assert host.received("hosting.hearing") == told, "once, for all that has changed"
    assert host.does("hosting.hearing") == told[0][1]
    assert not [name for tab in tabs for name, _ in tab.received() if name.startswith("hosting")]
    for tab in tabs:
        tab.does("space.leave")
    house.tick()
    assert host.received("hosting.hearing") == [("hosting.hearing", {"measured": 0, "badly": 0})]


def test_who_does_not_run_it_may_not_ask(house: House) -> None:
    _, slug = house.space()
    other = house.joined(house.guest("Olga", followers=900), slug)
    assert other.refused("hosting.hearing") == "not_allowed"


def test_previews_count_nowhere(house: House) -> None:
    _, slug = house.space()
    quinn = house.guest("Quinn", "staff", roles=("qa",))
    made = house.core.previews.make(quinn.person, Wanted("Quiet listener", "beta"))
    eyes = house.core.previews.open(made.id, quinn.person, quinn.login, Device("", "desktop"))
    for _ in range(3):
        assert house.core.quality.note(eyes.person, slug, Batch(**BAD)) == pytest.approx(
            1.6, abs=0.01
        )
    house.core.quality.close()
    assert house.core.quality.live(slug) == Hearing(measured=0, badly=0)
    assert house.core.quality.minutes_of(slug) == []
