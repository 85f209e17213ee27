"""What is thrown at the surface, and what must hold whatever it was."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select

from flags.catalogue import CATALOGUE
from flags.sources.interface import Closing
from tests.harness.house import OFFER, Ack, Guest, House, Tab
from webapp.accounts.models import Person
from webapp.http.errors import ErrorCode
from webapp.spaces.models import HOST, SPEAKER, Participant, Space

SPEAKERS = 2
"""A small stage, so that its limit is met often."""

CODES = {code.value for code in ErrorCode}

FEATURE_OF_EVENT = {
    "space": ("web-listening",),
    "listening": ("web-listening",),
    "lobby": ("web-listening",),
    "speaking": ("web-speaking",),
    "stage": ("web-speaking", "web-hosting"),
    "hosting": ("web-hosting",),
    "reactions": ("reactions",),
}
"""Who may be told what, by the first word of an event's name."""

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=6,
)
SDP = st.sampled_from([OFFER, "v=0\r\n" + "x" * 100, "v=1 nonsense", "", "v=0\n", "x" * 30_000])
CANDIDATE = st.none() | st.fixed_dictionaries(
    {"candidate": st.text(max_size=30)}, optional={"sdpMid": st.text(max_size=3), "port": st.none()}
)


def contents(slugs: list[str], people: list[Guest]) -> st.SearchStrategy[dict[str, Any]]:
    """Contents with any of the fields that events have, right and wrong ones mixed."""
    ids = [guest.id for guest in people]
    seats = [f"{slug}.{person}.{k}" for slug in slugs for person in ids for k in ("listen", "talk")]
    return st.fixed_dictionaries(
        {},
        optional={
            "slug": st.sampled_from([*slugs, "nosuch", "", "../x"]),
            "title": st.sampled_from(["Morning show", "", "x" * 500, "a\u202eb"]),
            "person": st.sampled_from([*ids, "0" * 32, "me"]),
            "seat": st.sampled_from([*seats, "x.y.z", ""]),
            "sdp": SDP,
            "candidate": CANDIDATE,
            "muted": st.booleans() | st.just("yes"),
            "emoji": st.sampled_from(["🎉", "❤️", "x", ""]),
            "to": st.none() | st.sampled_from(ids),
        },
    )


def check_ack(ack: Ack) -> None:
    """The one form of an answer."""
    if ack["ok"] is True:
        assert set(ack) == {"ok", "data"}
        assert isinstance(ack["data"], dict)
        return
    assert ack["ok"] is False
    assert set(ack) == {"ok", "error"}
    assert {"code", "message"} <= set(ack["error"]) <= {"code", "message", "fields"}
    assert ack["error"]["code"] in CODES
    assert ack["error"]["code"] != "internal", ack


def state(house: House) -> tuple[Any, ...]:
    """All that must be as it was after an event that was refused."""
    with house.core.db.reading() as db_session:
        participants = sorted(
            (p.slug, p.person_id, p.role, p.muted, p.listening, p.present, str(p.asked_at))
            for p in db_session.scalars(select(Participant))
        )
        spaces = sorted(
            (s.slug, s.title, str(s.ends_at), str(s.ended_at))
            for s in db_session.scalars(select(Space))
        )
    return participants, spaces, sorted(house.seats().items())


def check_all(house: House) -> None:
    """Everything that holds at rest."""
    with house.core.db.reading() as db_session:
        spaces = {space.slug: space for space in db_session.scalars(select(Space))}
        here = {(p.slug, p.person_id): p for p in db_session.scalars(select(Participant))}
        people = {person.id: person for person in db_session.scalars(select(Person))}
    for slug, space in spaces.items():
        on_stage = [p for p in here.values() if p.slug == slug and p.role == SPEAKER]
        assert len(on_stage) <= SPEAKERS
        hosts = [p.person_id for p in here.values() if p.slug == slug and p.role == HOST]
        assert hosts == [space.host_id]
    for seat, held in house.seats().items():
        slug, person_id, _ = seat.split(".")
        participant = here[slug, person_id]
        assert participant.present, f"{seat}: nobody is there"
        assert spaces[slug].live, f"{seat}: the Space has ended"
        if held.role == "speaker":
            assert participant.role in (HOST, SPEAKER), f"{seat}: not on stage"
            check_admitted(house, people[person_id], participant, spaces[slug])
    if house.janus.up:
        check_janus(house, {slug for slug, space in spaces.items() if space.live})


def check_admitted(house: House, person: Person, participant: Participant, space: Space) -> None:
    """Nobody is on the bridge whose gate is closed, unless they finish or say goodbye."""
    key = "web-hosting" if participant.role == HOST else "web-speaking"
    open_now = house.core.gating.decide(person, key).enabled
    goodbye = participant.role == HOST and space.ends_at is not None
    assert open_now or goodbye or how_closed(house, person, key) is Closing.DRAIN


def how_closed(house: House, person: Person, key: str) -> Closing:
    """As the product manager chose, for the topmost closed feature above `key`."""
    line = [key]
    while (parent := CATALOGUE[line[-1]].parent) is not None:
        line.append(parent)
    closed = [k for k in line if not house.core.gating.decide(person, k).enabled]
    return house.core.source.feature(closed[-1]).closing


def check_janus(house: House, live: set[str]) -> None:
    """Database, our seats and Janus agree, and no handle is left over."""
    seats = house.seats()
    audit = house.audit()
    assert audit.handles == len(seats)
    # A mix that was healed after its Space had ended lingers for a moment, known to us.
    assert set(audit.rooms) <= live | set(house.core.engine.mixes.names())
    assert set(audit.mountpoints) == set(audit.rooms)
    speaking = {s.participant: s.muted for s in seats.values() if s.role == "speaker"}
    there = {p.id: p.muted for people in audit.rooms.values() for p in people}
    assert there == speaking
    listening = sum(held.role == "listener" for held in seats.values())
    assert sum(audit.mountpoints.values()) == listening


def check_told(tab: Tab, had: set[str], has: set[str]) -> None:
    """Nobody is told anything of a feature that they do not have."""
    for event, _ in tab.received():
        first = event.split(".")[0].split("_")[0]
        gates = FEATURE_OF_EVENT.get(first)
        assert gates is None or (had | has) & set(gates), f"{event} to {tab.guest.name}"
