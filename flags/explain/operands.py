"""Values as the engine reads them: numbers, moments, versions, addresses, expressions, hashes.

The engine writes every strategy as a line of a small language and parses that; what its grammar
does not take makes the whole feature unreadable. The forms here are those of that grammar
(`strategy_grammar.pest` in Unleash/yggdrasil) and of the Rust parsers behind it.
"""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

import mmh3
from pydantic_core import SchemaError, SchemaValidator, core_schema
from semver import Version

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Moment = tuple[int, int, int]
"""Days, seconds of the day, nanoseconds; in UTC."""

Reader = Callable[[str], Any]

BLANKS = " \t"
PARTS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
WANTED_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", re.IGNORECASE)
WANTED_VERSION = re.compile(rf"[0-9]+\.[0-9]+\.[0-9]+(-{PARTS})?(\+{PARTS})?")
WANTED_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)", re.ASCII)
NUMBER = re.compile(
    r"[+-]?(inf|infinity|nan|([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?)", re.IGNORECASE
)
MOMENT = re.compile(
    r"\s*(?P<year>\d{1,4}|[+-]\d{1,6})\s*-\s*(?P<month>\d{1,2})\s*-\s*(?P<day>\d{1,2})[T\s]"
    r"\s*(?P<hour>\d{1,2})\s*:\s*(?P<minute>\d{1,2})\s*:\s*(?P<second>\d{1,2})(\.(?P<part>\d+))?"
    r"\s*(Z|UTC|(?P<sign>[+\-−])(?P<hours>\d\d)\s*:?\s*(?P<minutes>\d\d))\s*",
    re.IGNORECASE,
)
QUOTED = re.compile(r'(\\"|[^"])*')
LARGEST = 2**64
DAY = 86_400


def quotable(text: str) -> bool:
    """Can it stand in the engine's language, its quotation marks escaped for it?"""
    return not text.endswith("\\")


def verbatim(text: str) -> bool:
    """Can it stand there as it is? Names and groups are not escaped."""
    return quotable(text) and QUOTED.fullmatch(text) is not None


def number(text: str) -> float | None:
    """As Rust reads an f64."""
    return float(text) if NUMBER.fullmatch(text) else None


def version(text: str) -> Version | None:
    """A strict semantic version; compared by precedence, so without what was built when."""
    if not WANTED_VERSION.fullmatch(text):
        return None
    try:
        found = Version.parse(text)
    except ValueError:
        return None
    return found if max(found.major, found.minor, found.patch) < LARGEST else None


def moment(text: str) -> Moment | None:
    """As chrono reads a DateTime<Utc>: RFC 3339, generous with blanks."""
    match = MOMENT.fullmatch(text)
    if not match:
        return None
    year, hour, minute, second = (int(match[n]) for n in ("year", "hour", "minute", "second"))
    away, further = int(match["hours"] or 0), int(match["minutes"] or 0)
    if hour > 23 or minute > 59 or second > 60 or away > 23 or further > 59:
        return None
    try:
        # The calendar repeats every 400 years; Python's begins with the year 1.
        day = date(year % 400 + 400, int(match["month"]), int(match["day"])).toordinal()
    except ValueError:
        return None
    leap, second = second == 60, min(second, 59)
    ahead = (away * 3600 + further * 60) * (1 if match["sign"] == "+" else -1)
    over, seconds = divmod(hour * 3600 + minute * 60 + second - ahead, DAY)
    nanoseconds = int((match["part"] or "0")[:9].ljust(9, "0")) + leap * 10**9
    return day + year // 400 * 146_097 + over, seconds, nanoseconds


def measure(wanted: str) -> tuple[Reader, Any] | None:
    """How a constraint's value is compared: the reader for the person's value, and the value read.

    None when the engine cannot read it. The form alone counts: a version behind NUM_GT is compared
    as a version.
    """
    text = wanted.strip(BLANKS)
    for form, reader in (
        (WANTED_MOMENT, moment),
        (WANTED_VERSION, version),
        (WANTED_NUMBER, number),
    ):
        if form.fullmatch(text):
            value = reader(text)
            return None if value is None else (reader, value)
    return None


def equal(one: Any, other: Any) -> bool:
    """Numbers are equal when they are as good as equal."""
    if isinstance(one, float):
        return bool(abs(one - other) < sys.float_info.epsilon)
    return bool(one == other)


COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": equal,
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
    "AFTER": operator.gt,
    "BEFORE": operator.lt,
}


def address(text: str) -> Address | None:
    """An IP address without a zone."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def network(text: str) -> Network | None:
    """One address, or a range in CIDR notation or with a mask; bits behind the mask are allowed."""
    base, slash, mask = text.partition("/")
    start = address(base)
    if start is None:
        return None
    prefix = _prefix(mask, start) if slash else start.max_prefixlen
    return None if prefix is None else ip_network((start, prefix), strict=False)


def _prefix(mask: str, start: Address) -> int | None:
    if re.fullmatch(r"\+?[0-9]+", mask):
        return int(mask) if int(mask) <= start.max_prefixlen else None
    dotted = address(mask)
    if not isinstance(dotted, IPv4Address) or start.version != 4:
        return None
    free = int(dotted) ^ 0xFFFFFFFF
    return None if free & (free + 1) else 32 - free.bit_length()


@lru_cache(maxsize=256)
def expression(pattern: str, ignores_case: bool) -> SchemaValidator | None:
    """The engine's own regular expressions (Rust's `regex`, which pydantic brings along): they
    have no backtracking, and Python's differ from them. None for one that is malformed."""
    pattern = f"(?i){pattern}" if ignores_case else pattern
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return None


def place(group: str, value: str, size: int, seed: int) -> int:
    """Unleash's normalised hash: 1 to `size`."""
    return mmh3.hash(f"{group}:{value}", seed, signed=False) % size + 1
