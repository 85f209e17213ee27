from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import factories
from tests.harness.factories import House, Visitor


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The app with its gates at work, and nobody connected."""
    with factories.house(tmp_path) as made:
        made.core.source.seed()
        made.core.gating.start()
        yield made
        made.core.gating.gate.close()


@pytest.fixture
def quinn(house: House) -> Visitor:
    """QA at work."""
    return house.signed_in(house.person("Quinn", "staff", roles=["qa"]))
