"""A relay between browsers and the product, whose line a test can freeze, refuse, slow down, or
open in one direction only."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any

UP, DOWN = "up", "down"
"""From the browser to the server, and back."""

PATIENCE = 30.0


class Line:
    """The relay itself, on an event loop. All connections go to 127.0.0.1:`target`."""

    def __init__(self) -> None:
        self.target = 0
        self.port = 0
        self.delay = 0.0
        """Seconds that everything takes in each direction."""
        self._open = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        self._refusing = False
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._copying: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        self.mend()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def end(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()
        for task in self._copying:
            task.cancel()
        await asyncio.gather(*self._copying, return_exceptions=True)

    def freeze(self, *directions: str) -> None:
        """Nothing gets through in these directions, and nobody is told. It arrives when the line is
        mended."""
        for direction in directions or (UP, DOWN):
            self._open[direction].clear()

    def refuse(self) -> None:
        """Ends every connection, and each new one at once."""
        self._refusing = True
        self.drop()

    def drop(self) -> None:
        """Ends every connection; new ones get through."""
        for writer in list(self._writers):
            writer.transport.abort()

    def slow(self, seconds: float) -> None:
        """Everything takes so long in each direction."""
        self.delay = seconds

    def mend(self) -> None:
        """All is well again; what was frozen arrives."""
        self._refusing = False
        self.delay = 0.0
        for gate in self._open.values():
            gate.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        for source, sink, direction in ((reader, back, UP), (there, writer, DOWN)):
            task = asyncio.create_task(self._copy(source, sink, direction))
            self._copying.add(task)
            task.add_done_callback(self._copying.discard)

    async def _copy(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, direction: str
    ) -> None:
        """In order, each piece `delay` seconds after it came."""
        self._writers.add(sink)
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        writing = asyncio.create_task(self._write(pieces, sink, direction))
        with suppress(OSError):
            while data := await source.read(65_536):
                pieces.put_nowait((loop.time() + self.delay, data))
        pieces.put_nowait((0.0, b""))
        await asyncio.gather(writing, return_exceptions=True)
        sink.transport.abort()
        self._writers.discard(sink)

    async def _write(
        self,
        pieces: asyncio.Queue[tuple[float, bytes]],
        sink: asyncio.StreamWriter,
        direction: str,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            at, data = await pieces.get()
            await asyncio.sleep(at - loop.time())
            await self._open[direction].wait()
            if not data or sink.transport.is_closing():
                return
            sink.write(data)
            await sink.drain()


class Relay:
    """A `Line` on a thread of its own, for tests that have no loop: `freeze`, `refuse`, `drop`,
    `slow` and `mend` are done when they return."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._line = self._run(_made())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._line.port}"

    def to(self, port: int) -> Relay:
        self._line.target = port
        return self

    def freeze(self, *directions: str) -> None:
        self._do(lambda: self._line.freeze(*directions))

    def refuse(self) -> None:
        self._do(self._line.refuse)

    def drop(self) -> None:
        self._do(self._line.drop)

    def slow(self, seconds: float) -> None:
        self._do(lambda: self._line.slow(seconds))

    def mend(self) -> None:
        self._do(self._line.mend)

    def __enter__(self) -> Relay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._line.end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def _do(self, act: Callable[[], None]) -> None:
        async def there() -> None:
            act()

        self._run(there())


async def _made() -> Line:
    line = Line()
    await line.begin()
    return line
