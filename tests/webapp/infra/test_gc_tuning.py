"""Garbage that refers to itself, while many are connected and when they have gone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from webapp.infra.gc_tuning import FEW, MANY, Garbage


class Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def here() -> Iterator[list[int]]:
    """How many are connected. What this process had set aside by itself stays so."""
    usual = gc.get_threshold()
    gc.collect()
    yield [0]
    gc.set_threshold(*usual)
    gc.unfreeze()


def test_with_few_python_does_what_it_always_does(here: list[int]) -> None:
    before = gc.get_freeze_count(), gc.get_threshold()
    here[0] = MANY
    Garbage(lambda: here[0]).look()
    assert (gc.get_freeze_count(), gc.get_threshold()) == before


def test_with_many_only_what_is_new_is_looked_through(here: list[int]) -> None:
    garbage = Garbage(lambda: here[0])
    here[0] = MANY + 1
    new, old = weakref.ref(Circle()), Circle()
    garbage.look()
    assert new() is None
    kept = weakref.ref(old)
    del old
    garbage.look()
    assert kept() is not None, "else all there is has been looked through"
    here[0] = FEW
    garbage.look()
    assert kept() is not None, "a few who come and go change nothing"
    here[0] = FEW - 1
    garbage.look()
    assert kept() is None, "nothing is kept for ever"


def test_what_is_set_aside_goes_when_nothing_refers_to_it(here: list[int]) -> None:
    garbage = Garbage(lambda: here[0])
    here[0] = MANY + 1
    plain = Circle()
    plain.itself = None  # type: ignore[assignment]
    garbage.look()
    kept = weakref.ref(plain)
    del plain
    assert kept() is None
