"""How features are closed, as product managers chose it, and which were changed last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from flags.catalogue import CATALOGUE
from flags.sources.interface import Closing, Source, SourceUnavailable
from webapp.gating.model import Folder

log = logging.getLogger(__name__)


class Closings:
    """What the source says of closings, kept in memory. `read` brings it up to date."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._closing: dict[str, Closing] = {}
        self._changed: dict[str, int] = {}

    def read(self) -> None:
        """A source that cannot be reached changes nothing."""
        try:
            states = self._source.features()
            self._closing = {state.key: state.closing for state in states}
            self._changed = {state.key: state.revision for state in states}
        except SourceUnavailable as error:
            log.warning("closings cannot be read: %s", error)

    def mode(self, key: str, is_open: Callable[[str], bool]) -> Closing:
        """How a closed feature was closed: by the topmost feature in its line that is not open."""
        mode = self._closing.get(key, Closing.DRAIN)
        parent = CATALOGUE[key].parent
        while parent is not None:
            if not is_open(parent):
                mode = self._closing.get(parent, Closing.DRAIN)
            parent = CATALOGUE[parent].parent
        return mode

    def most_urgent_first(self, folders: Iterable[Folder]) -> list[Folder]:
        """Features that were changed last come first: nobody who is cut waits for thousands who
        only listen. Else parents first."""
        return sorted(folders, key=lambda folder: -self._changed.get(folder.key, 0))
