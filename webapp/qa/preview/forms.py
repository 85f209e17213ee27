"""Whom to be and what to force, as forms send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flags.catalogue import CATALOGUE
from flags.forced_flags import Forced
from webapp.http.errors import AppError
from webapp.previews.preview_spec import LINK, Wanted
from webapp.qa.personas.schema import Persona

PERSONA, COHORT = "persona:", "cohort:"
OPEN, CLOSED = "open", "closed"


def wanted_of(
    form: Mapping[str, str], personas: list[Persona], prefix: str = "", purpose: str = LINK
) -> Wanted:
    """Fields `who` ("persona:NAME", "cohort:NAME") and `force-KEY` ("", "open", "open:VARIANT",
    "closed"), each after `prefix`. `bad_input` for whom there is not, and what cannot be."""
    forced = {
        key: _forced(form[field], key)
        for key in CATALOGUE
        if form.get(field := f"{prefix}force-{key}")
    }
    return Wanted(**_who(form.get(f"{prefix}who", ""), personas), forced=forced, purpose=purpose)


def _who(who: str, personas: list[Persona]) -> dict[str, Any]:
    if who.startswith(COHORT):
        cohort = who.removeprefix(COHORT)
        return {"name": cohort.capitalize(), "cohort": cohort, "platform": "desktop"}
    name = who.removeprefix(PERSONA)
    for persona in personas:
        if persona.name == name:
            return _as(persona)
    raise AppError("bad_input", fields=["who"])


def _as(persona: Persona) -> dict[str, Any]:
    gates_as: dict[str, Any] = {"id": persona.id}
    if persona.others:
        gates_as["others"] = dict(persona.others)
    if persona.at:
        gates_as["at"] = persona.at.isoformat()
    return {
        "name": persona.name,
        "cohort": persona.cohort,
        "followers": persona.followers,
        "country": persona.country,
        "platform": persona.platform,
        "gates_as": gates_as,
    }


def _forced(text: str, key: str) -> Forced:
    state, _, variant = text.partition(":")
    if state not in (OPEN, CLOSED):
        raise AppError("bad_input", fields=[key])
    return Forced(state == OPEN, variant or None)
