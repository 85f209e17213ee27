"""Bytes on a socket: what no client library would send."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
from typing import Any

from tests.harness.server import RunningApp, Visitor

PATIENCE = 60.0
TEXT, BINARY, PING, PONG, CLOSE = 1, 2, 9, 10, 8
HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nCookie: {cookie}\r\n\r\n"
)


class Raw:
    """One TCP connection to the server."""

    def __init__(self, app: RunningApp, *sent: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", app.port), PATIENCE)
        self.kept = b""
        for data in sent:
            self.socket.sendall(data)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self, number: int) -> bytes:
        """So many bytes; fewer when the server has closed the connection."""
        while len(self.kept) < number and (data := self._receive()):
            self.kept += data
        taken, self.kept = self.kept[:number], self.kept[number:]
        return taken

    def read_until(self, end: bytes) -> bytes:
        """Up to `end` and with it; all there is when the server closes the connection before."""
        while end not in self.kept and (data := self._receive()):
            self.kept += data
        taken, found, self.kept = self.kept.partition(end)
        return taken + found

    def rest(self) -> bytes:
        """Everything until the server closes the connection. Raises TimeoutError if it does not."""
        while data := self._receive():
            self.kept += data
        taken, self.kept = self.kept, b""
        return taken

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """One HTTP answer: status, headers in lower case, body."""
        head = self.read_until(b"\r\n\r\n").decode()
        lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines[1:])}
        body = self.read(int(headers.get("content-length", "0")))
        return int(lines[0].split()[1]), headers, body

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return b""


class RawSocket(Raw):
    """A WebSocket of Socket.IO, frame by frame."""

    def __init__(self, app: RunningApp, visitor: Visitor, *, connect: bool = True) -> None:
        host = f"127.0.0.1:{app.port}"
        handshake = HANDSHAKE.format(host=host, cookie=visitor.header["Cookie"])
        super().__init__(app, handshake.encode())
        self.opened = self.read_until(b"\r\n\r\n")
        if connect:
            assert b" 101 " in self.opened, self.opened
            self.next(lambda text: text.startswith("0{"))
            self.send("40")
            self.next(lambda text: "features" in text)

    def send(self, *packets: str) -> None:
        """All of them in one write."""
        self.socket.sendall(b"".join(frame(packet.encode()) for packet in packets))

    def frame(self) -> tuple[int, bytes] | None:
        """The next frame: opcode and content. None: the connection has ended."""
        if len(head := self.read(2)) < 2:
            return None
        length = head[1] & 127
        if length == 126:
            length = struct.unpack("!H", self.read(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", self.read(8))[0]
        return head[0] & 15, self.read(length)

    def next(self, wanted: Any) -> str:
        """The next text that is wanted; answers pings on the way."""
        while (got := self.frame()) is not None:
            text = got[1].decode(errors="replace")
            if got[0] == TEXT and text == "2":
                self.send("3")
            elif got[0] == TEXT and wanted(text):
                return text
        raise ConnectionError("it has ended")

    def call(self, event: str) -> dict[str, Any]:
        """The ack of an event."""
        self.send(f'427["{event}",{{}}]')
        ack: dict[str, Any] = json.loads(self.next(lambda text: text.startswith("437"))[3:])[0]
        return ack

    def ends(self) -> int | None:
        """Waits for the end of the connection. The code of its closing frame, if it has one."""
        code = None
        while (got := self.frame()) is not None:
            if got[0] == CLOSE and len(got[1]) >= 2:
                code = struct.unpack("!H", got[1][:2])[0]
        return code


def frame(content: bytes, opcode: int = TEXT, *, final: bool = True) -> bytes:
    """One frame, masked as browsers do (RFC 6455, section 5.2)."""
    head = bytes([opcode | (128 if final else 0)])
    if len(content) < 126:
        head += bytes([128 | len(content)])
    elif len(content) < 65536:
        head += bytes([128 | 126]) + struct.pack("!H", len(content))
    else:
        head += bytes([128 | 127]) + struct.pack("!Q", len(content))
    mask = os.urandom(4)
    key = (mask * (len(content) // 4 + 1))[: len(content)]
    return head + mask + bytes(a ^ b for a, b in zip(content, key, strict=True))


def request(path: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """One request of HTTP/1.1."""
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, *length, "", ""]
    return "\r\n".join(lines).encode() + body


class Polling:
    """One polling session of Engine.IO; each request has a connection of its own."""

    def __init__(self, app: RunningApp, visitor: Visitor) -> None:
        self._app = app
        self.cookie = f"Cookie: {visitor.header['Cookie']}"
        self.address = "/socket.io/?EIO=4&transport=polling"
        status, _, body = self.get()
        assert status == 200, body
        found = re.search(r'"sid":"([^"]+)"', body.decode())
        assert found
        self.address += f"&sid={found[1]}"

    def get(self) -> tuple[int, dict[str, str], bytes]:
        with Raw(self._app, request(self.address, self.cookie)) as raw:
            return raw.answer()

    def post(self, body: bytes, *, cut: bool = False) -> tuple[int, dict[str, str], bytes] | None:
        """`cut`: the connection ends in the middle of the body, before any answer."""
        whole = request(self.address, self.cookie, method="POST", body=body)
        with Raw(self._app, whole[: -len(body) // 2] if cut else whole) as raw:
            return None if cut else raw.answer()
