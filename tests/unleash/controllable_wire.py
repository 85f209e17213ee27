"""A wire between us and Unleash on which a test decides what goes through."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import Enum
from types import TracebackType
from urllib.parse import urlsplit

BLOCK = 65_536
TRICKLE_SECONDS = 0.1
TRICKLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"


class Mode(Enum):
    THROUGH = "through"
    CUT = "cut"  # connections are refused
    SILENT = "silent"  # taken, and never answered
    TRICKLING = "trickling"  # answered a byte at a time
    GARBAGE = "garbage"  # answered with something else


class Wire:
    """Listens on a port of its own, `url`, for the server at another one."""

    def __init__(self, url: str) -> None:
        self._target = (str(urlsplit(url).hostname), int(urlsplit(url).port or 80))
        self._listening: socket.socket | None = None
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._moved = threading.Event()
        self._lock = threading.Lock()
        self._mode = Mode.THROUGH
        self._garbage = b""
        self.port = 0
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set(self, mode: Mode, garbage: bytes = b"") -> None:
        """From now on; connections that are there break."""
        self._close()
        self._mode, self._garbage = mode, garbage
        if mode is not Mode.CUT:
            self._listen()

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _listen(self) -> None:
        self._moved = threading.Event()
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen()
        self.port = listening.getsockname()[1]
        self._listening = listening
        self._run(self._accept, listening)

    def _close(self) -> None:
        self._moved.set()
        with self._lock:
            ends = [*self._ends, *([self._listening] if self._listening else [])]
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)
        for end in ends:
            end.close()
        self._threads.clear()
        self._ends.clear()
        self._listening = None

    def _run(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                end, _ = listening.accept()
                with self._lock:
                    self._ends.add(end)
                self._run(self._serve, end, self._moved)

    def _serve(self, end: socket.socket, moved: threading.Event) -> None:
        with suppress(OSError):
            if self._mode is Mode.THROUGH:
                self._pass_on(end)
            elif self._mode is Mode.SILENT:
                moved.wait()
            elif self._mode is Mode.TRICKLING:
                end.recv(BLOCK)
                end.sendall(TRICKLE)
                while not moved.wait(TRICKLE_SECONDS):
                    end.sendall(b" ")
            elif end.recv(BLOCK):
                end.sendall(self._garbage)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, end: socket.socket) -> None:
        there = socket.create_connection(self._target)
        with self._lock:
            self._ends.add(there)
        self._run(self._copy, there, end)
        self._copy(end, there)

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(BLOCK):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
