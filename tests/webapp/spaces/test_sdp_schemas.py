"""No event takes what a browser says of its connection as it came."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from media.sdp import sanitize_sdp
from tests.harness.house import House
from tests.harness.session_descriptions import KNOWN_ATTACKS, recorded
from webapp.spaces.sdp_schemas import Candidate

LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
OFFER = recorded("chromium-offer")
UNKNOWN_LINE = OFFER + "a=x-unknown:1\r\n"
CANDIDATE = "candidate:1 1 udp 1 192.0.2.1 9 typ host generation 0"

BAD_SDPS = [
    *(f"{OFFER}{line}\r\n" for line in KNOWN_ATTACKS[:6]),
    OFFER[: OFFER.index("m=")],
    OFFER.replace("a=mid:0", "a=mid:\0"),
    OFFER + OFFER[OFFER.index("m=") :] * 10,
]
BAD_CANDIDATES = [
    {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host\0", "sdpMid": "0"},
    {"candidate": "candidate:nonsense", "sdpMid": "0"},
    {"candidate": CANDIDATE, "sdpMid": "\0"},
    {"candidate": f"{CANDIDATE}\r\na=extmap:-3 {LEVEL}", "sdpMid": "0"},
]


def fields(model: type[BaseModel], path: str) -> Iterator[tuple[str, FieldInfo]]:
    """Every field of what an event carries, those within others too."""
    for name, field in model.model_fields.items():
        yield f"{path}.{name}", field
        kinds = [field.annotation, *within(field.annotation)]
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields(kind, f"{path}.{name}")


def within(kind: Any) -> Iterator[Any]:
    if get_origin(kind) in (Union, UnionType, Annotated, list, tuple):
        for part in get_args(kind):
            yield part
            yield from within(part)


def takes_as_it_came(field: FieldInfo, value: object) -> bool:
    annotation: Any = (
        Annotated[field.annotation, *field.metadata] if field.metadata else (field.annotation)
    )
    try:
        return bool(TypeAdapter(annotation).validate_python(value) == value)
    except ValidationError:
        return False


def carrying(house: House, *names: str) -> dict[str, str]:
    """The field of each event that carries one of that name."""
    return {
        event: name
        for event, action in house.core.sockets.actions.items()
        for name in action.sent.model_fields
        if name in names
    }


def test_no_field_of_any_event_takes_a_description_as_it_came(house: House) -> None:
    looked_at = 0
    for event, action in house.core.sockets.actions.items():
        for path, field in fields(action.sent, event):
            looked_at += 1
            assert not takes_as_it_came(field, UNKNOWN_LINE), path
    assert looked_at > 20


def test_events_of_seats_carry_the_one_type(house: House) -> None:
    assert set(carrying(house, "sdp")) == {
        "stage.offer",
        "stage.restart",
        "check.begin",
        "check.answer",
        "listening.answer",
    }
    assert set(carrying(house, "candidate")) == {
        "stage.candidate",
        "check.candidate",
        "listening.candidate",
    }
    actions = house.core.sockets.actions
    sanitizers = {
        str(actions[event].sent.model_fields["sdp"].metadata) for event in carrying(house, "sdp")
    }
    assert len(sanitizers) == 1
    for event in carrying(house, "candidate"):
        assert Candidate in within(actions[event].sent.model_fields["candidate"].annotation)


@pytest.mark.parametrize("kind", ["sdp", "candidate"])
def test_bad_description_or_candidate_is_bad_input(house: House, kind: str) -> None:
    host, slug = house.space()
    guest = house.guest("Tomas")
    tab = house.on_stage(host, guest, slug)
    seat = f"{slug}.{guest.id}.listen"
    before = house.audit()
    for event in carrying(house, kind):
        for value in BAD_SDPS if kind == "sdp" else BAD_CANDIDATES:
            content = {kind: value}
            if "seat" in house.core.sockets.actions[event].sent.model_fields:
                content["seat"] = seat
            error = tab.call(event, content)["error"]
            assert (error["code"], error["fields"]) == ("bad_input", [kind]), (event, value)
    assert house.audit() == before


def test_browser_offer_reaches_janus_in_our_words(house: House) -> None:
    host, slug = house.space()
    assert host.does("stage.offer", sdp=UNKNOWN_LINE)["sdp"].startswith("v=0")
    [handle] = house.janus.rooms[slug].participants.values()
    assert handle.descriptions == [sanitize_sdp(UNKNOWN_LINE)]
    assert "x-unknown" not in handle.descriptions[0]
