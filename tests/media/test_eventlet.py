"""The web process runs sound on eventlet's asyncio hub, in the thread of its greenlets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from script.servers.janus import JanusServer

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]

PROGRAM = """
import os
os.environ["EVENTLET_HUB"] = "asyncio"
import warnings
warnings.filterwarnings("ignore", message=r"\\s*Eventlet is deprecated")
import eventlet
eventlet.monkey_patch()
import eventlet.asyncio
import json, sys
from media.janus.session import JanusConnection
from media.mix_registry import Mixes
from media.seat_manager import Seats

url, api_secret, admin_key = json.loads(sys.argv[1])
sound = lambda coroutine: eventlet.asyncio.spawn_for_awaitable(coroutine).wait()
events = []
beats = []

def beat():
    while True:
        beats.append(1)
        eventlet.sleep(0)

async def listen():
    connection = JanusConnection(url, api_secret, admin_key)
    mixes = Mixes(connection, linger=0)
    seats = Seats(mixes, lambda event: events.append(type(event).__name__))
    await connection.open()
    return connection, mixes, seats, await seats.listen("green", "ear")

eventlet.spawn(beat)
connection, mixes, seats, offer = sound(listen())
before = len(beats)
offers = [eventlet.asyncio.spawn_for_awaitable(seats.listen("green", str(n))) for n in range(20)]
offers = [waiting.wait() for waiting in offers]
greenlets_ran = len(beats) > before
sound(seats.close())
sound(mixes.close_all())
sound(connection.close())
print(json.dumps({
    "offers": sum(offer.startswith("v=0") for offer in [offer, *offers]),
    "greenlets ran": greenlets_ran, "events": events, "left": len(seats.seats()),
}))
"""


def test_seats_work_between_greenlets(janus: JanusServer) -> None:
    access = json.dumps([janus.url, janus.api_secret, janus.admin_key])
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, access],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "offers": 21,
        "greenlets ran": True,
        "events": ["SoundUp"],
        "left": 0,
    }
    assert ran.stderr == ""
