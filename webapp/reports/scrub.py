"""Takes out of a text what lets somebody in, and what tells where somebody is."""

from __future__ import annotations

import re
from ipaddress import ip_address

from webapp.logs import redact

GONE = "…"

HOST = re.compile(r"\b((?:https?|wss?)://)[^/\s\"'?#]+", re.IGNORECASE)
QUERY = re.compile(r"((?:://|\A/|\s/)[^\s\"'?#]*[?#])[^\s\"')]+")
NUMBERS = re.compile(r"(?<![\w.:])[0-9a-f:]*[.:][0-9a-f:.]*[0-9a-f:](?![\w:])", re.IGNORECASE)
"""Whatever could be an IP address."""

SECRET = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}(?:\.[\w-]{6,})*")
"""Tokens and ids look like this: long, of letters and digits in one piece."""


def scrubbed(text: str) -> str:
    """`text` without tokens, queries of addresses, hosts and IP addresses."""
    text = HOST.sub(rf"\1{GONE}", redact(text))
    text = QUERY.sub(rf"\1{GONE}", text)
    text = SECRET.sub(GONE, text)
    return NUMBERS.sub(lambda found: GONE if _is_address(found[0]) else found[0], text)


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return _parses(text) or (port.isdigit() and _parses(host))


def _parses(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
