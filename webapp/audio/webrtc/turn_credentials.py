"""Credentials of the TURN server that relays sound where nothing else gets through.

The scheme is the one of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00): the user
name is the time of its end and a name of ours, the password an HMAC-SHA1 of that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from config.settings import Settings


def ice_servers(settings: Settings, now: datetime, person_id: str) -> list[dict[str, Any]]:
    """What a browser's RTCPeerConnection is to be given as `iceServers`; empty without a relay.

    The relay learns no person's id: what it sees stays the same for a person, and leads nowhere.
    """
    if not settings.turn_urls:
        return []
    key = settings.turn_secret.get_secret_value().encode()
    name = hmac.new(key, person_id.encode(), hashlib.sha256).hexdigest()[:16]
    username = f"{int(now.timestamp()) + settings.turn_seconds}:{name}"
    # SHA-1 is the scheme's: as an HMAC it is not known to be weak.
    password = hmac.new(key, username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(password).decode()
    urls = settings.turn_urls.split()
    return [{"urls": urls, "username": username, "credential": credential}]
