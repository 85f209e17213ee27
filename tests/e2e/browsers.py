"""Chromium as Debian ships it, one process for each voice: a fake microphone is per process."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Browser, Playwright

from tests.e2e.speech import Speech

CHROMIUM = "/usr/bin/chromium"

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
MAY_SOUND = "--autoplay-policy=no-user-gesture-required"
FAKE_MICROPHONE = "--use-fake-device-for-media-stream"


class Browsers:
    """Browsers of a test session, started when first needed, each with `more` arguments."""

    def __init__(self, playwright: Playwright, *more: str) -> None:
        self._playwright = playwright
        self._more = more
        self._running: dict[str, Browser] = {}

    @property
    def listening(self) -> Browser:
        """Without any microphone."""
        return self._browser("", [MAY_SOUND])

    def speaking(self, speech: Speech) -> Browser:
        """With a microphone that picks up `speech`, over and over."""
        file = f"--use-file-for-fake-audio-capture={speech.file}"
        return self._browser(speech.name, [MAY_SOUND, FAKE_MICROPHONE, file])

    def close(self) -> None:
        for browser in self._running.values():
            browser.close()

    def _browser(self, name: str, arguments: Iterable[str]) -> Browser:
        if name not in self._running:
            self._running[name] = self._playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*QUIET, *self._more, *arguments]
            )
        return self._running[name]
