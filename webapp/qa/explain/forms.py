"""What the forms of Explain ask, read into who it is about and what the engine is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from flags.context import context_of, seen_as
from flags.forced_flags import as_json
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.qa.explain.subject import Kind, Subject
from webapp.qa.personas.forms import bad_input, moment_in, others_in
from webapp.qa.personas.schema import Persona
from webapp.qa.personas.service import Personas

Question = tuple[Subject, dict[str, Any]]
"""Who it is about, and the Unleash context."""

MADE_UP = "made up"
MADE_UP_ID = "somebody"
PLAIN = ("cohort", "followers", "country", "platform", "id", "at")


class Questions:
    """Reads what is asked. `not_found` for a person or persona that there is not."""

    def __init__(self, core: Core, personas: Personas) -> None:
        self._core = core
        self._personas = personas

    def read(self, sent: Mapping[str, str]) -> Question:
        """What a form asks, by the field that says whom it is about."""
        slug = sent.get("space") or None
        if person_id := sent.get("person"):
            return self.of_person(person_id, slug)
        if name := sent.get("persona"):
            return self.of_persona(name, slug)
        return self.of_made_up(sent, slug)

    def again(self, subject: Subject, context: Mapping[str, Any]) -> Question:
        """The same as was asked before, about whoever it is about, as they are now."""
        if subject.kind is Kind.PERSON:
            return self.of_person(str(context["userId"]), subject.slug)
        if subject.kind is Kind.PERSONA:
            return self.of_persona(str(subject.persona), subject.slug)
        return subject, {**context, "currentTime": self._core.clock().isoformat()}

    def of_person(self, person_id: str, slug: str | None = None) -> Question:
        """Somebody as they are now, where they are now unless a Space is given."""
        person = self._core.accounts.people.get(person_id)
        if person is None:
            raise AppError(ErrorCode.NOT_FOUND)
        connections = list(self._core.presence.of_person(person.id))
        where = slug or next((one.where for one in connections if one.where), None)
        context = context_of(person, self._core.clock(), where)
        subject = Subject(
            Kind.PERSON,
            slug=slug,
            has={key: variant for one in connections for key, variant in one.gates.items()},
            forced=as_json(person.overrides),
        )
        return subject, seen_as(context, person.gates_as) if person.gates_as else context

    def of_persona(self, name: str, slug: str | None = None) -> Question:
        persona = self._personas.get(name).persona
        subject = Subject(Kind.PERSONA, persona=name, slug=slug)
        return subject, persona.context(self._core.clock(), slug)

    def of_made_up(self, sent: Mapping[str, str], slug: str | None = None) -> Question:
        """`bad_input` names the fields that cannot be."""
        given = {name: sent[name].strip() for name in PLAIN if sent.get(name, "").strip()}
        content: dict[str, Any] = {"name": MADE_UP, "id": MADE_UP_ID, **given}
        content["others"] = others_in(sent.get("others", ""))
        if "at" in given:
            content["at"] = moment_in(given["at"])
        try:
            made_up = Persona.model_validate(content)
        except ValidationError as error:
            raise bad_input(error) from None
        return Subject(Kind.MADE_UP, slug=slug), made_up.context(self._core.clock(), slug)
