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
def paula(house: House) -> Visitor:
    """A product manager at her browser."""
    return house.signed_in(house.person("Paula", "staff", roles=["product_manager"]))


@pytest.fixture
def ben(house: House) -> Visitor:
    """Another one."""
    return house.signed_in(house.person("Ben", "staff", roles=["product_manager"]))


@pytest.fixture
def quinn(house: House) -> Visitor:
    """QA: may look on."""
    return house.signed_in(house.person("Quinn", "staff", roles=["qa"]))
