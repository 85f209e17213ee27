"""Types of settings that have a form of their own. An error never holds the value: there may be a
password in it."""

from __future__ import annotations

import json
import os
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

MAX_SECONDS = 7 * 24 * 3600
MAX_DAYS = 100 * 365
"""What is longer is a mistake, and may be more than a date can be moved by."""


def _origin(value: str) -> str:
    """`scheme://host[:port]` of HTTP (RFC 6454), as browsers send it."""
    try:
        parts = urlsplit(value)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        parts, port = urlsplit(""), ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    wanted = [f"{scheme}://{host}{port}" for scheme in ("http", "https")]
    if not host or re.search(r"\s", value) or value not in wanted:
        raise ValueError("wanted is scheme://host[:port], such as https://rooms.example")
    return value


def _json_list(example: str) -> BeforeValidator:
    """Decodes a list; pydantic-settings' own error would not name the variable."""

    def decode(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            decoded = json.loads(value)
        except ValueError:
            decoded = None
        if not isinstance(decoded, list):
            raise ValueError(f"wanted is a JSON list: {example}")
        return decoded

    return BeforeValidator(decode)


def _database_url(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg2://")):
        raise ValueError(
            "wanted is sqlite:///PATH or postgresql+psycopg2://USER:PASSWORD@HOST/NAME"
        )
    return value


def owner_of(folder: Path) -> str:
    """The name of a folder's owner."""
    try:
        return folder.owner()
    except (OSError, KeyError):  # in a folder that is closed to us, or one that has no name
        return "another user"


def _writable_folder(folder: Path) -> Path:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        if there.is_dir() and there == folder.absolute():
            raise ValueError(f"{there} belongs to {owner_of(there)}: start as that user or as root")
        raise ValueError(f"wanted is a folder that can be made: {there} cannot be written to")
    return folder


Seconds = Annotated[float, Field(le=MAX_SECONDS)]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Hours = Annotated[int, Field(ge=1, le=MAX_DAYS * 24)]
Descriptor = Annotated[int, Field(ge=3, le=2**31 - 1)]

Origin = Annotated[str, AfterValidator(_origin)]
Origins = Annotated[tuple[Origin, ...], NoDecode, _json_list('["https://rooms.example"]')]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...], NoDecode, _json_list('["127.0.0.0/8", "::1/128"]')
]
HttpAddress = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]
WebSocketAddress = Annotated[str, Field(pattern=r"^wss?://[^\s/]+(/\S*)?$")]
TurnAddresses = Annotated[str, Field(pattern=r"^(turns?:[^\s,]+( turns?:[^\s,]+)*)?$")]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
WritableFolder = Annotated[Path, AfterValidator(_writable_folder)]
