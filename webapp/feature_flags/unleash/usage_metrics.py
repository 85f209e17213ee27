"""What Unleash's own pages show of our decisions: counts of yes and no, and of each variant."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flags.decision_counters import Answer, Reading, Tally
from flags.sources.interface import SourceUnavailable
from flags.sources.unleash.admin_api import UnleashApi

log = logging.getLogger(__name__)

APP = "soundcheck"


class Reporting:
    """Sends the counts of one process. Lost when Unleash is away: they are figures, no record."""

    def __init__(self, tally: Tally, api: UnleashApi, clock: Callable[[], datetime]) -> None:
        self._reading = Reading(tally)
        self._api = api
        self._since = clock()
        self._clock = clock
        self._client = {
            "appName": APP,
            "instanceId": f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}",
        }
        self._known = False
        self._told = False

    def send(self) -> None:
        """Sends what was counted since the last time, if anything was."""
        counts = self._reading.take()
        since, self._since = self._since, self._clock()
        if not counts:
            return
        bucket = {
            "start": since.isoformat(),
            "stop": self._since.isoformat(),
            "toggles": _by_feature(counts, self._api.prefix),
        }
        try:
            self._say_hello()
            self._api.send_metrics({**self._client, "bucket": bucket})
        except SourceUnavailable as error:
            if not self._told:
                log.warning("counts could not be sent to Unleash and are lost: %s", error)
            self._told = True
        else:
            self._told = False

    def _say_hello(self) -> None:
        if not self._known:
            hello: dict[str, Any] = {
                "strategies": ["default", "flexibleRollout"],
                "started": self._since.isoformat(),
                "interval": 60_000,
            }
            self._api.register({**self._client, **hello})
            self._known = True


def _by_feature(counts: Mapping[Answer, int], prefix: str) -> dict[str, Any]:
    """{feature: {yes, no, variants: {name: count}}}, as Unleash's client API has it."""
    toggles: dict[str, Any] = {}
    for answer, number in counts.items():
        of_one = toggles.setdefault(prefix + answer.feature, {"yes": 0, "no": 0, "variants": {}})
        of_one["yes" if answer.enabled else "no"] += number
        if answer.variant is not None:
            of_one["variants"][answer.variant] = of_one["variants"].get(answer.variant, 0) + number
    return toggles
