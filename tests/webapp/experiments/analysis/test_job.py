"""Questions that come to nothing: whoever looks is told so, and the next one may ask again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from flags.sources.interface import SourceUnavailable
from tests.fakes.runtime import HandRuntime
from tests.harness.flags import Clock
from webapp.experiments.analysis import job
from webapp.experiments.analysis.job import Asking
from webapp.experiments.analysis.query import Question

NAME = "reactions/all/False"
QUESTION = Question("reactions", "person", 0, 1, "no", {"no": 0.5, "yes": 0.5})


@pytest.fixture
def runtime() -> Iterator[HandRuntime]:
    runtime = HandRuntime(Clock())
    yield runtime
    runtime.stop()


def test_a_question_that_cannot_be_put_is_not_waited_for(runtime: HandRuntime) -> None:
    asked = Asking("sqlite://", runtime, Clock())

    def question() -> Question:
        raise SourceUnavailable("not now")

    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            asked.ask(NAME, question)


def test_an_answer_that_nobody_foresaw_is_a_failure(
    runtime: HandRuntime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = tmp_path / "odd.py"
    odd.write_text("""print('["neither", "progress", "nor", "figures"]')""")
    monkeypatch.setattr(job, "PROGRAM", odd)
    figuring = Asking("sqlite://", runtime, Clock()).ask(NAME, lambda: QUESTION)
    runtime.settle()
    assert figuring.failed
    assert "figures could not be computed" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR
