"""How fast a gate decides, beside the raw SDK in the same run.

Run it with `python -m bench.bench_gate_decisions`. The two take turns, so that a noisy neighbour
hits both; the best round of each counts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from bench.common import figure, rate, ratio
from flags.catalogue import REACTIONS, WEB_SPEAKING
from flags.context import context_of
from flags.gate import Gate
from flags.sources.embedded import EmbeddedSource, utc_now
from flags.sources.memory import MemoryStore

ROUNDS = 5
TARGET = 0.7


@dataclass(frozen=True)
class Tester:
    id: str = "0123456789abcdef0123456789abcdef"
    cohort: str = "alpha"
    followers: int = 1200
    country: str | None = "FR"
    platform: str | None = "web"


def side_by_side(ours: Callable[[], object], raw: Callable[[], object]) -> tuple[float, float]:
    """The best rate of each, in calls per second."""
    rounds = [(rate(ours), rate(raw)) for _ in range(ROUNDS)]
    return max(mine for mine, _ in rounds), max(theirs for _, theirs in rounds)


def main() -> int:
    source = EmbeddedSource(MemoryStore())
    source.seed()
    gate = Gate(source)
    gate.start()
    client = gate._client
    assert client is not None
    context = context_of(Tester(), utc_now())
    assert gate.decide(WEB_SPEAKING, context).enabled
    assert gate.decide(REACTIONS, context).variant

    plain = side_by_side(
        lambda: gate.decide(WEB_SPEAKING, context), lambda: client.is_enabled(WEB_SPEAKING, context)
    )
    varied = side_by_side(
        lambda: gate.decide(REACTIONS, context), lambda: client.get_variant(REACTIONS, context)
    )
    gate.close()

    figure("decide, feature without variants", plain[0], "decisions/s")
    figure("SDK's is_enabled", plain[1], "decisions/s")
    met = ratio("decide / is_enabled", plain[0] / plain[1], TARGET)
    figure("decide, feature with variants", varied[0], "decisions/s")
    figure("SDK's get_variant", varied[1], "decisions/s")
    met &= ratio("decide / get_variant", varied[0] / varied[1], TARGET)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
