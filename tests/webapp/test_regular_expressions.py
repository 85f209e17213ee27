"""Every regular expression of the product takes time in proportion to its input."""

from __future__ import annotations

import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

import config
import flags
import media
import webapp
from webapp.problem_reports.redaction import scrubbed

UNITS = (
    *("a", "1", ":", ".", "-", "/", " ", '"', "\\", '\\"', "+", "é", "?", "#", "://", "a:", "a."),
    *(
        "a1-",
        "1.",
        "1-",
        "http://",
        "/i/",
        "/hls/a",
        "/i/hls/",
        "a/b?",
        "::1 ",
        "-a",
        "2026-01-01T",
    ),
)
ENDS = ("", "g", "!", "?", "\n")
SHORT = 500
TIMES = 8
QUICK_SECONDS = 0.004
"""What takes no longer on 4,000 characters is no danger, whatever it grows like."""


def expressions() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Each expression at the top of a module, in each way in which that module uses it."""
    for package in (config, flags, media, webapp):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" in found.name or found.name.endswith("__main__"):
                continue
            # Read first: eventlet's modules must not be loaded into the tests' process.
            spec = found.module_finder.find_spec(found.name, None)
            if spec is None or "re.compile(" not in Path(str(spec.origin)).read_text("utf-8"):
                continue
            module = import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    for way in used_ways(inspect.getsource(module), name):
                        yield f"{found.name}.{name}.{way}", applied(value, way)


def used_ways(source: str, name: str) -> set[str]:
    ways = set(re.findall(rf"\b{name}\.(\w+)\(", source)) - {"format"}
    return ways or {"fullmatch"}


def applied(expression: re.Pattern[str], way: str) -> Callable[[str], object]:
    if way in ("sub", "subn"):
        return lambda text: expression.sub("", text)
    if way in ("finditer", "findall"):
        return expression.findall
    used: Callable[[str], object] = getattr(expression, way)
    return used


EXPRESSIONS = dict(expressions())


def seconds(work: Callable[[str], object], text: str) -> float:
    """The least of three, in processor time of this thread: others do not count."""
    took = []
    for _ in range(3):
        begun = time.thread_time()
        work(text)
        took.append(time.thread_time() - begun)
    return min(took)


def grows_too_fast(work: Callable[[str], object], units: tuple[str, ...] = UNITS) -> list[str]:
    """The inputs of which eight times as much takes more than 24 times as long (in proportion it
    is 8, squared 64)."""
    bad = []
    for unit in units:
        for end in ENDS:
            text = unit * (SHORT // len(unit))
            if seconds(work, text * 2 + end) < QUICK_SECONDS / TIMES:
                continue
            longer = seconds(work, text * TIMES + end)
            if longer > QUICK_SECONDS and longer > 3 * TIMES * seconds(work, text + end):
                bad.append(f"{unit!r} … {end!r}")
    return bad


def test_there_are_expressions_to_look_at() -> None:
    assert {
        "webapp.problem_reports.redaction.QUERY.sub",
        "webapp.infra.log_redaction.WAYS_IN.sub",
    } <= set(EXPRESSIONS)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_regular_expression_takes_linear_time(name: str) -> None:
    assert grows_too_fast(EXPRESSIONS[name]) == []


def test_scrubbing_a_text_takes_linear_time() -> None:
    assert grows_too_fast(scrubbed) == []


def test_quadratic_expression_is_found() -> None:
    assert grows_too_fast(re.compile(r"a+b").search, ("a",)) != []
