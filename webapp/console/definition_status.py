"""How it stands with the definitions, in a line: of which revision they are, how old, and whether
Unleash is heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from webapp.app.services import Core
from webapp.infra.i18n import t

SILENCE = timedelta(seconds=30)
"""An Unleash that was not heard for so long is away, whatever it said last: it is asked every one
or two seconds."""

UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@dataclass(frozen=True)
class Status:
    """`text` is for people; `loud` when something is wrong."""

    text: str
    loud: bool


def status(core: Core) -> Status:
    """As things stand."""
    gate, now = core.gating.gate, core.clock()
    if not gate.revision:
        return Status(t("console.status.nothing"), loud=True)
    age, revision = ago(gate.age(now).total_seconds()), gate.revision
    if not gate.healthy:
        return Status(t("console.status.lost", age=age), loud=True)
    if gate.unreadable:
        features = ", ".join(sorted(gate.unreadable))
        return Status(t("console.status.unreadable", features=features), loud=True)
    if core.upstream is None:
        return Status(t("console.status.own", revision=revision, age=age), loud=False)
    told = core.upstream.told(now)
    seconds = told["heard_seconds_ago"]
    if seconds is None:
        return Status(t("console.status.never", revision=revision), loud=True)
    away = not told["answers"] or seconds > SILENCE.total_seconds()
    word = "away" if away else "unleash"
    return Status(
        t(f"console.status.{word}", revision=revision, age=age, heard=ago(seconds)), loud=away
    )


def ago(seconds: float) -> str:
    """A length of time in its largest whole unit: "3 min"."""
    whole = max(0, int(seconds))
    unit, size = next(((name, size) for name, size in UNITS if whole >= size), UNITS[-1])
    return t(f"console.age.{unit}", count=whole // size)
