"""Why a person has a feature, or has not: Unleash's rules read a second time, with every step kept.

Never decides: the SDK's engine does (`flags.gate`). This reading is held against the engine, by the
tests of `tests/fidelity` and by `Explanation.beside` at every answer that is shown.
No I/O; a missing `currentTime` is read from the clock.
"""

from flags.explain.feature import explain
from flags.explain.model import (
    Choice,
    Constraint,
    Explanation,
    Listing,
    Override,
    Parent,
    Range,
    Reason,
    Rollout,
    Segment,
    Strategy,
)

__all__ = [
    "Choice",
    "Constraint",
    "Explanation",
    "Listing",
    "Override",
    "Parent",
    "Range",
    "Reason",
    "Rollout",
    "Segment",
    "Strategy",
    "explain",
]
