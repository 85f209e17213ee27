"""Constraints: what of a person met or failed each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flags.explain.evaluation_context import FIELDS, Person
from flags.explain.model import Constraint
from flags.explain.operands import (
    COMPARED,
    address,
    expression,
    measure,
    network,
    quotable,
    verbatim,
)

Json = Mapping[str, Any]
Answer = tuple[bool, str | None]
"""Whether it holds, and by which of the wanted values."""

NO: Answer = (False, None)

TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "STR_CONTAINS": lambda found, wanted: wanted in found,
    "STR_STARTS_WITH": str.startswith,
    "STR_ENDS_WITH": str.endswith,
}
ORDERS = frozenset(
    {
        *("NUM_EQ", "NUM_GT", "NUM_GTE", "NUM_LT", "NUM_LTE", "DATE_AFTER", "DATE_BEFORE"),
        *("SEMVER_EQ", "SEMVER_GT", "SEMVER_GTE", "SEMVER_LT", "SEMVER_LTE"),
    }
)
LISTS = frozenset({"IN", "NOT_IN", "IN_CIDR", *TEXTS})


def constraint(rule: Json, person: Person) -> Constraint:
    """One constraint, held against the person."""
    name, kind = rule["contextName"], rule["operator"]
    found = person.value(name)
    unreadable = not _readable(rule)
    holds, by = NO if unreadable else _answer(rule, found)
    inverted = bool(rule.get("inverted"))
    return Constraint(
        name=name,
        operator=kind,
        wanted=_wanted(rule),
        found=found,
        by=by,
        holds=holds,
        inverted=inverted,
        ignores_case=bool(rule.get("caseInsensitive")),
        met=not unreadable and not _never(rule) and holds != inverted,
        unreadable=unreadable,
    )


def among(wanted: Iterable[str], found: str | None) -> str | None:
    """The first address or range in which `found` is; malformed ones contain nothing."""
    here = None if found is None else address(found)
    if here is None:
        return None
    for text in wanted:
        there = network(text)
        if there is not None and here in there:
            return text
    return None


def _wanted(rule: Json) -> tuple[str, ...]:
    if rule["operator"] in LISTS:
        return tuple(rule.get("values") or ())
    return (rule.get("value") or "",)


def _never(rule: Json) -> bool:
    """A version with a leading v is refused by name, inverted or not."""
    value: str = rule.get("value") or ""
    return rule["operator"].startswith("SEMVER_") and value.startswith("v")


def _readable(rule: Json) -> bool:
    """Can the engine take it? Otherwise it closes the whole feature."""
    kind, wanted = rule["operator"], _wanted(rule)
    if rule["contextName"] not in FIELDS and not verbatim(rule["contextName"]):
        return False
    if kind in ORDERS:
        return _never(rule) or measure(wanted[0]) is not None
    if kind in TEXTS or kind == "IN_CIDR":
        return bool(wanted) and all(map(quotable, wanted))
    return kind in ("IN", "NOT_IN", "REGEX") and all(map(quotable, wanted))


def _answer(rule: Json, found: str | None) -> Answer:
    kind, wanted = rule["operator"], _wanted(rule)
    if kind == "NOT_IN":
        return found not in wanted, None
    if found is None or _never(rule):
        return NO
    if kind == "IN":
        return (True, found) if found in wanted else NO
    if kind == "IN_CIDR":
        by = among(wanted, found)
        return by is not None, by
    if kind == "REGEX":
        return _matches(wanted[0], found, bool(rule.get("caseInsensitive")))
    if kind in TEXTS:
        return _has(TEXTS[kind], wanted, found, bool(rule.get("caseInsensitive")))
    return _compares(kind, wanted[0], found)


def _has(
    test: Callable[[str, str], bool], wanted: tuple[str, ...], found: str, ignores_case: bool
) -> Answer:
    fold = str.lower if ignores_case else str
    for text in wanted:
        if test(fold(found), fold(text)):
            return True, text
    return NO


def _matches(pattern: str, found: str, ignores_case: bool) -> Answer:
    compiled = expression(pattern, ignores_case)
    return (True, pattern) if compiled and compiled.isinstance_python(found) else NO


def _compares(kind: str, wanted: str, found: str) -> Answer:
    measured = measure(wanted)
    if measured is None:
        return NO
    reader, value = measured
    read = reader(found)
    holds = read is not None and COMPARED[kind.rpartition("_")[2]](read, value)
    return (True, wanted) if holds else NO
