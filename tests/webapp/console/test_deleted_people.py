"""Who is deleted has no name left, and is called so in the reader's language."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flags.catalogue import WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.factories import House, Visitor
from tests.webapp.console.test_change_requests import proposed
from tests.webapp.console.test_feature_routes import FEATURE

PLACES = ("/console", "/console/history", "/console/history/people", FEATURE)


@pytest.fixture
def reader(house: House, paula: Visitor, ben: Visitor) -> Visitor:
    """Ben, who reads French; Paula did something of every kind, and is deleted."""
    house.core.source.turn_off(WEB_SPEAKING, Closing.CUT, "Paula")
    tomorrow = (house.clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    paula.press(FEATURE, "Schedule it", turn="off", closing="cut", at=tomorrow)
    proposed(house, paula)
    paula.press("/console/people", "Make cohort", cohort="gamma")
    house.core.privacy.delete(house.accounts.people.find("Paula").id)
    french = house.stranger(language="fr")
    assert ben.cookie is not None
    french.cookie = ben.cookie
    return french


def test_is_called_so_in_the_readers_language(reader: Visitor) -> None:
    for place in PLACES:
        text = reader.get(place).text
        assert "une personne supprimée" in text, place
        assert "a deleted person" not in text, place
        assert "Paula" not in text, place
