"""What cookies and links carry. Nothing here reads or writes the database."""

from __future__ import annotations

import hashlib
import secrets

from itsdangerous import BadSignature, Signer

LOGIN = "login"
INVITATION = "invitation"
DEMO = "demo"
PREVIEW = "preview"
PREVIEW_LOGIN = "preview-login"
HLS = "hls"
PURPOSES = (LOGIN, INVITATION, DEMO, PREVIEW, PREVIEW_LOGIN, HLS)


class Tokens:
    """Signs and checks what leaves the server. A token made for one purpose is worth nothing for
    another."""

    def __init__(self, secret_key: bytes) -> None:
        self._signers = {
            purpose: Signer(secret_key, salt=f"soundcheck.{purpose}", digest_method=hashlib.sha256)
            for purpose in PURPOSES
        }

    def sign(self, purpose: str, value: str) -> str:
        """`value` with its signature: safe in an address and in a cookie."""
        return self._signers[purpose].sign(value).decode()

    def read(self, purpose: str, token: str) -> str | None:
        """The value that was signed, or None when the token is not ours."""
        try:
            return self._signers[purpose].unsign(token).decode()
        except (BadSignature, UnicodeError):
            return None


def fresh_link() -> str:
    """The secret of a one-time link: 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(link: str) -> str:
    """What is kept of a one-time link."""
    return hashlib.sha256(link.encode("utf-8", "surrogatepass")).hexdigest()
