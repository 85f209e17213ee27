"""What becomes of people is taken down where it happens."""

from __future__ import annotations

import pytest

from media.errors import SoundError
from tests.harness.house import Guest, House
from tests.webapp.experiments.recorded_rows import outcomes


def became(house: House, kind: str) -> dict[str, tuple[int, float]]:
    """How often and how much in all, by person."""
    house.core.figures.close()
    found: dict[str, tuple[int, float]] = {}
    for row in outcomes(house.core.db, kind):
        number, total = found.get(row.person, (0, 0.0))
        found[row.person] = (number + row.number, total + row.total)
    return found


@pytest.fixture
def tomas(house: House) -> Guest:
    return house.guest("Tomas")


def test_first_sound_is_what_the_browser_measured(house: House, tomas: Guest) -> None:
    _, slug = house.space()
    tab = house.listening(tomas, slug)
    tab.does("listening.heard", ms=120)
    tab.does("listening.heard", ms=80)
    assert became(house, "first_sound_ms") == {tomas.id: (2, 200.0)}
    for wrong in (-1, 60_001, 1.5, "80"):
        assert tab.refused("listening.heard", ms=wrong) == "bad_input"


def test_nothing_heard_is_a_failed_join(house: House, tomas: Guest) -> None:
    _, slug = house.space()
    house.listening(tomas, slug).does("listening.heard", ms=None)
    assert became(house, "join_failed") == {tomas.id: (1, 1.0)}


def test_so_is_sound_that_cannot_be_had(
    house: House, tomas: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, slug = house.space()
    tab = house.joined(tomas, slug)

    def fails(*_: object) -> tuple[str, str]:
        raise SoundError("no")

    monkeypatch.setattr(house.core.sound, "warm", fails)
    assert tab.refused("listening.warm") == "sound_unavailable"
    assert became(house, "join_failed") == {tomas.id: (1, 1.0)}


def test_so_is_no_address_of_the_other_kind_of_sound(
    house: House, tomas: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, slug = house.space()
    tab = house.joined(tomas, slug)

    def fails(*_: object) -> str:
        raise SoundError("no")

    monkeypatch.setattr(house.core.hls, "address", fails)
    assert tab.refused("listening.warm") == "sound_unavailable"
    assert became(house, "join_failed") == {tomas.id: (1, 1.0)}


def test_who_goes_on_over_a_new_process_is_taken_down_there(house: House, tomas: Guest) -> None:
    _, slug = house.space()
    house.listening(tomas, slug)
    became(house, "listening_s")
    following = house.successor()
    following.tab(tomas, slug).does("space.join", slug=slug)
    following.clock.go_on(seconds=30)
    try:
        assert became(following, "listening_s")[tomas.id] == (1, 30.0)
    finally:
        following.close()


def test_listening_lasts_from_start_to_stop(house: House, tomas: Guest) -> None:
    _, slug = house.space()
    tab = house.listening(tomas, slug)
    house.clock.go_on(seconds=90)
    tab.does("listening.stop")
    house.clock.go_on(seconds=500)
    tab.does("listening.start")
    house.clock.go_on(seconds=30)
    tab.does("space.leave")
    house.clock.go_on(seconds=500)
    assert became(house, "listening_s")[tomas.id][1] == 120.0


def test_who_goes_on_is_taken_down_piece_by_piece(house: House, tomas: Guest) -> None:
    _, slug = house.space()
    house.listening(tomas, slug)
    house.go_on(seconds=60)
    assert outcomes(house.core.db, "listening_s")[0].total == 60.0
    house.clock.go_on(seconds=45)
    assert became(house, "listening_s")[tomas.id][1] == 105.0


def test_the_end_of_a_space_ends_it(house: House, tomas: Guest) -> None:
    host, slug = house.space()
    house.listening(tomas, slug)
    house.clock.go_on(seconds=10)
    host.does("hosting.end")
    house.clock.go_on(seconds=10)
    assert became(house, "listening_s")[tomas.id][1] == 10.0


def test_speaking_is_being_heard(house: House, tomas: Guest) -> None:
    host, slug = house.space()
    house.on_stage(host, tomas, slug)
    house.clock.go_on(seconds=30)
    house.talk(tomas, slug)
    house.clock.go_on(seconds=7)
    house.talk(tomas, slug, talking=False)
    house.clock.go_on(seconds=30)
    assert became(house, "speaking_s") == {tomas.id: (1, 7.0)}


def test_every_emoji_counts(house: House, tomas: Guest) -> None:
    _, slug = house.space()
    tab = house.joined(tomas, slug)
    for _ in range(3):
        tab.does("reactions.send", emoji="🎉")
    [row] = outcomes(house.core.db, "reaction") or [None]
    assert row is None, "not before it is written"
    assert became(house, "reaction") == {tomas.id: (3, 3.0)}
    [row] = outcomes(house.core.db, "reaction")
    assert row.space == slug


def test_sound_that_breaks_off_is_a_drop_for_who_is_still_there(house: House, tomas: Guest) -> None:
    _, slug = house.space()
    gone, idle = house.guest("Gone"), house.guest("Idle")
    house.listening(tomas, slug)
    leaving = house.listening(gone, slug)
    house.warm(house.joined(idle, slug))
    house.janus_does("crash")
    house.janus_does("revive")
    leaving.close()
    house.go_on(seconds=3)
    assert set(became(house, "drop")) == {tomas.id}


@pytest.mark.parametrize(("next_page", "drops"), [("0000aaaa", 1), ("0000bbbb", 0), (None, 0)])
def test_drop_counts_for_a_page_that_reconnects_and_not_for_a_reload(
    house: House, tomas: Guest, next_page: str | None, drops: int
) -> None:
    _, slug = house.space()
    tab = house.listening(tomas, slug, "0000aaaa")
    tab.close()
    house.janus_does("crash")
    house.janus_does("revive")
    house.joined(tomas, slug, next_page)
    house.go_on(seconds=3)
    assert became(house, "drop").get(tomas.id, (0, 0.0))[0] == drops


def test_what_nobody_knows_is_refused(house: House, tomas: Guest) -> None:
    with pytest.raises(ValueError, match="is no outcome"):
        house.core.figures.outcome(tomas.person, "happiness", 1)
