"""Scheduling priority: what carries sound, and what cuts it off, goes before other work.

On a busy machine a process of ordinary priority waits for its turn at every step of a cut. Raising
the priority takes the right to (capabilities(7): CAP_SYS_NICE), which root has; without it nothing
changes.
"""

from __future__ import annotations

import os
from contextlib import suppress

AHEAD = -10
"""Niceness of the supervisor and of all that it starts: about nine tenths of a core that somebody
of ordinary priority wants as well."""

BEHIND = 10
"""Niceness of work that nobody hears, such as computing results."""


def go_ahead() -> None:
    """Puts this process, and what it will start, before others; nothing where that is refused."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, AHEAD)


def stand_back() -> None:
    """Puts this process, and what it will start, behind others."""
    os.setpriority(os.PRIO_PROCESS, 0, max(BEHIND, os.getpriority(os.PRIO_PROCESS, 0)))
