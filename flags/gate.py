"""The one path on which gates are evaluated: the Unleash SDK's engine, fed from a Source.

There is no network in it, and no thread.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from UnleashClient import UnleashClient  # type: ignore[attr-defined]  # exported without __all__
from UnleashClient.constants import FEATURES_URL
from UnleashClient.utils import InstanceAllowType

from flags.decision_counters import Tally
from flags.dependency_fingerprint import Footing
from flags.sdk_shims import MemoryCache, OwnPace
from flags.sources.embedded import utc_now
from flags.sources.interface import Definitions, Source, SourceUnavailable, Unreadable
from flags.yggdrasil_engine import APP, CLOSED, OPEN, Engine, Refused, has_variants, packed

__all__ = ["Decision", "Gate", "Refused", "packed"]

log = logging.getLogger(__name__)

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Decision:
    """A feature's answer for one person, now.

    `variant` is None unless the feature is open and has variants. `forced`: a preview says so,
    whatever the definitions say.
    """

    enabled: bool
    variant: str | None
    revision: int
    forced: bool = False


@dataclass(frozen=True)
class _Loaded:
    """What decisions are made on. `has_variants` knows every feature by key; `engine` has taken the
    same document as the SDK's client."""

    revision: int
    at: datetime
    has_variants: Mapping[str, bool]
    footing: Footing
    engine: Engine | None = None
    unreadable: Mapping[str, Unreadable] = field(default_factory=dict)
    decisions: dict[str | None, Decision] = field(default_factory=dict)
    """One for each thing that the engine can say: thousands of people share them."""


NOTHING = _Loaded(0, NEVER, {}, Footing(0, {}))
EMPTY = json.dumps({"version": 2, "features": []})


class Gate:
    """Decides who gets what.

    Start it after any fork: a client from before a fork is frozen for ever. Until the first good
    load every gate is closed. When the source fails or sends what cannot be understood, decisions
    stand as they were; `healthy`, `revision` and `loaded_at` tell.
    """

    def __init__(self, source: Source, clock: Callable[[], datetime] = utc_now) -> None:
        self._source = source
        self._clock = clock
        self._client: UnleashClient | None = None
        self._cache = MemoryCache()
        self._pace = OwnPace()
        self._loaded = NOTHING
        self._healthy = False
        # Never held while the source reads: others get their turn then, in the same thread, and who
        # of them wanted it would stop the process for ever.
        self._taking = threading.Lock()
        self._begun = self._taken = 0
        self._told: set[str] = set()
        self.tally = Tally()

    @property
    def revision(self) -> int:
        """Of the definitions that decisions are made on; 0 before the first load."""
        return self._loaded.revision

    @property
    def loaded_at(self) -> datetime:
        """When those definitions were taken from the source; the year 1 before the first load."""
        return self._loaded.at

    @property
    def taken(self) -> tuple[int, str]:
        """Those definitions: their revision, and their document's text as the engine has it."""
        loaded = self._loaded
        return loaded.revision, loaded.engine.text if loaded.engine else EMPTY

    @property
    def footing(self) -> Footing:
        """What the answers of those definitions stand on."""
        return self._loaded.footing

    @property
    def unreadable(self) -> Mapping[str, Unreadable]:
        """By key, the features with a rule that the engine cannot evaluate: they are decided by
        their last readable rules."""
        return self._loaded.unreadable

    @property
    def healthy(self) -> bool:
        """Whether the last look at the source succeeded."""
        return self._healthy

    def age(self, now: datetime) -> timedelta:
        """How old the definitions are at `now` (aware); zero where the clock was set back since."""
        return max(now - self._loaded.at, timedelta(0))

    def start(self) -> None:
        """Makes the SDK's client and loads for the first time; no error when the source fails."""
        if self._client is None:
            self._client = _offline_client(self._cache, self._pace)
            self.reload()

    def close(self) -> None:
        """Lets the SDK go; every gate is closed from here on."""
        client, self._client, self._loaded, self._healthy = self._client, None, NOTHING, False
        if client is not None:
            client.destroy()

    def refresh(self) -> bool:
        """Reloads if the source has moved on, or failed the last time.

        True when new definitions were taken. Made for polling: costs one `source.revision()` when
        there is nothing new.
        """
        try:
            moved = self._source.revision() != self._loaded.revision
        except SourceUnavailable as error:
            return self._keep(f"the definitions cannot be read: {error}")
        return self.reload() if moved or not self._healthy else False

    def reload(self) -> bool:
        """Takes the source's definitions as they are now.

        False when that fails; decisions stand as they were.
        """
        self._begun += 1
        load = self._begun
        try:
            definitions = self._source.definitions()
            with self._taking:
                if load < self._taken:
                    return False  # what somebody else has begun to read since is newer
                self._take(definitions)
                self._taken = load
        except SourceUnavailable as error:
            return self._keep(f"the definitions cannot be read: {error}")
        except Refused as error:
            return self._keep(f"the definitions are refused: {error}")
        if not self._healthy and self._loaded is not NOTHING:
            log.info("gates follow revision %d", definitions.revision)
        self._healthy = True
        return True

    def decide(self, key: str, context: dict[str, Any] | bytes) -> Decision:
        """The answer for the person of `context` (see `flags.context`), counted in `tally`.

        A context that was `packed` is for several questions about one person: the same answers in
        a fifth of the time. Closed for a feature that the definitions do not know. Never raises.
        """
        decision = self.weigh(key, context)
        if key in self._loaded.has_variants:
            self.tally.count(key, decision.enabled, decision.variant)
        return decision

    def weigh(self, key: str, context: dict[str, Any] | bytes) -> Decision:
        """The same for whoever only wants to know what would be decided: it is not counted."""
        loaded, client = self._loaded, self._client
        varied = loaded.has_variants.get(key)
        if varied is None or client is None:
            return self._unknown(key, loaded)
        try:
            if isinstance(context, bytes):
                return _decision(loaded, key, context)
            if not varied:
                return Decision(client.is_enabled(key, context), None, loaded.revision)
            answer = client.get_variant(key, context)
            return Decision(answer["feature_enabled"], _name_of(answer), loaded.revision)
        except Exception:  # noqa: BLE001  # whatever the SDK runs into, a gate answers: closed
            self._tell_once(key, "evaluating %s failed: closed", exc_info=True)
            return Decision(False, None, loaded.revision)

    def again(self, key: str, decision: Decision) -> Decision:
        """An answer that was given to the same person on the same footing (see `footing`), as if it
        had been decided now."""
        loaded = self._loaded
        self.tally.count(key, decision.enabled, decision.variant)
        return _decision_of(loaded, (decision.variant or OPEN) if decision.enabled else CLOSED)

    def _take(self, definitions: Definitions) -> None:
        # Tried there first: the SDK itself would swallow a refusal.
        engine = Engine(definitions.document)
        if self._client is None:
            raise Refused("the gate is not started")
        self._cache.set(FEATURES_URL, engine.text)
        self._pace.run_now()
        varied = {one["name"]: has_variants(one) for one in definitions.document["features"]}
        footing = Footing(definitions.revision, definitions.document)
        unreadable = definitions.unreadable
        self._log_unreadable(unreadable)
        self._loaded = _Loaded(
            definitions.revision, self._clock(), varied, footing, engine, unreadable
        )

    def _log_unreadable(self, unreadable: Mapping[str, Unreadable]) -> None:
        """Once for each rule, not with every change of another feature."""
        for key, problem in unreadable.items():
            if self._loaded.unreadable.get(key) != problem:
                stands = (
                    f"its rules of revision {problem.evaluated} stand"
                    if problem.evaluated is not None
                    else "it is closed for everybody"
                )
                log.error("%s: this rule cannot be evaluated: %s; %s", key, problem.rule, stands)

    def _keep(self, reason: str) -> bool:
        if self._healthy or self._loaded is NOTHING:
            log.warning("%s; decisions stand at revision %d", reason, self._loaded.revision)
        self._healthy = False
        return False

    def _unknown(self, key: str, loaded: _Loaded) -> Decision:
        self._tell_once(key, "there is no feature %s: closed")
        return Decision(False, None, loaded.revision)

    def _tell_once(self, key: str, message: str, exc_info: bool = False) -> None:
        if key not in self._told:
            self._told.add(key)
            log.warning(message, key, exc_info=exc_info)


def _offline_client(cache: MemoryCache, pace: OwnPace) -> UnleashClient:
    cache.set(FEATURES_URL, EMPTY)
    client = UnleashClient(
        url="http://unleash.invalid/api",  # never asked: no registration, no fetching, no metrics
        app_name=APP,
        cache=cache,
        scheduler=pace,
        scheduler_executor=pace.EXECUTOR,
        disable_metrics=True,
        disable_registration=True,
        multiple_instance_mode=InstanceAllowType.SILENTLY_ALLOW,
    )
    client.initialize_client(fetch_toggles=False)
    return client


def _decision(loaded: _Loaded, key: str, context: bytes) -> Decision:
    return _decision_of(loaded, loaded.engine.answer(key, context) if loaded.engine else CLOSED)


def _decision_of(loaded: _Loaded, answer: str | None) -> Decision:
    decision = loaded.decisions.get(answer)
    if decision is None:
        decision = Decision(answer is not CLOSED, answer or None, loaded.revision)
        loaded.decisions[answer] = decision
    return decision


def _name_of(answer: Mapping[str, Any]) -> str | None:
    return answer["name"] if answer["enabled"] else None
