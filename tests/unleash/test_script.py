"""`script/run --unleash` as a person starts it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.harness.script_run import Running, gone
from tests.harness.waits import until
from tests.unleash.unleash_user import PATIENCE


def test_runs_an_unleash_of_its_own_and_ends_it(tmp_path: Path) -> None:
    with Running(tmp_path, "--no-demo", "--unleash") as soundcheck:
        soundcheck.until_ready()
        told = soundcheck.until(r"Unleash: (http://127\.0\.0\.1:\d+), as admin; password: (.+)")
        secrets = Path(told[2])
        assert secrets.stat().st_mode & 0o077 == 0
        assert not re.search(r"\*:\*\.\w", soundcheck.said), "no token is printed"
        until(lambda: _answers(soundcheck) is True, "Unleash to be heard", PATIENCE)

        soundcheck.child("unleash-server").kill()
        soundcheck.until("Unleash ended by itself")
        # That its loss is noticed, test_outage says: here it may be back before anybody looks.
        until(lambda: soundcheck.children("unleash-server"), "another Unleash", PATIENCE)
        until(lambda: _answers(soundcheck) is True, "Unleash to be back", PATIENCE)
        family = soundcheck.family()
        assert len([p for p in family if p.is_running()]) > 4
        assert all(0 not in (*part.uids(), *part.gids()) for part in family if part.is_running())
        assert soundcheck.ctrl_c() == 0
        assert gone(family)


def _answers(soundcheck: Running) -> bool:
    status, ready = soundcheck.get("/readyz")
    assert status == 200, "nobody loses anything because Unleash went away"
    answers: bool = ready["definitions"]["unleash"]["answers"]
    return answers
