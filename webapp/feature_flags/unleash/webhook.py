"""Unleash's webhook to us: an address that only Unleash knows, where it says that it has changed.

What it sends is not read: whoever found the address could at most make us look.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort

from flags.sources.unleash.admin_api import UnleashApi
from webapp.accounts.authentication import open_to_strangers

EVENTS = [
    "feature-created",
    "feature-archived",
    "feature-revived",
    "feature-environment-enabled",
    "feature-environment-disabled",
    "feature-strategy-add",
    "feature-strategy-update",
    "feature-strategy-remove",
    "segment-updated",
]
"""What changes who gets what."""

TRY_AGAIN_SECONDS = 60.0


class Hook:
    """The webhook of one installation: `path` is where it is heard."""

    def __init__(self, api: UnleashApi, unleash_url: str, base_url: str, secret_key: bytes) -> None:
        self._api = api
        self.secret = _derived(secret_key, "unleash webhook")
        self.path = f"/hooks/unleash/{self.secret}"
        self._url = f"{base_url}{self.path}"
        self._reachable = _is_loopback(unleash_url) or not _is_loopback(base_url)
        # Unleash hides the address of a webhook from whoever asks: its description names it.
        self._name = f"Soundcheck at {base_url}"
        self._description = f"{self._name} ({_derived(self._url.encode(), 'address')[:8]})"
        self._next_try = 0.0

    def register(self) -> None:
        """Has Unleash call us, unless it does so already. Raises SourceUnavailable.

        Nothing is ever deleted: an Unleash that is about to deliver to a webhook which is not there
        any more goes down.
        """
        if not self._reachable or time.monotonic() < self._next_try:
            return
        self._next_try = time.monotonic() + TRY_AGAIN_SECONDS
        for webhook in self._api.webhooks():
            description = str(webhook.get("description") or "")
            if description == self._description and webhook["enabled"]:
                break
            if description.startswith(f"{self._name} ("):
                self._api.put_webhook(self._url, EVENTS, self._description, webhook["id"])
                break
        else:
            self._api.put_webhook(self._url, EVENTS, self._description)
        self._next_try = float("inf")


def init_app(app: Flask, hook: Hook, told: Callable[[], None]) -> None:
    """Adds the page that Unleash calls; with a wrong secret it is no page at all."""
    hooks = Blueprint("hooks", __name__)

    @hooks.post("/hooks/unleash/<secret>")
    @open_to_strangers
    def unleash(secret: str) -> Response:
        if not hmac.compare_digest(secret.encode(), hook.secret.encode()):
            abort(404)
        told()
        return Response(status=204)

    app.register_blueprint(hooks)
    # It has no form: the secret in the address is what it proves.
    app.extensions["csrf"].exempt(hooks)


def _derived(key: bytes, purpose: str) -> str:
    return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()[:40]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
