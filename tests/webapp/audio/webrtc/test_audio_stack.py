"""The sound of one process, on a real Janus: what it does about the process before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import Settings
from media.janus.session import JanusConnection
from script.servers.janus import JanusServer
from tests.harness.janus import janus
from tests.media.rig import Rig, connection_to
from webapp.audio.webrtc.audio_stack import engine_on
from webapp.audio.webrtc.janus_session_file import KeptSession

__all__ = ["janus"]

pytestmark = pytest.mark.contract


async def test_seats_that_cannot_be_known_are_ended(janus: JanusServer, tmp_path: Path) -> None:
    """Without the Admin API: sound that nobody can mute must not go on."""
    before = connection_to(janus)
    await before.open()
    rig = Rig(before, linger=60)
    peer = await rig.speak("engine", "mouth")
    number = before.janus_session
    await before.part()

    kept = KeptSession(tmp_path / "janus-session")
    blind = JanusConnection(janus.url, janus.api_secret, janus.admin_key, resume=number)
    engine = engine_on(blind, lambda _: None, kept, Settings(var_folder=tmp_path))
    assert "engine" in await engine.open()
    assert engine.up
    assert engine.seats.seats() == {}
    assert kept.read() == blind.janus_session != number
    assert await engine.mixes.bridge.participants("engine") == ()
    await engine.mixes.take_up(["engine"])
    await engine.close()
    assert kept.read() is None
    await peer.close()
