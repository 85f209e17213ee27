"""Pages that take long give way; what people do in Spaces is done in one go."""

from __future__ import annotations

import pytest

from tests.harness.house import Guest, House
from webapp.infra import cooperative


@pytest.fixture
def manager(house: House) -> Guest:
    return house.guest("Pia", "staff", roles=("product_manager",))


@pytest.fixture
def turns(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever others have their turn; whoever asks whether it is due is told so."""
    given: list[int] = []
    monkeypatch.setattr(cooperative.Breath, "is_due", lambda _self: True)
    monkeypatch.setattr(cooperative._Way, "wait", staticmethod(lambda: given.append(1)))
    return given


@pytest.mark.parametrize("page", ["/console/features/reactions", "/console/history", "/qa/"])
def test_long_pages_give_way_at_each_look(
    house: House, manager: Guest, turns: list[int], page: str
) -> None:
    looks: list[int] = []
    between = house.core.db.before_reading
    house.core.db.before_reading = lambda: (looks.append(1), between())[1]  # type: ignore[func-returns-value]
    browser = house.browser(manager)
    assert browser.get(page).status_code == 200
    turns.clear()
    looks.clear()
    assert browser.get(page).status_code == 200
    assert len(turns) >= len(looks) - 1 > 2, "all but who it is that asks"


def test_others_do_not(house: House, manager: Guest, turns: list[int]) -> None:
    browser = house.browser(manager)
    browser.get("/")
    turns.clear()
    assert browser.get("/").status_code == 200
    assert turns == []
