"""Computes figures: reads one question from standard input, writes progress and the answer to
standard output, a line of JSON each. See `webapp.experiments.analysis.worker` for how it is
started."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Any, TextIO

from webapp.experiments.analysis.db_driver import CannotCount, address_of
from webapp.experiments.analysis.partitioned_query import counted
from webapp.experiments.analysis.query import Question


def main(asked: TextIO = sys.stdin, answer: TextIO = sys.stdout) -> int:
    """`{"address", "question"}` in; `{"done", "of"}` lines and a `{"report"}` out, or an
    `{"error"}`. The address comes this way because it may hold a password, and arguments and the
    environment of a process can be seen by others."""

    def tell(**told: Any) -> None:
        answer.write(json.dumps(told) + "\n")
        answer.flush()

    given = json.load(asked)
    question = Question(**given["question"])
    try:
        found = counted(
            given["address"],
            question,
            lambda done, of: tell(done=done, of=of),
            meanwhile=_get_ready,
        )
    except CannotCount as error:
        tell(error=str(error))
        return 1
    from webapp.experiments.analysis.report import report

    tell(report=report(question, found))
    return 0


def _get_ready() -> None:
    """Not before: the counting forks, and is not to wait for it. Without threads of their own, of
    which a few numbers have no use, numpy and scipy are there in half the time."""
    os.putenv("OPENBLAS_NUM_THREADS", "1")
    import webapp.experiments.analysis.report  # noqa: F401


def asked(database_url: str, question: Question) -> bytes:
    """What is written to the process's standard input."""
    return json.dumps({"address": address_of(database_url), "question": asdict(question)}).encode()
