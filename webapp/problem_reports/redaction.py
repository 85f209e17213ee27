"""Takes out of a text what lets somebody in, and what tells where somebody is."""

from __future__ import annotations

import re
from ipaddress import ip_address

from webapp.infra.log_redaction import redact

GONE = "…"

# All take linear time: a match begins only where a run of its characters begins, and `++` gives
# nothing back. Else a text of 4,000 colons holds the process up for half a second.
HOST = re.compile(r"\b((?:https?|wss?)://)[^/\s\"'?#]+", re.IGNORECASE)
QUERY = re.compile(r"(?<![^\s\"'?#])([^\s\"'?#]++[?#])[^\s\"')]++")
NUMBERS = re.compile(r"(?<![\w.:])[0-9a-f.:]++(?!\w)", re.IGNORECASE)
"""Whatever could be an IP address."""

LONGEST_ADDRESS = 60
"""Of an IP address with a port, in characters, and some."""

SECRET = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}(?:\.[\w-]{6,})*")
"""Tokens and ids look like this: long, of letters and digits in one piece."""


def scrubbed(text: str) -> str:
    """`text` without tokens, queries of addresses, hosts and IP addresses."""
    text = HOST.sub(rf"\1{GONE}", redact(text))
    text = QUERY.sub(_without_query, text)
    text = SECRET.sub(GONE, text)
    return NUMBERS.sub(_without_address, text)


def _without_query(found: re.Match[str]) -> str:
    is_address = "://" in found[1] or found[1].startswith("/")
    return f"{found[1]}{GONE}" if is_address else found[0]


def _without_address(found: re.Match[str]) -> str:
    """An address at the end of a sentence has a full stop, or a colon, that is not its own."""
    for end in ("", ".", ":"):
        address = found[0].removesuffix(end)
        if len(address) <= LONGEST_ADDRESS and _is_address(address):
            return GONE + found[0][len(address) :]
    return found[0]


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return _parses(text) or (port.isdigit() and _parses(host))


def _parses(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
