"""Debian's Chromium, with ears: `bench/parts/sound_detector.js` notes when sound begins and
ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.harness.server import Visitor

CHROMIUM = "/usr/bin/chromium"
EARS = Path(__file__).parent / "sound_detector.js"

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
    # Pages in the background are as awake as the one in front.
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
)


@asynccontextmanager
async def chromium(
    microphone: Path | None = None, program: Path = Path(CHROMIUM)
) -> AsyncIterator[Browser]:
    """One browser process. `microphone` is a WAV file that its fake microphone plays for ever."""
    arguments: Iterable[str] = ARGUMENTS
    if microphone is not None:
        arguments = (
            *ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}",
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*arguments], handle_sigint=False
        )
        try:
            yield browser
        finally:
            await browser.close()


async def context_of(
    browser: Browser, visitor: Visitor | None = None, **options: Any
) -> BrowserContext:
    """A window of their own, in which every page has ears."""
    context = await browser.new_context(locale="en-GB", **options)
    await context.add_init_script(path=EARS)
    if visitor is not None:
        await context.add_cookies(visitor.cookies)  # type: ignore[arg-type]
    return context
