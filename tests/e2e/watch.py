"""Noting all that one browser ever showed, asked for and was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, WebSocket

HERE = Path(__file__).parent
WEBAPP = HERE.parents[1] / "webapp"
FEATURES = WEBAPP / "features"

PREFIXES = {"_shared/microphone": "onstage"}
"""What the keys of a folder's texts begin with, where that is not the folder's name."""

SHORTEST_PIECE = 8
"""Letters of a part of a text that tells where it comes from: "and" does not."""


class Watch:
    """What was seen: texts, accessible names, addresses and messages."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._traffic: set[str] = set()

    def follow(self, context: BrowserContext) -> None:
        """Notes everything in a context; to be called before its first page."""
        context.expose_binding("noteText", lambda _source, text: self._texts.add(text))
        context.add_init_script(path=HERE / "watch.js")
        context.on("request", lambda request: self._traffic.add(request.url))
        context.on("page", lambda page: page.on("websocket", self._listen))

    def look(self, page: Page) -> None:
        """Adds the accessibility tree as it is now: names can also be computed."""
        self._texts.update(page.locator("body").aria_snapshot().splitlines())

    def saw(self, text: str) -> bool:
        """Whether a text was ever on the page."""
        return any(text in seen for seen in self._texts)

    def traces_of(self, *folders: str) -> list[str]:
        """What was seen of these features: their words, addresses and events."""
        words = _any_of(word for folder in folders for word in words_of(folder))
        wire = _any_of(mark for folder in folders for mark in _marks_of(folder))
        seen = [text for text in self._texts if words.search(text)]
        return sorted(seen + [_short(sent, wire) for sent in self._traffic if wire.search(sent)])

    def _listen(self, socket: WebSocket) -> None:
        for event in ("framereceived", "framesent"):
            socket.on(event, lambda frame: self._traffic.add(str(frame)))


def words_of(folder: str) -> set[str]:
    """Every text of a feature's interface that is not in the shell too; where something is filled
    in, what stands around it."""
    texts = _texts(FEATURES / folder)
    whole = {text for text in texts if "{" not in text}
    pieces = {piece.strip() for text in texts for piece in re.split(r"\{\w+\}", text)}
    own = whole | {piece for piece in pieces if len(piece) >= SHORTEST_PIECE}
    return {text for text in own if not any(text in shells for shells in _texts(WEBAPP))}


def _texts(folder: Path) -> list[str]:
    texts: dict[str, str] = json.loads((folder / "translations" / "en.json").read_text("utf-8"))
    return list(texts.values())


def _marks_of(folder: str) -> set[str]:
    """What the traffic of a feature has and no other's."""
    name = PREFIXES.get(folder, folder)
    return {f"/assets/{folder}/", f'"{name}.', f'"web-{name}"', f'"{name}"'}


def _any_of(parts: Iterable[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(part) for part in sorted(parts))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


def _short(sent: str, wire: re.Pattern[str]) -> str:
    found = wire.search(sent)
    assert found is not None
    return sent[max(0, found.start() - 60) : found.end() + 60]
