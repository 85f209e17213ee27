"""Strategies: whom each lets in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flags.explain.constraints import among, constraint
from flags.explain.evaluation_context import FIELDS, Person
from flags.explain.model import Listing, Rollout, Segment, Strategy
from flags.explain.operands import LARGEST, place, quotable, verbatim

Json = Mapping[str, Any]
Segments = Mapping[int, Json]
Own = tuple[bool, Rollout | None, Listing | None, bool]
"""Whether the rule of its kind holds, what it consists of, and whether it is readable."""

EVERYBODY: Own = (True, None, None, True)
NOBODY: Own = (False, None, None, True)
UNREADABLE: Own = (False, None, None, False)

DEFAULT = "default"
RANDOM = "random"
STEPS = 99
"""The engine draws from 1 to this where there is nothing to stick to."""

KINDS = frozenset(
    {
        "default",
        "userWithId",
        "remoteAddress",
        "applicationHostname",
        "flexibleRollout",
        "gradualRolloutUserId",
        "gradualRolloutSessionId",
        "gradualRolloutRandom",
    }
)
STICKY = {"gradualRolloutUserId": "userId", "gradualRolloutSessionId": "sessionId"}


def strategy(rule: Json, person: Person, segments: Segments, asker: str) -> Strategy:
    """One strategy, held against the person. `asker`: the feature asked about, which is the group
    of a percentage that names none."""
    own, rollout, listing, readable = _own(rule, person, asker)
    read = tuple(_segment(number, person, segments) for number in rule.get("segments") or ())
    constraints = tuple(constraint(each, person) for each in rule.get("constraints") or ())
    parts = [*constraints, *(each for segment in read for each in segment.constraints)]
    unreadable = (
        not readable
        or any(segment.missing for segment in read)
        or any(each.unreadable for each in parts)
    )
    return Strategy(
        name=rule["name"],
        known=rule["name"] in KINDS,
        parameters=dict(rule.get("parameters") or {}),
        rollout=rollout,
        listing=listing,
        own=own,
        segments=read,
        constraints=constraints,
        met=own and not unreadable and all(each.met for each in parts),
        unreadable=unreadable,
    )


def _segment(number: int, person: Person, segments: Segments) -> Segment:
    there = segments.get(number)
    if there is None:
        return Segment(number, "", (), False, True)
    constraints = tuple(constraint(each, person) for each in there.get("constraints") or ())
    met = all(each.met for each in constraints)
    return Segment(number, there.get("name") or "", constraints, met, False)


def _own(rule: Json, person: Person, asker: str) -> Own:
    name, parameters = rule["name"], rule.get("parameters") or {}
    if name == "default":
        return EVERYBODY
    if name == "flexibleRollout":
        return _flexible(parameters, person, asker)
    if name in STICKY:
        return _gradual(parameters, STICKY[name], person)
    if name == "gradualRolloutRandom":
        return _lottery(parameters, person)
    if name == "userWithId":
        return _listed(parameters.get("userIds"), "userId", person)
    if name == "remoteAddress":
        return _at_address(parameters.get("IPs"), person)
    if name == "applicationHostname":
        # The Python engine is built without the host's name: it lets nobody in.
        return NOBODY if verbatim(parameters.get("hostNames", "")) else UNREADABLE
    return NOBODY


def _flexible(parameters: Json, person: Person, asker: str) -> Own:
    percent = _whole(parameters.get("rollout"))
    if percent is None:
        return NOBODY
    stickiness = parameters.get("stickiness", DEFAULT)
    return _percentage(percent, stickiness, parameters.get("groupId"), person, asker)


def _gradual(parameters: Json, stickiness: str, person: Person) -> Own:
    percent, group = _whole(parameters.get("percentage")), parameters.get("groupId")
    if percent is None or group is None:
        return NOBODY
    return _percentage(percent, stickiness, group, person, "")


def _percentage(
    percent: int, stickiness: str, group: str | None, person: Person, asker: str
) -> Own:
    named = stickiness in (DEFAULT, RANDOM) or stickiness in FIELDS or verbatim(stickiness)
    if percent > 100 or not named or not verbatim(group or ""):
        return UNREADABLE
    group = asker if group is None else group.replace('\\"', '"')
    value, drawn = _stuck_to(stickiness, person)
    where = None if value is None else place(group, value, 100, 0)
    met = where is not None and where <= percent
    return met, Rollout(percent, stickiness, value, group, where, drawn, met), None, True


def _stuck_to(stickiness: str, person: Person) -> tuple[str | None, bool]:
    """The value to stick to, and whether it is a draw."""
    if stickiness == DEFAULT:
        for name in ("userId", "sessionId"):
            if (value := person.value(name)) is not None:
                return value, False
    if stickiness in (DEFAULT, RANDOM):
        return str(person.draw(1, STEPS)), True
    return person.value(stickiness), False


def _lottery(parameters: Json, person: Person) -> Own:
    percent = _whole(parameters.get("percentage"))
    if percent is None:
        return NOBODY
    drawn = person.draw(1, STEPS)
    met = drawn < percent
    return met, Rollout(percent, RANDOM, str(drawn), "", drawn, True, met), None, True


def _listed(text: str | None, name: str, person: Person) -> Own:
    if text is None:
        return NOBODY
    wanted = tuple(each.strip() for each in text.split(","))
    if not all(map(quotable, wanted)):
        return UNREADABLE
    found = person.value(name)
    met = found in wanted
    return met, None, Listing(name, wanted, found, found if met else None, met), True


def _at_address(text: str | None, person: Person) -> Own:
    if text is None:
        return NOBODY
    wanted = tuple(each.strip() for each in text.split(","))
    if not all(map(verbatim, wanted)):
        return UNREADABLE
    found = person.value("remoteAddress")
    by = among(wanted, found)
    return by is not None, None, Listing("remoteAddress", wanted, found, by, by is not None), True


def _whole(text: str | None) -> int | None:
    """As Rust reads a usize."""
    if text is None or not re.fullmatch(r"\+?[0-9]+", text):
        return None
    return int(text) if int(text) < LARGEST else None
