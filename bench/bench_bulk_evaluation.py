"""What a gate adds to the raw SDK's decision when it knows 200 features of 3 strategies.

Run it with `python -m bench.bench_bulk_evaluation`. Gate and SDK take turns, call by call; the
bounds are those of the slowest call in a hundred, in CPU time of this thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench.bench_gate_decisions import Tester
from bench.common import at_most, cpu_time, figure, load, percentile
from bench.parts.synthetic_flags import PLAIN, VARIED, started
from flags.context import context_of
from flags.sources.embedded import utc_now

TIMES = 20_000
TARGET = 50.0
"""Microseconds above the raw SDK's, at the 99th percentile."""


def compared(name: str, ours: Callable[[], object], raw: Callable[[], object]) -> bool:
    rounds = [(1e6 * cpu_time(ours), 1e6 * cpu_time(raw)) for _ in range(TIMES)]
    mine, theirs = zip(*rounds, strict=True)
    for percent in (50, 99):
        figure(f"{name}: gate, p{percent}", percentile(mine, percent), "µs")
        figure(f"{name}: raw SDK, p{percent}", percentile(theirs, percent), "µs")
    above = percentile(mine, 99) - percentile(theirs, 99)
    return at_most(f"{name}: gate above the SDK, p99", above, TARGET, "µs")


def main() -> int:
    gate = started()
    client, context = gate._client, context_of(Tester(), utc_now())
    assert client is not None
    assert gate.decide(PLAIN, context).enabled
    load()
    met = compared(
        "open or not",
        lambda: gate.decide(PLAIN, context),
        lambda: client.is_enabled(PLAIN, context),
    )
    met &= compared(
        "with variants",
        lambda: gate.decide(VARIED, context),
        lambda: client.get_variant(VARIED, context),
    )
    gate.close()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
