"""Reports as browsers send them."""

from __future__ import annotations

import uuid
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SECOND: dict[str, Any] = {
    "t": 3,
    "path": "seat",
    "received": 50,
    "lost": 1,
    "concealed": 0.02,
    "jitter": 3.5,
    "buffer": 61.0,
    "rtt": 12.0,
    "kbps": 31.5,
    "level": 0.2,
    "codec": "opus",
    "route": "relay",
    "protocol": "udp",
    "sent_kbps": None,
    "sent_loss": None,
    "sent_level": None,
}


def report(text: str = "No sound after the break", **more: Any) -> dict[str, Any]:
    """What the dialog would send."""
    return {
        "id": uuid.uuid4().hex,
        "text": text,
        "page": "/spaces/ab12cd34",
        "slug": "ab12cd34",
        "version": "0.1.0",
        "told": {"revision": 1, "features": {"web-listening": None, "made-up": "x"}},
        "browser": {"agent": "Mozilla/5.0 Chrome/129.0.0.0", "width": 360, "height": 740},
        "devices": [{"kind": "audioinput", "count": 2, "names": []}],
        "errors": [{"kind": "script", "text": "boom at https://192.0.2.1/i/secret", "ago": 4}],
        "sound": [SECOND],
        **more,
    }


def token_of(browser: FlaskClient) -> str:
    """A form token, as pages get theirs."""
    token: str = browser.get("/report/token", headers={"Accept": "application/json"}).json["token"]
    return token


def send(browser: FlaskClient, content: Any, token: str | None = None) -> TestResponse:
    headers = {"Accept": "application/json", "X-CSRFToken": token or token_of(browser)}
    return browser.post("/report", json=content, headers=headers)
