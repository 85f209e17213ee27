"""Unleash over HTTP: what it is asked, with a time limit, and what can go wrong.

Only calls of the open-source edition. Sources: Unleash's Admin API and client API (version 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from flags.sources.base import SourceUnavailable

PROJECT = "/api/admin/projects/default/features"
ENVIRONMENT = "development"

Json = dict[str, Any]


class UnleashRefused(SourceUnavailable):
    """Unleash answered, with an error. `status` is the HTTP status; 404: there is no such thing."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"Unleash refused ({status}): {what}")
        self.status = status


@dataclass(frozen=True)
class ClientFeatures:
    """What SDKs are given: the document, and the last event (its id) that went into it."""

    document: Json
    revision: int
    etag: str


class UnleashApi:
    """One Unleash server. Every method raises SourceUnavailable; `timeout` is in seconds.

    The admin token edits, the backend token reads what SDKs read. Neither is ever in an error.
    """

    def __init__(
        self, url: str, admin_token: str, backend_token: str, timeout: float = 5.0
    ) -> None:
        self._url = url.rstrip("/")
        self._admin_token = admin_token
        self._backend_token = backend_token
        self._timeout = timeout
        self._http = requests.Session()

    def client_features(self, etag: str = "") -> ClientFeatures | None:
        """The definitions; None when nothing has changed since `etag`."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = self._send("GET", "/api/client/features", self._backend_token, headers=headers)
        if answer.status_code == 304:
            return None
        document = _json(answer)
        try:
            revision = int(document["meta"]["revisionId"])
            _insist_on_features(document["features"])
        except (KeyError, TypeError, ValueError) as error:
            raise SourceUnavailable(
                f"Unleash sent something else than features: {error!r}"
            ) from None
        return ClientFeatures(document, revision, answer.headers.get("ETag", ""))

    def feature(self, key: str) -> Json | None:
        """One feature as its editors see it; None when there is none."""
        try:
            return self._ask("GET", f"{PROJECT}/{key}")
        except UnleashRefused as refused:
            if refused.status == 404:
                return None
            raise

    def create_feature(self, key: str, purpose: str) -> None:
        body = {"name": key, "type": "release", "description": purpose, "impressionData": False}
        self._ask("POST", PROJECT, body)

    def depend(self, key: str, parent: str) -> None:
        self._ask("POST", f"{PROJECT}/{key}/dependencies", {"feature": parent, "enabled": True})

    def switch(self, key: str, on: bool) -> None:
        """Only ever on with a strategy there: without one Unleash adds one for everybody."""
        self._ask("POST", f"{PROJECT}/{key}/environments/{ENVIRONMENT}/{'on' if on else 'off'}", {})

    def add_strategy(self, key: str, strategy: Json) -> None:
        self._ask("POST", self._strategies(key), strategy)

    def put_strategy(self, key: str, strategy_id: str, strategy: Json) -> None:
        self._ask("PUT", f"{self._strategies(key)}/{strategy_id}", strategy)

    def delete_strategy(self, key: str, strategy_id: str) -> None:
        self._ask("DELETE", f"{self._strategies(key)}/{strategy_id}")

    def segments(self) -> dict[str, int]:
        """The number of every segment, by name."""
        return {
            row["name"]: row["id"] for row in self._ask("GET", "/api/admin/segments")["segments"]
        }

    def create_segment(self, name: str, constraints: list[Json]) -> int:
        made = self._ask("POST", "/api/admin/segments", {"name": name, "constraints": constraints})
        return int(made["id"])

    def events(self, key: str, limit: int = 50) -> list[Json]:
        """What happened to one feature, the latest first: id, type, createdBy, createdByUserId."""
        path = f"/api/admin/search/events?feature=IS:{key}&limit={limit}"
        found: list[Json] = self._ask("GET", path)["events"]
        return found

    def webhooks(self) -> list[Json]:
        addons: list[Json] = self._ask("GET", "/api/admin/addons")["addons"]
        return [addon for addon in addons if addon["provider"] == "webhook"]

    def create_webhook(self, url: str, events: list[str], description: str) -> None:
        body = {
            "provider": "webhook",
            "enabled": True,
            "description": description,
            "parameters": {"url": url, "contentType": "application/json"},
            "events": events,
            "projects": [],
            "environments": [],
        }
        self._ask("POST", "/api/admin/addons", body)

    def send_metrics(self, bucket: Json) -> None:
        """Counts of answers, in the form of /api/client/metrics."""
        self._send("POST", "/api/client/metrics", self._backend_token, body=bucket)

    def close(self) -> None:
        self._http.close()

    def _strategies(self, key: str) -> str:
        return f"{PROJECT}/{key}/environments/{ENVIRONMENT}/strategies"

    def _ask(self, method: str, path: str, body: Any = None) -> Json:
        answer = self._send(method, path, self._admin_token, body=body)
        return _json(answer) if answer.content else {}

    def _send(
        self,
        method: str,
        path: str,
        token: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        try:
            answer = self._http.request(
                method,
                self._url + path,
                json=body,
                headers={"Authorization": token, **(headers or {})},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise SourceUnavailable(f"Unleash does not answer ({type(error).__name__})") from None
        if answer.status_code >= 300 and answer.status_code != 304:
            raise UnleashRefused(answer.status_code, f"{method} {path.split('?')[0]}")
        return answer


def _json(answer: requests.Response) -> Json:
    try:
        content = answer.json()
    except ValueError:
        raise SourceUnavailable("Unleash sent something that is not JSON") from None
    if not isinstance(content, dict):
        raise SourceUnavailable("Unleash sent something else than an object")
    return content


def _insist_on_features(features: Any) -> None:
    for feature in features:
        if not isinstance(feature["name"], str) or not isinstance(feature["enabled"], bool):
            raise TypeError("a feature without name or state")
