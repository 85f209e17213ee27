"""What happens to how a Space sounds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HearingChanged:
    """Other people than before, or another number of them, hear a Space badly."""

    slug: str
