"""What Unleash is asked. Only calls of the open-source edition.

Sources: Unleash's Admin API and client API (version 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flags.sources.unleash.http_client import Json, UnleashHttp, UnleashRefused, understood

__all__ = ["ClientFeatures", "Event", "Json", "UnleashApi", "UnleashRefused"]

ADMIN_TOKENS = -42
"""Who Unleash says it was when an admin token was used instead of its own interface."""

NOT_IN_REVISIONS = frozenset(
    {
        "feature-favorited",
        "feature-unfavorited",
        "feature-link-added",
        "feature-link-updated",
        "feature-link-removed",
    }
)
"""Events of a feature that SDKs never notice. Unleash: event-store, eventTypeIsInteresting."""


@dataclass(frozen=True)
class ClientFeatures:
    """What SDKs are given: every feature by name, and the last event (its id) that went into
    them."""

    features: dict[str, Json]
    revision: int
    etag: str = ""


@dataclass(frozen=True)
class Event:
    """One line of Unleash's audit log. `by_token`: not made in Unleash's own interface."""

    id: int
    by: str
    at: datetime
    by_token: bool


class UnleashApi:
    """One Unleash server. Every method raises SourceUnavailable; `timeout` is in seconds.

    The admin token edits, the backend token reads what SDKs read, and says of which project and
    environment. Neither is ever in an error. Keys are ours; in Unleash the names of features begin
    with `prefix`, and others are not looked at.
    """

    def __init__(
        self,
        url: str,
        admin_token: str,
        backend_token: str,
        prefix: str = "",
        timeout: float = 5.0,
    ) -> None:
        self._http = UnleashHttp(url, timeout)
        self.prefix = prefix
        self._admin_token = admin_token
        self._backend_token = backend_token
        project, self.environment = scope_of(backend_token)
        self._features = f"/api/admin/projects/{project}/features"

    def client_features(self, etag: str = "") -> ClientFeatures | None:
        """The definitions; None when nothing has changed since `etag`."""
        answer = self._http.send("GET", "/api/client/features", self._backend_token, etag=etag)
        if answer.status == 304:
            return None
        document = answer.json()
        with understood("features"):
            revision = int(document["meta"]["revisionId"])
            found = [checked(feature) for feature in document["features"]]
        ours = [feature for feature in found if feature["name"].startswith(self.prefix)]
        features = {feature["name"][len(self.prefix) :]: feature for feature in ours}
        return ClientFeatures(features, revision, answer.etag)

    # --- features -------------------------------------------------------------------------

    def feature(self, key: str) -> Json | None:
        """One feature as its editors see it; None when there is none, or it is archived."""
        try:
            return self._ask("GET", self._feature(key))
        except UnleashRefused as refused:
            if refused.status == 404:
                return None
            raise

    def create_feature(self, key: str, purpose: str) -> None:
        """UnleashRefused 409 when there is one of this name, be it in the archive."""
        body = {
            "name": self.prefix + key,
            "type": "release",
            "description": purpose,
            "impressionData": False,
        }
        self._ask("POST", self._features, body)

    def describe(self, key: str, purpose: str) -> None:
        change = [{"op": "replace", "path": "/description", "value": purpose}]
        self._ask("PATCH", self._feature(key), change)

    def depend(self, key: str, parent: str) -> None:
        on = {"feature": self.prefix + parent}
        self._ask("POST", f"{self._feature(key)}/dependencies", on)

    def switch(self, key: str, on: bool) -> None:
        """Only ever on with a strategy there: without one Unleash adds one for everybody."""
        self._ask("POST", f"{self._environment(key)}/{'on' if on else 'off'}", {})

    # --- strategies and segments ----------------------------------------------------------

    def add_strategy(self, key: str, strategy: Json) -> None:
        self._ask("POST", f"{self._environment(key)}/strategies", strategy)

    def put_strategy(self, key: str, strategy_id: str, strategy: Json) -> None:
        self._ask("PUT", f"{self._environment(key)}/strategies/{strategy_id}", strategy)

    def delete_strategy(self, key: str, strategy_id: str) -> None:
        self._ask("DELETE", f"{self._environment(key)}/strategies/{strategy_id}")

    @understood("segments")
    def segments(self) -> list[Json]:
        """Every segment: id, name, constraints."""
        rows: list[Json] = self._ask("GET", "/api/admin/segments")["segments"]
        return rows

    @understood("a segment")
    def create_segment(self, name: str, constraints: list[Json]) -> int:
        made = self._ask("POST", "/api/admin/segments", {"name": name, "constraints": constraints})
        return int(made["id"])

    # --- the audit log --------------------------------------------------------------------

    def events(self, key: str, limit: int = 20) -> list[Event]:
        """What happened to one feature as SDKs see it, the latest first."""
        return self._events(f"feature=IS:{self.prefix}{key}&limit={limit}")

    def segment_events(self, limit: int = 1) -> list[Event]:
        """Changes of segments, which no feature's own events tell, the latest first."""
        return self._events(f"type=IS:segment-updated&limit={limit}")

    # --- being told, and telling ----------------------------------------------------------

    @understood("webhooks")
    def webhooks(self) -> list[Json]:
        """Each with `id` and `enabled`. Their addresses are hidden (`*****`)."""
        addons: list[Json] = self._ask("GET", "/api/admin/addons")["addons"]
        found = [addon for addon in addons if addon["provider"] == "webhook"]
        return [{**addon, "id": addon["id"], "enabled": addon["enabled"]} for addon in found]

    def put_webhook(
        self, url: str, events: list[str], description: str, number: int | None = None
    ) -> None:
        """Makes one, or puts another in the place of the one with this number."""
        body = {
            "provider": "webhook",
            "enabled": True,
            "description": description,
            "parameters": {"url": url, "contentType": "application/json"},
            "events": events,
            "projects": [],
            "environments": [],
        }
        method, at = ("POST", "") if number is None else ("PUT", f"/{number}")
        self._ask(method, f"/api/admin/addons{at}", body)

    def register(self, client: Json) -> None:
        """Says hello, as SDKs do: {appName, instanceId, sdkVersion, strategies, started,
        interval}."""
        self._http.send("POST", "/api/client/register", self._backend_token, body=client)

    def send_metrics(self, counts: Json) -> None:
        """Counts of answers: {appName, instanceId, bucket: {start, stop, toggles}}."""
        self._http.send("POST", "/api/client/metrics", self._backend_token, body=counts)

    def close(self) -> None:
        self._http.close()

    def _feature(self, key: str) -> str:
        return f"{self._features}/{self.prefix}{key}"

    def _environment(self, key: str) -> str:
        return f"{self._feature(key)}/environments/{self.environment}"

    def _events(self, query: str) -> list[Event]:
        found = self._ask("GET", f"/api/admin/search/events?{query}")
        with understood("events"):
            rows = [row for row in found["events"] if self._noticed(row)]
            return [_event_of(row) for row in rows]

    def _noticed(self, row: Json) -> bool:
        here = row.get("environment") in (None, self.environment)
        return here and row["type"] not in NOT_IN_REVISIONS

    def _ask(self, method: str, path: str, body: Any = None) -> Json:
        return self._http.send(method, path, self._admin_token, body=body).json()


def scope_of(backend_token: str) -> tuple[str, str]:
    """Project and environment of a token, which Unleash writes as `project:environment.secret`."""
    project, colon, rest = backend_token.partition(":")
    environment = rest.partition(".")[0]
    if not colon or not environment:
        return "default", "development"
    # Of all projects, or of several: ours is made in the one that every server has.
    return "default" if project in ("*", "[]", "") else project, environment


def checked(feature: Any) -> Json:
    """A feature of the client document. TypeError, KeyError when it is none."""
    if not isinstance(feature["name"], str) or not isinstance(feature["enabled"], bool):
        raise TypeError("a feature without name or state")
    if not all(isinstance(strategy["name"], str) for strategy in feature["strategies"]):
        raise TypeError("a strategy without a name")
    return dict(feature)


def _event_of(row: Json) -> Event:
    return Event(
        id=int(row["id"]),
        by=str(row.get("createdBy") or ""),
        at=datetime.fromisoformat(row["createdAt"]).astimezone(UTC),
        by_token=row.get("createdByUserId") == ADMIN_TOKENS,
    )
