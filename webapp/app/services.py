"""What a feature or a domain may ask for: the parts, wired once by `create_app`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask

from config.settings import Settings
from flags.sources.embedded import EmbeddedSource
from webapp.accounts.service import Accounts
from webapp.audio.hls.service import Hls
from webapp.audio.quality.service import Quality
from webapp.audio.revocation import Holdings
from webapp.audio.webrtc.audio_stack import Engine
from webapp.audio.webrtc.service import Sound
from webapp.audio.webrtc.sound_check import SoundChecks
from webapp.experiments.exposure_recorder import Figures
from webapp.feature_flags.decision_counts.service import Decisions
from webapp.feature_flags.unleash.upstream import Upstream
from webapp.gating.event_dispatcher import Sockets
from webapp.gating.model import space_room
from webapp.gating.service import Gating
from webapp.http.rejection_counters import Refusals
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.infra.rate_limit import Limiter
from webapp.infra.runtime import Runtime
from webapp.previews.service import Previews
from webapp.privacy.service import Privacy
from webapp.problem_reports.service import Reports
from webapp.realtime.presence import Presence
from webapp.spaces.host_succession import Succession
from webapp.spaces.participant_queries import Everywhere
from webapp.spaces.service import Spaces
from webapp.spaces.stage import Stage


@dataclass(frozen=True)
class Tell:
    """Ways to reach browsers: `emit(event, data, to)` with a socket id or a room."""

    emit: Callable[[str, Any, str], None]
    presence: Presence

    def space(self, slug: str, key: str, event: str, data: Any) -> None:
        """Everybody in a Space whose gate for `key` is open."""
        self.emit(event, data, space_room(slug, key))

    def one(self, event: str, data: Any, slug: str, person_id: str) -> None:
        """The browser through which a person is in a Space, if there is one."""
        connection = self.presence.in_space(slug, person_id)
        if connection is not None:
            self.emit(event, data, connection.sid)


@dataclass(frozen=True)
class Core:
    """The parts of a running app."""

    app: Flask
    settings: Settings
    db: Database
    clock: Callable[[], datetime]
    runtime: Runtime
    events: Events
    accounts: Accounts
    limits: Limiter
    refusals: Refusals
    source: EmbeddedSource
    upstream: Upstream | None
    gating: Gating
    decisions: Decisions
    figures: Figures
    presence: Presence
    sockets: Sockets
    tell: Tell
    spaces: Spaces
    everywhere: Everywhere
    previews: Previews
    privacy: Privacy
    stage: Stage
    succession: Succession
    engine: Engine
    sound: Sound
    checks: SoundChecks
    hls: Hls
    holdings: Holdings
    quality: Quality
    reports: Reports

    def cohort_names(self) -> list[str]:
        """Every cohort that people can be in."""
        return [name for name, _size in self.accounts.people.cohorts()]
