"""What the form of a persona sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from pydantic import ValidationError

from webapp.http.errors import AppError, ErrorCode
from webapp.qa.personas.forms import bad_input, moment_in, others_in
from webapp.qa.personas.schema import Expected, Persona

EXPECT = "expect."
"""How the field of an expectation begins; the feature's key follows."""

VARIANT = "variant:"
PLAIN = ("description", "id", "cohort", "followers", "country", "platform")


def persona_in(sent: Mapping[str, str], name: str | None = None) -> Persona:
    """The persona of a form; `name` is that of one that is there already. `bad_input` names the
    fields that cannot be."""
    content: dict[str, Any] = {
        field: sent[field].strip() for field in PLAIN if sent.get(field, "").strip()
    }
    content["name"] = name or sent.get("name", "")
    content["others"] = others_in(sent.get("others", ""))
    if sent.get("at", "").strip():
        content["at"] = moment_in(sent["at"])
    content["expected"] = _expected(sent)
    try:
        return Persona.model_validate(content)
    except ValidationError as error:
        raise bad_input(error) from None


def sent_as(persona: Persona) -> dict[str, str]:
    """What the form of a persona holds when it is opened."""
    return {
        "name": persona.name,
        "description": persona.description,
        "id": persona.id,
        "cohort": persona.cohort,
        "followers": str(persona.followers),
        "country": persona.country or "",
        "platform": persona.platform or "",
        "at": persona.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if persona.at else "",
        "others": "\n".join(f"{name}: {value}" for name, value in persona.others.items()),
        **{EXPECT + key: choice_of(each) for key, each in persona.expected.items()},
    }


def choice_of(expected: Expected | None) -> str:
    """An expectation as the choice in its field."""
    if expected is None:
        return ""
    if expected.variant is not None:
        return VARIANT + expected.variant
    return "open" if expected.enabled else "closed"


def _expected(sent: Mapping[str, str]) -> dict[str, Expected]:
    choices = {
        name.removeprefix(EXPECT): choice
        for name, choice in sent.items()
        if name.startswith(EXPECT) and choice
    }
    return {key: _one(choice) for key, choice in choices.items()}


def _one(choice: str) -> Expected:
    if choice.startswith(VARIANT) and choice != VARIANT:
        return Expected(enabled=True, variant=choice.removeprefix(VARIANT))
    if choice not in ("open", "closed"):
        raise AppError(ErrorCode.BAD_INPUT, fields=["expected"])
    return Expected(enabled=choice == "open")
