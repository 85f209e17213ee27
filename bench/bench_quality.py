"""How a voice sounds to a listener, through the microphone, the bridge and the mountpoint: PESQ.

Run it with `python -m bench.bench_quality`. Recorded people speak over and over into the fake
microphone of a host's page; each repetition that a listener's page plays, and that this machine did
not disturb (docs/decisions/late-is-not-damaged.md), is compared with them. Once with the browser's
treatment of voices switched off, which is what the transport does to them, and once as it usually
is.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from bench.common import figure, load, ratio
from script.servers.janus import JanusServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import Company
from tests.e2e.fidelity import score, undisturbed
from tests.e2e.recorder import Recorder
from tests.e2e.speech import RATE, Samples, recorded_speech
from tests.harness.server import RunningApp

REPETITIONS, MOST = 5, 12
WANTED = 4.0
OFF = json.dumps({"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False})


def measured(company: Company, name: str, preferences: str) -> list[float]:
    """The score of each repetition that this machine did not disturb."""
    host = company.come(name, followers=1200, speaks="host")
    script = f"localStorage.setItem('soundcheck.microphone', {json.dumps(preferences)})"
    host.page.add_init_script(script)
    host.hosts(f"As heard from {name}")
    listener = company.come("Lena", "beta")
    recorder = Recorder(listener.page)
    listener.listens_to(host)
    recorder.deepen()
    assert host.speech is not None
    start, speech = recorder.now, host.speech.samples
    whole: list[Samples] = []
    for _ in range(MOST):
        recorder.next(len(speech) / RATE)
        if len(whole := undisturbed(recorder.since(start), speech)) >= REPETITIONS:
            break
    company.leave()
    return [score(heard, speech[: len(heard)]) for heard in whole]


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        janus = stack.enter_context(JanusServer())
        app = stack.enter_context(RunningApp(janus, folder))
        browsers = Browsers(stack.enter_context(sync_playwright()))
        stack.callback(browsers.close)
        speeches = {"host": recorded_speech(folder)}
        load()
        for name, preferences in (("as it is", OFF), ("as usual", "{}")):
            found = measured(Company(app, browsers, speeches), name, preferences)
            figure(f"PESQ, voice {name}, repetitions", len(found), "")
            if not found:
                continue  # the machine was too busy to tell
            figure(f"PESQ, voice {name}, worst", min(found), "of 4.64")
            if preferences == OFF:
                ratio(f"PESQ, voice {name}, median", median(found), WANTED)
            else:
                figure(f"PESQ, voice {name}, median", median(found), "of 4.64")
    return 0


if __name__ == "__main__":
    sys.exit(main())
