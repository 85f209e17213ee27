"""The web app for a test, and a browser in which nobody is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import factories
from tests.harness.factories import House, Visitor


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with factories.house(tmp_path, demo=True) as made:
        yield made


@pytest.fixture
def stranger(house: House) -> Visitor:
    return house.stranger()
