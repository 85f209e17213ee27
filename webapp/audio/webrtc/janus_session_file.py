"""The number of the janus_session, kept for the next process."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)


class KeptSession:
    """A file beside the database. A disk that is full costs the next process the seats that it
    might have taken up, and nobody anything now."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> int | None:
        """None when there is none, or nothing that could be one."""
        try:
            return int(self._file.read_text())
        except (OSError, ValueError):
            return None

    def write(self, number: int) -> None:
        """All of it or nothing."""
        fresh = self._file.with_suffix(".fresh")
        try:
            fresh.write_text(str(number))
            fresh.replace(self._file)
        except OSError as problem:
            log.warning("the janus_session cannot be kept: %s", problem.strerror)

    def forget(self) -> None:
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
