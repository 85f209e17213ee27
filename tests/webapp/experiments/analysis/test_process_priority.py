"""Computing results stands behind what carries sound, whatever priority it is started with."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.harness.waits import until
from webapp.experiments.analysis.job import PROGRAM
from webapp.infra.process_priority import BEHIND

pytestmark = pytest.mark.server


def test_computing_process_stands_back_before_it_reads_a_question() -> None:
    pipe = subprocess.PIPE
    command = [sys.executable, str(PROGRAM)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as child:
        try:
            until(lambda: os.getpriority(os.PRIO_PROCESS, child.pid) == BEHIND, "its priority")
        finally:
            child.kill()
