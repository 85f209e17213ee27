"""Credentials of a TURN server, as coturn checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from config.settings import Settings
from tests.harness.house import House
from webapp.audio.webrtc.turn_credentials import ice_servers

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URLS = "turn:turn.example:3478 turns:turn.example:443?transport=tcp"


def test_without_a_relay_there_is_nothing_to_give() -> None:
    assert ice_servers(Settings(), NOW, "a" * 32) == []


def test_credentials_are_made_as_coturn_checks_them() -> None:
    settings = Settings(turn_urls=URLS, turn_secret="north", turn_seconds=600)  # type: ignore[arg-type]
    [server] = ice_servers(settings, NOW, "a" * 32)
    assert server["urls"] == URLS.split()
    end, name = server["username"].split(":")
    assert int(end) == int(NOW.timestamp()) + 600
    digest = hmac.new(b"north", server["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(server["credential"]) == digest
    assert "a" * 32 not in name
    [other] = ice_servers(settings, NOW, "b" * 32)
    assert other["username"].split(":")[1] != name


def test_a_relay_needs_its_secret() -> None:
    with pytest.raises(ValidationError, match="SOUNDCHECK_TURN_SECRET"):
        Settings(turn_urls=URLS)


def test_whoever_enters_a_space_is_told_the_way_around(house: House) -> None:
    _, slug = house.space()
    tab = house.tab(house.guest("Tomas"), slug)
    assert tab.does("space.join", slug=slug)["ice"] == []
