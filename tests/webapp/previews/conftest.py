"""A house of its own for every test, and QA in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.house import Guest, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def quinn(house: House) -> Guest:
    """QA at work."""
    return house.guest("Quinn", "staff", roles=("qa",))
