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
from webapp.db import Database
from webapp.decisions.service import Decisions
from webapp.definitions.sources import Upstream
from webapp.events import Events
from webapp.figures.service import Figures
from webapp.flood import Limiter
from webapp.gating import Gating, space_room
from webapp.hls.service import Hls
from webapp.presence import Presence
from webapp.previews.service import Previews
from webapp.privacy.service import Privacy
from webapp.quality.service import Quality
from webapp.refusals import Refusals
from webapp.reports.service import Reports
from webapp.runtime import Runtime
from webapp.sockets import Sockets
from webapp.sound.checks import SoundChecks
from webapp.sound.engine import Engine
from webapp.sound.holdings import Holdings
from webapp.sound.service import Sound
from webapp.spaces.everywhere import Everywhere
from webapp.spaces.service import Spaces
from webapp.spaces.stage import Stage
from webapp.spaces.succession import Succession


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
