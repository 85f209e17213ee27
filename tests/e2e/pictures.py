"""Pictures of every page: `script/screenshots`. The chosen few go to docs/pictures, all to var/."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from script.servers.janus import JanusServer
from tests.e2e.browsers import Browsers
from tests.e2e.company import PATIENCE_MS, Company
from tests.e2e.scenes import Scene, scenes
from tests.e2e.scenes_console import console_scenes
from tests.e2e.scenes_qa import qa_scenes
from tests.e2e.speech import recorded_speech, written_speech
from tests.e2e.variants import dealing_of
from tests.harness.server import RunningApp

ROOT = Path(__file__).resolve().parents[2]
ALL = ROOT / "var" / "pictures"
CHOSEN = ROOT / "docs" / "pictures"

CHOICE = (
    "space-speaker-dark",
    "space-host",
    "space-listening-small",
    "console",
    "qa-compare-run",
    "qa-matrix",
    "inbox-report",
)
"""Taken a second time for the documentation, smaller where they are wide."""

SETTLE = """() => document.getAnimations()
    .filter(one => one instanceof CSSTransition)
    .forEach(transition => transition.finish())"""
"""To where colours are going: a page that the browser draws no frames for would never get there."""


class Look(NamedTuple):
    """One way of looking at a page; `mark` ends the file's name."""

    mark: str
    scheme: Literal["light", "dark"]
    size: ViewportSize


DESKTOP = ViewportSize(width=1280, height=800)
DOCUMENT = ViewportSize(width=1040, height=680)
LOOKS = (
    Look("", "light", DESKTOP),
    Look("-dark", "dark", DESKTOP),
    Look("-small", "light", ViewportSize(width=360, height=740)),
)


def main() -> None:
    """Drives one evening and takes every scene in every look."""
    for folder in (ALL, CHOSEN):
        folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with ExitStack() as stack:
        kept = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        janus = stack.enter_context(JanusServer())
        app = stack.enter_context(RunningApp(janus, kept))
        dealing = stack.enter_context(dealing_of(app))
        browsers = Browsers(stack.enter_context(sync_playwright()))
        stack.callback(browsers.close)
        voices = [
            recorded_speech(kept),
            *(written_speech(n, kept) for n in ("tester", "second")),
        ]
        company = Company(app, browsers, {speech.name: speech for speech in voices})
        evening = scenes(company, dealing)
        for scene in chain(evening, console_scenes(company), qa_scenes(company)):
            for look in LOOKS:
                _take(scene, look)
            scene.page.set_viewport_size(DESKTOP)


def _take(scene: Scene, look: Look) -> None:
    name = f"{scene.name}{look.mark}"
    _picture(scene.page, look.scheme, look.size, ALL / f"{name}.png")
    if name in CHOICE:
        size = DOCUMENT if look.size == DESKTOP else look.size
        _picture(scene.page, look.scheme, size, CHOSEN / f"{name}.png")


def _picture(page: Page, scheme: Literal["light", "dark"], size: ViewportSize, file: Path) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.mouse.move(0, 0)
    page.evaluate(SETTLE)
    page.screenshot(path=file)
    print(file.relative_to(ROOT), f"{file.stat().st_size // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
