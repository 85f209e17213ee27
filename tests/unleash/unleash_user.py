"""Somebody who works in Unleash's own interface, not in ours: what it sends, under their name."""

from __future__ import annotations

import secrets
from types import TracebackType
from typing import Any

import requests

from script.servers.unleash import UnleashServer

FEATURES = "/api/admin/projects/default/features"
TIMEOUT = 20

PATIENCE = 60.0
"""Seconds for what a server of its own has to do first, on a busy machine."""


class Colleague:
    """A user of Unleash, made on the spot and signed in as its interface does. `prefix` is what
    the names of features begin with."""

    def __init__(self, unleash: UnleashServer, name: str, prefix: str = "") -> None:
        self._url = unleash.url
        self._features = f"{FEATURES}/{prefix}"
        self._http = requests.Session()
        password = secrets.token_urlsafe(20) + "aA1!"
        try:
            self._sign_in(unleash.user, unleash.password)
            self.name = f"{name}-{secrets.token_hex(4)}"
            self.post(
                "/api/admin/user-admin",
                {"username": self.name, "rootRole": 1, "password": password, "sendEmail": False},
            )
            self._http.cookies.clear()
            self._sign_in(self.name, password)
        except BaseException:
            self._http.close()
            raise

    def __enter__(self) -> Colleague:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def switch(self, key: str, on: bool, environment: str = "development") -> None:
        self.post(f"{self._features}{key}/environments/{environment}/{'on' if on else 'off'}", {})

    def strategies(self, key: str) -> list[dict[str, Any]]:
        feature = self._send("GET", f"{self._features}{key}")
        found = next(e for e in feature["environments"] if e["name"] == "development")
        strategies: list[dict[str, Any]] = found["strategies"]
        return strategies

    def add_strategy(self, key: str, **strategy: Any) -> None:
        self.post(f"{self._features}{key}/environments/development/strategies", strategy)

    def change_strategies(self, key: str, **fields: Any) -> None:
        """Puts `fields` into every strategy of a feature."""
        for strategy in self.strategies(key):
            at = f"{self._features}{key}/environments/development/strategies/{strategy['id']}"
            self._send("PUT", at, strategy | fields)

    def set_rollout(self, key: str, percent: int) -> None:
        parameters = {"rollout": str(percent), "stickiness": "userId", "groupId": "soundcheck"}
        self.change_strategies(key, parameters=parameters)

    def remove_strategies(self, key: str) -> None:
        for strategy in self.strategies(key):
            at = f"{self._features}{key}/environments/development/strategies/{strategy['id']}"
            self._send("DELETE", at)

    def change_segment(self, name: str, constraints: list[dict[str, Any]]) -> None:
        segments = self._send("GET", "/api/admin/segments")["segments"]
        number = next(segment["id"] for segment in segments if segment["name"] == name)
        self._send(
            "PUT", f"/api/admin/segments/{number}", {"name": name, "constraints": constraints}
        )

    def archive(self, key: str) -> None:
        self._send("DELETE", f"{self._features}{key}")

    def post(self, path: str, body: Any) -> Any:
        return self._send("POST", path, body)

    def get(self, path: str) -> Any:
        return self._send("GET", path)

    def _sign_in(self, name: str, password: str) -> None:
        self.post("/auth/simple/login", {"username": name, "password": password})

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, self._url + path, json=body, timeout=TIMEOUT)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None
