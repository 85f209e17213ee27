"""Soundcheck's web app: people, pages, sockets. `create_app` is the composition root: the only
place where real parts are wired together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from flask import Flask

from config.settings import Settings
from flags.catalogue import CATALOGUE
from flags.gate import Gate
from flags.sources.interface import SourceUnavailable
from media.events import SeatEvent
from media.hls_encoder import missing
from webapp import console, features, qa
from webapp.accounts import authentication
from webapp.accounts import commands as account_commands
from webapp.accounts import routes as account_pages
from webapp.accounts.demo_people import write_links
from webapp.accounts.logins import Lifetime, Lifetimes
from webapp.accounts.service import Accounts
from webapp.accounts.tokens import Tokens
from webapp.app import periodic_jobs, socketio_server
from webapp.app.services import Core, Tell
from webapp.audio.hls.service import Hls
from webapp.audio.hls.stream_links import Links
from webapp.audio.quality import qa_panel as sound_panel
from webapp.audio.quality.service import Quality
from webapp.audio.revocation import Holdings
from webapp.audio.webrtc.audio_stack import JanusLike, engine_on, janus_connection, kept_session
from webapp.audio.webrtc.service import Sound
from webapp.audio.webrtc.sound_check import SoundChecks
from webapp.experiments.eligibility import Chance
from webapp.experiments.engagement_tracker import Watching
from webapp.experiments.exposure_recorder import Figures
from webapp.experiments.outcome_kinds import SCORE
from webapp.feature_flags import commands as flags_commands
from webapp.feature_flags.change_request_store import Plans
from webapp.feature_flags.decision_counts.service import Decisions
from webapp.feature_flags.source_factory import source_of
from webapp.feature_flags.store import SqlDefinitionStore
from webapp.feature_flags.unleash import upstream as definition_sources
from webapp.feature_flags.unleash.upstream import upstream_of
from webapp.gating import http as gate_pages
from webapp.gating.event_dispatcher import Sockets
from webapp.gating.model import Folder
from webapp.gating.service import Gating
from webapp.http import (
    cooperative_views,
    error_pages,
    forms,
    preview_prefix,
    refused_forms,
    security,
    trusted_proxies,
)
from webapp.http.rejection_counters import Refusals
from webapp.infra import i18n, log_redaction, migrations
from webapp.infra.database import Database
from webapp.infra.event_bus import Events
from webapp.infra.rate_limit import Limiter
from webapp.infra.runtime import EventletRuntime, Runtime, ThreadRuntime
from webapp.pages import routes as shell_pages
from webapp.previews import routes as preview_pages
from webapp.previews.service import Previews
from webapp.privacy import commands as privacy_commands
from webapp.privacy import routes as privacy_pages
from webapp.privacy.service import Privacy
from webapp.problem_reports import routes as report_pages
from webapp.problem_reports.service import Reports
from webapp.realtime.presence import Presence
from webapp.spaces.host_succession import Patience, Succession
from webapp.spaces.participant_queries import Everywhere
from webapp.spaces.removal import Departures
from webapp.spaces.service import Spaces
from webapp.spaces.stage import Stage

log = logging.getLogger(__name__)

OPENING_SECONDS = 10.0
"""How long Janus is waited for at start; it is tried again in the background."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings | None = None,
    *,
    runtime: Runtime | None = None,
    connection: JanusLike | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """The app with all its parts, none of them started: that is `start`'s.

    `runtime` is the process model (threads unless given: what commands and tests need);
    `connection` is the one to Janus, or its in-memory twin.
    """
    settings = settings or Settings()
    app = Flask("webapp", static_url_path="/static")
    app.config.update(
        SECRET_KEY=settings.secret_key(),
        BASE_URL=settings.base_url,
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    core = _wire(app, settings, runtime or ThreadRuntime(), connection, clock)
    app.extensions["soundcheck"] = core
    _init_surfaces(core)
    return app


def core_of(app: Flask) -> Core:
    """The parts of an app."""
    core: Core = app.extensions["soundcheck"]
    return core


def start(app: Flask) -> None:
    """Starts what serves: gates, sound, and what the process does by itself."""
    core = core_of(app)
    if core.upstream is None:
        _seed(core)
    if core.settings.demo:
        write_links(
            core.accounts, core.settings.base_url, core.settings.var_folder / "demo-links.json"
        )
    if reason := missing(core.settings.ffmpeg_program):
        log.warning("nobody can hear through HLS: %s", reason)
    core.spaces.remember()
    core.gating.start()
    core.hls.start()
    core.sound.take_up(core.runtime.run(core.engine.open(), OPENING_SECONDS))
    core.hls.take_up()
    periodic_jobs.start(core, app.extensions["socketio"])


def _seed(core: Core) -> None:
    """A source that fails now is no reason not to serve: its gates are closed until it heals."""
    try:
        core.source.seed()
    except SourceUnavailable as error:
        log.warning("the features could not be seeded: %s", error)


def stop(app: Flask, *, for_good: bool = True) -> None:
    """Ends what `start` began. `for_good`: leaving nothing in Janus; else another process follows
    and takes up everybody's seats, which go on meanwhile."""
    core = core_of(app)
    # What is known is safe first: Janus may have to be waited for.
    core.quality.close()
    core.figures.close()
    ending = core.engine.close() if for_good else core.engine.part()
    core.runtime.run(ending, OPENING_SECONDS)
    core.runtime.stop()
    core.gating.gate.close()
    core.db.close()


def _wire(
    app: Flask,
    settings: Settings,
    runtime: Runtime,
    connection: JanusLike | None,
    clock: Callable[[], datetime],
) -> Core:
    db, events, presence = Database(settings.database_url), Events(), Presence()
    migrations.upgrade(db.engine)
    people = Accounts.build(
        db,
        events,
        settings.secret_key(),
        clock,
        hosting=Spaces.hosting,
        lifetimes=Lifetimes(
            testers=Lifetime(
                timedelta(days=settings.login_days), timedelta(days=settings.login_longest_days)
            ),
            rights=Lifetime(
                timedelta(hours=settings.rights_login_hours),
                timedelta(days=settings.rights_login_longest_days),
            ),
            fresh=timedelta(hours=settings.fresh_sign_in_hours),
        ),
        demo=settings.demo,
    )
    source = source_of(settings, SqlDefinitionStore(db), clock)
    gating = Gating(Gate(source, clock), source, presence, clock, gate_pages.payload)
    limits = Limiter(clock, factor=settings.flood_factor)
    refusals = Refusals()
    tell = Tell(lambda event, data, to: socketio.server.emit(event, data, to=to), presence)
    socketio = socketio_server.make(
        "eventlet" if isinstance(runtime, EventletRuntime) else "threading",
        settings.allowed_origins,
        settings.event_bytes,
    )
    app.extensions["socketio"] = socketio
    kept = kept_session(settings)

    def told_of_seats(event: SeatEvent) -> None:
        sound.on_seat(event)
        hls.on_seat(event)

    engine = engine_on(
        connection or janus_connection(settings, kept),
        runtime.handing_over(told_of_seats),
        kept,
        settings,
    )
    sound = Sound(
        engine.seats,
        runtime,
        events,
        presence,
        clock,
        tell.one,
        timedelta(seconds=settings.warm_seconds),
    )
    hls = Hls(
        engine.streams,
        Links(settings.hls_folder / "links", Tokens(settings.secret_key())),
        sound,
        runtime,
        events,
        clock,
        tell.one,
        room=settings.webrtc_listeners,
        unused_for=timedelta(seconds=settings.warm_seconds),
    )
    checks = SoundChecks(engine.seats, runtime, presence, events)
    figures = Figures(db, clock, Chance(gating.gate, clock).could_have)
    gating.met = figures.met
    spaces = Spaces(db, events, clock, sound.places.is_talking)
    gating.may_be_inside = spaces.has_been_in
    sound.spaces = spaces
    departures = Departures(db, spaces, timedelta(seconds=settings.ending_seconds))
    Watching(figures, events, presence, spaces, runtime, clock)
    return Core(
        app=app,
        settings=settings,
        db=db,
        clock=clock,
        runtime=runtime,
        events=events,
        accounts=people,
        limits=limits,
        refusals=refusals,
        source=source,
        upstream=upstream_of(source, gating, settings, clock),
        gating=gating,
        decisions=Decisions(db, gating.gate.tally, clock),
        figures=figures,
        presence=presence,
        sockets=Sockets(presence, gating, limits.allow, refusals.count),
        tell=tell,
        spaces=spaces,
        everywhere=Everywhere(db, presence, people.people.by_id),
        previews=Previews(
            db,
            events,
            people,
            departures,
            Tokens(settings.secret_key()),
            clock,
        ),
        privacy=Privacy(db, people, departures, settings, clock),
        stage=Stage(db, events, clock, spaces, settings.speakers_per_space),
        succession=Succession(
            db,
            events,
            clock,
            spaces,
            lambda slug, person_id: presence.in_space(slug, person_id) is not None,
            Patience(
                timedelta(seconds=settings.host_away_seconds),
                timedelta(seconds=settings.ending_seconds),
                timedelta(seconds=max(settings.host_arrival_seconds, settings.host_away_seconds)),
            ),
        ),
        engine=engine,
        sound=sound,
        checks=checks,
        hls=hls,
        holdings=Holdings(checks, sound, hls, spaces, presence),
        quality=Quality(
            db,
            events,
            clock,
            lambda person, score, slug: figures.outcome(person, SCORE, score, slug),
        ),
        reports=Reports(db, events, clock, gating, presence),
    )


def _init_surfaces(core: Core) -> None:
    """Pages, sockets and commands, in the order in which they look at a request."""
    app = core.app
    log_redaction.init_app(core.settings.log_level)
    error_pages.init_app(app)
    cooperative_views.init_app(app, core.db)
    i18n.init_app(app)
    forms.init_app(app)
    refused_forms.init_app(app)
    authentication.init_app(app, core.accounts, core.limits, core.events, core.clock)
    gate_pages.init_app(app, core.gating)
    security.init_app(app, core.settings.allowed_origins, core.settings.cookie_secure)
    app.register_blueprint(account_pages.blueprint)
    app.register_blueprint(shell_pages.blueprint(core))
    account_commands.init_app(app, core.accounts, core.settings.base_url)
    definition_sources.init_app(app, core.upstream)
    privacy_commands.init_app(app, core.privacy, core.accounts)
    flags_commands.init_app(app, core.source, core.cohort_names, Plans(core.db).protections)
    folders = _feature_folders(core)
    for folder in folders:
        core.gating.add(folder)
    _register_shared(core, folders)
    console.init_app(app, core)
    qa.init_app(core)
    report_pages.init_app(core)
    privacy_pages.init_app(core)
    sound_panel.init_app(core)
    preview_pages.init_app(core)
    socketio_server.init(core, app.extensions["socketio"])
    authentication.guard_sockets(app)
    preview_prefix.init_app(app, core.accounts.logins.is_of_a_preview)
    trusted_proxies.init_app(app, core.settings.trusted_proxies)


def load_features() -> list[Any]:
    """The `feature` module of every feature."""
    names = [module.name for module in iter_modules(features.__path__) if module.ispkg]
    packages = [import_module(f"webapp.features.{name}") for name in names]
    return [
        import_module(f"{package.__name__}.feature")
        for package in packages
        if any(module.name == "feature" for module in iter_modules(package.__path__))
    ]


def _feature_folders(core: Core) -> list[Folder]:
    """Every folder under features/ that has a feature.py, parents first."""
    order = list(CATALOGUE)
    folders: list[Folder] = [module.init(core) for module in load_features()]
    return sorted(folders, key=lambda folder: order.index(folder.key))


def _register_shared(core: Core, folders: list[Folder]) -> None:
    """The events of what several features share: there for whoever has one of these features."""
    for name in sorted({name for folder in folders for name in folder.shares}):
        keys = [folder.key for folder in folders if name in folder.shares]
        package = name.replace("/", ".")
        import_module(f"webapp.features.{package}.sockets").register(core, *keys)
