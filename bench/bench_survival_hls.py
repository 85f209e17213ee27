"""What a listener through HLS hears when the web process goes: seconds of silence.

Run it with `python -m bench.bench_survival_hls [nginx|direct]`. script/run serves with room for
one on WebRTC; a host talks from a real page (a steady tone), one listens through WebRTC, another
one through HLS. The web process is killed, killed together with the one in reserve, and exchanged,
`TIMES` times each: once with an nginx in front that gives the segments away, once without, where
they are away with the web process. Silence is the longest stretch of 10 ms blocks without sound;
`away` is the longest that a request had to wait meanwhile. The first row is the same time without a
fault.
"""

from __future__ import annotations

import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Playwright, sync_playwright

from bench.bench_cut import RATE, tone
from bench.common import load
from script.servers.nginx import NginxServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.ear import AUDIBLE
from tests.e2e.person import Somebody
from tests.e2e.speech import Speech, longest_silence
from tests.harness.script_run import free_port
from tests.harness.supervised import Supervised, supervised
from tests.harness.waits import until

TIMES = 2
SECONDS = 10.0
"""Heard with each fault, from before it on."""

MOST = 0.1
LATE = "You are listening, slightly delayed"
HERE = "127.0.0.1"
NGINX, DIRECT = "nginx", "direct"


def nothing(_: Supervised) -> None:
    """Everything goes on."""


def kill(product: Supervised) -> None:
    product.kill_web()


def kill_both(product: Supervised) -> None:
    reserve = product.running.reserve
    assert reserve is not None
    reserve.kill()
    product.running.until("the web process in reserve ended")
    product.kill_web()


def exchange(product: Supervised) -> None:
    product.exchange()


FAULTS: dict[str, Callable[[Supervised], None]] = {
    "baseline: nothing happens": nothing,
    "web process killed (-9)": kill,
    "web process exchanged": exchange,
    "killed, and its reserve (-9)": kill_both,
}


def away(product: Supervised) -> float:
    """Seconds of the longest time without an answer, while another process takes over."""
    longest, last = 0.0, time.monotonic()
    end = last + SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{product.local}/healthz", timeout=3 * SECONDS):  # noqa: S310
                longest = max(longest, time.monotonic() - last)
        except OSError:
            continue
        last = time.monotonic()
        time.sleep(0.05)
    return longest


def measure(product: Supervised, late: Somebody, where: str) -> None:
    for name, do in FAULTS.items():
        silences, waits = [], []
        for _ in range(TIMES):
            until(lambda: product.running.reserve is not None, "a web process in reserve")
            late.ear.next(5)  # and time for that to load
            start = late.ear.now
            do(product)
            waits.append(away(product))
            silences.append(longest_silence(late.ear.since(start), AUDIBLE))
        row = f"{name:<30} {where:<7} {min(silences):>7.2f} {max(silences):>7.2f}"
        state = "met" if max(silences) <= MOST else "MISSED"
        print(f"{row} {max(waits):>7.2f}   <= {MOST:g} s: {state}", flush=True)


def evening(playwright: Playwright, product: Supervised, folder: Path, where: str) -> None:
    browsers = Browsers(playwright)
    samples = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    steady = Speech("tone", samples, tone(folder))
    company = Company(product, browsers, {steady.name: steady})
    host = company.come("Hana", followers=1200, speaks=steady.name)
    host.hosts("A full house")
    host.invites(company.come, "Lena")
    late = host.invites(company.come, "Lara")
    late.reads(LATE)
    measure(product, late, where)
    company.leave()
    browsers.close()


@contextmanager
def house(folder: Path, where: str) -> Iterator[Supervised]:
    """The product, with or without an nginx in front."""
    streams, port = folder / "hls", free_port()
    folder.chmod(0o755)  # nginx is another user
    streams.mkdir()
    given = {"SOUNDCHECK_HLS_FOLDER": str(streams), "SOUNDCHECK_WEBRTC_LISTENERS": "1"}
    with NginxServer(streams, web=f"{HERE}:{port}") as nginx:
        front = nginx.url if where == NGINX else None
        with supervised(folder / "var", port=port, front=front, **given) as product:
            yield product


def main() -> int:
    print(f"{'seconds, of ' + str(TIMES):<38} {'least':>7} {'most':>7} {'away':>7}")
    for where in sys.argv[1:] or (NGINX, DIRECT):
        with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
            folder = Path(name)
            with house(folder, where) as product:
                evening(playwright, product, folder, where)
    load()
    return 0


if __name__ == "__main__":
    sys.exit(main())
