"""Where definitions come from, as the settings say, and what a process does to follow them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask

from config.settings import Settings
from flags.sources.embedded import EmbeddedSource
from flags.sources.unleash.source import UnleashSource
from webapp.feature_flags.unleash import webhook as hooks
from webapp.feature_flags.unleash.poller import Following
from webapp.feature_flags.unleash.usage_metrics import Reporting
from webapp.feature_flags.unleash.webhook import Hook
from webapp.gating.service import Gating
from webapp.infra.runtime import Runtime

TURN_SECONDS = 0.1
"""Between two thoughts of whether it is time to look at Unleash."""


@dataclass(frozen=True)
class Upstream:
    """What there is beside the source itself where an Unleash server has the definitions."""

    source: UnleashSource
    following: Following
    hook: Hook
    reporting: Reporting
    report_seconds: float

    def start(self, runtime: Runtime) -> None:
        """Follows and reports in the background, until the runtime stops."""
        runtime.every(TURN_SECONDS, self.following.look)
        runtime.every(self.report_seconds, self.reporting.send)

    def hurry(self) -> None:
        """There is something to tell Unleash, or to hear: the next look is now."""
        self.following.told()

    def told(self, now: datetime) -> dict[str, Any]:
        """For whoever looks after the process: does Unleash answer, and when did it last?"""
        heard_at = self.source.contact.heard_at
        return {
            "answers": not self.source.contact.problem,
            "heard_seconds_ago": round((now - heard_at).total_seconds()) if heard_at else None,
        }


def upstream_of(
    source: EmbeddedSource, gating: Gating, settings: Settings, clock: Callable[[], datetime]
) -> Upstream | None:
    """None with the embedded source: there is nothing to follow."""
    if not isinstance(source, UnleashSource) or settings.unleash_url is None:
        return None
    hook = Hook(source.api, settings.unleash_url, settings.base_url, settings.secret_key())
    return Upstream(
        source,
        Following(source, gating.refresh, hook),
        hook,
        Reporting(gating.gate.tally, source.api, clock),
        settings.unleash_report_seconds,
    )


def init_app(app: Flask, upstream: Upstream | None) -> None:
    """Adds the page that Unleash calls, if there is one that could."""
    if upstream is not None:
        hooks.init_app(app, upstream.hook, upstream.following.told)
