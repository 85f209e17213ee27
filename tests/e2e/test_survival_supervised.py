"""script/run as most start it, without a web server in front: the web process gives the segments
away itself. It is killed, or exchanged, while somebody listens through HLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.person import Somebody
from tests.e2e.test_hls import address, connections
from tests.e2e.test_survival_hls import BACK, encoders, evening
from tests.harness.script_run import gone
from tests.harness.supervised import Supervised, supervised
from tests.harness.waits import until

__all__ = ["evening"]


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[Supervised]:
    """With room for one on WebRTC."""
    with supervised(tmp_path / "var", SOUNDCHECK_WEBRTC_LISTENERS="1") as running:
        yield running


@pytest.mark.parametrize("do", [Supervised.kill_web, Supervised.exchange])
def test_another_web_process(
    own_app: Supervised, evening: tuple[Somebody, Somebody], do: Callable[[Supervised], None]
) -> None:
    """The same encoder, the same address, and the player goes on by itself. How long a hole is, if
    there is one, depends on the machine: the benchmark tells."""
    host, late = evening
    running = own_app.running
    streams = running.var / "hls"
    until(lambda: running.reserve is not None, "a web process in reserve")
    before, mine, serves = encoders(streams), address(late), running.web
    assert len(before) == 1
    do(own_app)
    assert gone([serves])
    running.until_all_is_there()
    for person in (host, late):
        person.page.wait_for_function(BACK)
    late.ear.next(4)  # more than the player may have kept
    late.hears(host)
    assert (encoders(streams), address(late), connections(late)) == (before, mine, 0)
    late.presses("Stop listening")
    late.ear.goes_silent()
    assert late.page.request.get(mine).status == 404
    until(lambda: encoders(streams) == [], "the encoder to end with its last listener")
