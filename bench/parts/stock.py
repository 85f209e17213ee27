"""The flow that everybody starts with, on the same Janus: janus.js, listening as a muted
participant of the AudioBridge. Its page is served here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web
from playwright.async_api import BrowserContext, Page

from script.servers.janus import JanusServer

PAGE = Path(__file__).parent / "stock.html"
NODE_MODULES = Path(__file__).resolve().parents[2] / "node_modules"
JANUS_JS = NODE_MODULES / "janus-gateway" / "npm" / "dist" / "janus.es.js"
ADAPTER = NODE_MODULES / "webrtc-adapter" / "out" / "adapter.js"


class Stock:
    """Pages of the stock flow."""

    def __init__(self, janus: JanusServer, base_url: str) -> None:
        self._janus = janus
        self._base_url = base_url

    async def page(self, context: BrowserContext, room: str) -> Page:
        """Ready to be tapped; nothing has been asked of Janus yet."""
        wanted = {"url": self._janus.url, "secret": self._janus.api_secret, "room": room}
        page = await context.new_page()
        await page.goto(f"{self._base_url}/#{urlencode(wanted)}")
        await page.locator("body[data-ready]").wait_for()
        return page


@asynccontextmanager
async def stock(janus: JanusServer) -> AsyncIterator[Stock]:
    """Serves the page on a port of its own."""
    app = web.Application()
    for path, file in (("/", PAGE), ("/janus.es.js", JANUS_JS), ("/adapter.js", ADAPTER)):
        app.router.add_get(path, lambda _request, file=file: web.FileResponse(file))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        yield Stock(janus, f"http://127.0.0.1:{port}")
    finally:
        await runner.cleanup()
