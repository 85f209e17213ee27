"""Nothing of a preview counts, and everybody sees who is there to look."""

from __future__ import annotations

from sqlalchemy import select

from flags.forced_flags import Forced
from tests.harness.house import OFFER, Guest, House
from webapp.accounts import people_iterator
from webapp.console.reach import Audience
from webapp.experiments.models import FiguredPerson

TRAY = Forced(True, "tray")


def test_decisions_are_not_counted(house: House, quinn: Guest) -> None:
    _, slug = house.space()
    looker = house.looks(quinn, "alpha", reactions=TRAY)
    before = house.core.gating.gate.tally.totals()
    tab = house.joined(looker, slug)
    tab.does("reactions.send", emoji="🎉")
    house.browser(looker).get(f"{looker.base}/spaces/{slug}")
    assert house.core.gating.gate.tally.totals() == before


def test_whoever_lists_or_counts_people_leaves_them_out(house: House, quinn: Guest) -> None:
    people = house.core.accounts.people
    before = (people.cohorts(), people_iterator.head_count(house.core.db), people.found()[1])
    looker = house.looks(quinn, "beta")
    assert (
        people.cohorts(),
        people_iterator.head_count(house.core.db),
        people.found()[1],
    ) == before
    listed = [person.id for person in [*people.all(), *people.each(), *people.found()[0]]]
    slices = [person.id for some in people_iterator.in_slices(house.core.db, 2) for person in some]
    assert looker.id not in {*listed, *slices}
    assert people.found("Beta listener") == ([], 0)


def test_the_console_counts_nobody_in_a_preview(house: House, quinn: Guest) -> None:
    audience = Audience(house.core)
    _, slug = house.space()
    before = audience.reach()
    looker = house.looks(quinn, "alpha", web_speaking=Forced(True))
    house.listening(looker, slug)
    after = audience.reach()
    for key, reach in before.items():
        assert (after[key].connected, after[key].inside) == (reach.connected, reach.inside), key


def test_figures_hear_nothing_of_it(house: House, quinn: Guest) -> None:
    _, slug = house.space()
    looker = house.looks(quinn, "alpha", reactions=TRAY)
    tab = house.listening(looker, slug)
    tab.does("reactions.send", emoji="🎉")
    decision = house.core.gating.decide(looker.person, "reactions")
    house.core.figures.met(looker.person, {"reactions": decision}, slug)
    house.core.figures.outcome(looker.person, "reaction", 1, slug)
    tess = house.guest("Tess")
    house.core.figures.outcome(tess.person, "reaction", 1, slug)
    house.core.figures.write_exposures()
    house.core.figures.write_outcomes()
    assert tess.id in _people_in_figures(house)
    assert looker.id not in _people_in_figures(house)


def test_others_see_who_is_there_to_look(house: House, quinn: Guest) -> None:
    host, slug = house.space()
    looker = house.looks(quinn, "alpha")
    tab = house.listening(looker, slug)
    house.listening(house.guest("Tess"), slug)
    house.go_on(seconds=2)
    crowd = host.received("space.count")[-1][1]["crowd"]
    assert {person["name"]: person["qa"] for person in crowd} == {
        "Beta listener": True,
        "Tess": False,
    }
    tab.does("speaking.request")
    [waiting] = host.received("hosting.queue")[-1][1]["people"]
    assert waiting["qa"]
    host.does("hosting.accept", person=looker.id)
    tab.does("stage.offer", sdp=OFFER)
    stage = host.received("space.stage")[-1][1]["stage"]
    assert [(person["name"], person["qa"]) for person in stage] == [
        ("Hana", False),
        ("Beta listener", True),
    ]


def _people_in_figures(house: House) -> set[str]:
    with house.core.db.reading() as db_session:
        return set(db_session.scalars(select(FiguredPerson.person_id)))
