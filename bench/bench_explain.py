"""How long an explanation takes, beside one decision of the engine in the same run.

Run it with `python -m bench.bench_explain`. 200 features of 3 strategies are known; the one that is
explained has a parent, segments, constraints and variants. The two take turns.
"""

from __future__ import annotations

import json
import sys

from bench.bench_gate_decisions import Tester
from bench.common import at_most, cpu_time, figure, load, percentile
from bench.parts.synthetic_flags import DOCUMENT, VARIED, started
from flags.context import context_of
from flags.explain import explain
from flags.sources.embedded import utc_now

TIMES = 2000
TARGET = 20.0
"""Milliseconds, of the slowest explanation in a hundred, written out for a page."""


def main() -> int:
    gate = started()
    context = context_of(Tester(), utc_now())

    def shown() -> str:
        decision = gate.decide(VARIED, context)
        explained = explain(DOCUMENT, VARIED, context)
        return json.dumps(explained.beside(decision.enabled, decision.variant).as_dict())

    assert json.loads(shown())["agrees"]
    rounds = [
        (1000 * cpu_time(shown), 1000 * cpu_time(lambda: gate.decide(VARIED, context)))
        for _ in range(TIMES)
    ]
    gate.close()
    explained, decided = zip(*rounds, strict=True)
    load()
    figure("explanation, median", percentile(explained, 50), "ms")
    figure("decision of the engine, median", percentile(decided, 50), "ms")
    ratio = percentile(explained, 50) / percentile(decided, 50)
    figure("explanation / decision", ratio, "x")
    met = at_most("explanation, p99", percentile(explained, 99), TARGET, "ms")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
