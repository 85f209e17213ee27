"""Noting all that one browser ever showed, asked for and was sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, WebSocket

HERE = Path(__file__).parent
FEATURES = HERE.parents[1] / "webapp" / "features"

SHORTEST = 3
"""Letters of a text that says anything about where it comes from."""


class Watch:
    """Looks on from the first page of a context to the last, whatever a test does meanwhile."""

    def __init__(self, context: BrowserContext) -> None:
        self._texts: set[str] = set()
        self._traffic: set[str] = set()
        context.expose_binding("noteText", lambda _source, text: self._texts.add(text))
        context.add_init_script(path=HERE / "watch.js")
        context.on("request", lambda request: self._traffic.add(request.url))
        context.on("page", self._follow)

    def look(self, page: Page) -> None:
        """Adds the accessibility tree as it is now: names can also be computed."""
        self._texts.update(page.locator("body").aria_snapshot().splitlines())

    def traces_of(self, *folders: str) -> list[str]:
        """Where anything of these features was ever seen: their words, addresses and events."""
        words = _any_of(word for folder in folders for word in words_of(folder))
        wire = _any_of(mark for folder in folders for mark in _marks_of(folder))
        seen = [text for text in self._texts if words.search(text)]
        return sorted(seen + [_short(sent, wire) for sent in self._traffic if wire.search(sent)])

    def _follow(self, page: Page) -> None:
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        for event in ("framereceived", "framesent"):
            socket.on(event, lambda frame: self._traffic.add(str(frame)))


def words_of(folder: str) -> set[str]:
    """Every text of a feature's interface, in pieces where something is filled in."""
    texts = json.loads((FEATURES / folder / "translations" / "en.json").read_text("utf-8"))
    pieces = {piece.strip() for text in texts.values() for piece in re.split(r"\{\w+\}", text)}
    return {piece for piece in pieces if len(piece) >= SHORTEST}


def _marks_of(folder: str) -> set[str]:
    """What the traffic of a feature has and no other's."""
    return {f"/assets/{folder}/", f'"{folder}.', f'"web-{folder}"', f'"{folder}"'}


def _any_of(parts: object) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(str(part)) for part in sorted(parts))  # type: ignore[call-overload]
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


def _short(sent: str, wire: re.Pattern[str]) -> str:
    found = wire.search(sent)
    assert found is not None
    return sent[max(0, found.start() - 60) : found.end() + 60]
