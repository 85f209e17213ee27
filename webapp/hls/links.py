"""Addresses of streams: for each person one symbolic link, which is there as long as they may hear.

A web server that looks whether the file exists has asked the gate, at the price of looking. So a
cut ends the very next request, and an address that never was is answered like one that is over.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from webapp.accounts.tokens import HLS, Tokens


class Links:
    """Links by Space: `folder/<slug>/<token>` leads to the folder of the Space's stream."""

    def __init__(self, folder: Path, tokens: Tokens) -> None:
        self._folder = folder
        self._tokens = tokens

    def sweep(self) -> None:
        """Takes every link away: what a process before this one left."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)

    def add(self, slug: str, stream: Path) -> str:
        """A new link to a stream. Returns its token, which nobody can guess or make."""
        token = self._tokens.sign(HLS, secrets.token_hex(16))
        (self._folder / slug).mkdir(mode=0o755, parents=True, exist_ok=True)
        (self._folder / slug / token).symlink_to(stream.resolve(), target_is_directory=True)
        return token

    def remove(self, slug: str, token: str) -> None:
        with suppress(FileNotFoundError):
            (self._folder / slug / token).unlink()

    def remove_space(self, slug: str) -> None:
        shutil.rmtree(self._folder / slug, ignore_errors=True)

    def stream(self, slug: str, token: str) -> Path | None:
        """Where a link leads; None when there is no such link."""
        if self._tokens.read(HLS, token) is None:
            return None
        link = self._folder / slug / token
        return link if link.is_symlink() else None
