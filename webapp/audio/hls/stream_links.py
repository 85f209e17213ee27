"""Addresses of streams: for each person one symbolic link, which is there as long as they may hear.

A web server that looks whether the file exists has asked the gate, at the price of looking. So a
cut ends the very next request, and an address that never was is answered like one that is over.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from webapp.accounts.tokens import HLS, Tokens

STAYS, UNTIL_ROOM = "s", "r"


@dataclass(frozen=True, slots=True)
class Link:
    """Whose an address is. `stays`: whatever room WebRTC has."""

    slug: str
    person_id: str
    stays: bool
    token: str


class Links:
    """Links by Space: `folder/<slug>/<token>` leads to the folder of the Space's stream. The token
    tells whose it is, so that the next process knows it."""

    def __init__(self, folder: Path, tokens: Tokens) -> None:
        self._folder = folder
        self._tokens = tokens

    def left(self) -> list[Link]:
        """The links that a process before this one left, oldest first. What is none of ours is
        taken away."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        found = []
        for path in sorted(self._folder.glob("*/*"), key=lambda path: path.lstat().st_mtime_ns):
            link = self._read(path.parent.name, path.name)
            if link is None:
                path.unlink()
            else:
                found.append(link)
        return found

    def add(self, slug: str, person_id: str, stream: Path, *, stays: bool) -> str:
        """A new link to a stream. Returns its token, which nobody can guess or make."""
        kind = STAYS if stays else UNTIL_ROOM
        token = self._tokens.sign(HLS, f"{secrets.token_hex(16)}-{person_id}-{kind}")
        (self._folder / slug).mkdir(mode=0o755, parents=True, exist_ok=True)
        (self._folder / slug / token).symlink_to(stream.resolve(), target_is_directory=True)
        return token

    def remove(self, slug: str, token: str) -> None:
        with suppress(FileNotFoundError):
            (self._folder / slug / token).unlink()
        with suppress(OSError):  # others are left
            (self._folder / slug).rmdir()

    def remove_space(self, slug: str) -> None:
        shutil.rmtree(self._folder / slug, ignore_errors=True)

    def stream(self, slug: str, token: str) -> Path | None:
        """Where a link leads; None when there is no such link."""
        if self._tokens.read(HLS, token) is None:
            return None
        link = self._folder / slug / token
        return link if link.is_symlink() else None

    def _read(self, slug: str, token: str) -> Link | None:
        match (self._tokens.read(HLS, token) or "").split("-"):
            case [_, person_id, kind]:
                return Link(slug, person_id, kind == STAYS, token)
        return None
