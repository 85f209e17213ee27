"""What is left of a group when everything has been added up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sums:
    """One outcome in one group. A unit is a person, or a Space.

    `n` units with the values y: their sum and sum of squares. `past_n` of them have a value x from
    before they met the feature: sums of x, x², x·y, and of these units' y.
    """

    n: float = 0
    y: float = 0.0
    yy: float = 0.0
    past_n: float = 0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    y_with_past: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(mine + theirs for mine, theirs in zip(self.row, other.row, strict=True)))

    @property
    def row(self) -> tuple[float, ...]:
        return (
            *(self.n, self.y, self.yy),
            *(self.past_n, self.x, self.xx, self.xy, self.y_with_past),
        )

    def among(self, n: float) -> Sums:
        """The same where `n` units count, those without a value as zero."""
        return Sums(n, *self.row[1:])

    @property
    def mean(self) -> float:
        return self.y / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of the sample (n - 1)."""
        return _spread(self.n, self.y, self.y, self.yy)


@dataclass(frozen=True)
class Paired:
    """A group's y beside its x, everybody with one: whoever has no past has the usual one."""

    sums: Sums
    x: float
    xx: float
    xy: float

    @classmethod
    def of(cls, sums: Sums, usual: float) -> Paired:
        """`usual`: the x of those who have none. A constant moves nobody."""
        missing = sums.n - sums.past_n
        without = sums.y - sums.y_with_past
        return cls(
            sums,
            sums.x + missing * usual,
            sums.xx + missing * usual**2,
            sums.xy + usual * without,
        )

    @property
    def mean_x(self) -> float:
        return self.x / self.sums.n if self.sums.n else 0.0

    @property
    def variance_x(self) -> float:
        return _spread(self.sums.n, self.x, self.x, self.xx)

    @property
    def covariance(self) -> float:
        return _spread(self.sums.n, self.x, self.sums.y, self.xy)

    def __add__(self, other: Paired) -> Paired:
        added = self.sums + other.sums
        return Paired(added, self.x + other.x, self.xx + other.xx, self.xy + other.xy)


def _spread(n: float, one: float, other: float, product: float) -> float:
    return (product - one * other / n) / (n - 1) if n > 1 else 0.0
