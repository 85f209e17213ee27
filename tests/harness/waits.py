"""Waiting for what will happen, instead of for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tests.harness.server import select_for

PATIENCE = 60.0
"""Seconds within which anything must have happened, on a busy machine too."""

LOOK = 0.01


def until(
    condition: Callable[[], object], what: str = "the condition", patience: float = PATIENCE
) -> None:
    """Returns as soon as `condition` holds; fails with `what` when it does not in time."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        select_for(LOOK)


async def eventually(condition: Callable[[], object], what: str = "the condition") -> None:
    """The same on an event loop."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(LOOK)
