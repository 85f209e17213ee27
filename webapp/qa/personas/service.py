"""All personas: those of the file, and over them what was edited in the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from flags.sources.interface import actor_id
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.infra.database import Database
from webapp.qa.personas import store, yaml_file
from webapp.qa.personas.models import PersonaEdit
from webapp.qa.personas.schema import Persona, distinct_id_from, id_from
from webapp.qa.personas.yaml_file import BadSheet

MOST_PERSONAS = 200


@dataclass(frozen=True)
class Kept:
    """A persona and where it comes from. `edit` is None for one that is as in the file."""

    persona: Persona
    in_file: bool
    edit: PersonaEdit | None = None
    file_moved: bool = False
    """Whether the file says something else than when this was edited."""

    @property
    def version(self) -> int:
        """What an editor hands back as `seen`."""
        return self.edit.version if self.edit else 0


@dataclass(frozen=True)
class Everybody:
    """All personas in the file's order, then those that are only in the database by name.

    `removed` names those of the file that somebody has taken out. `problem` is what is wrong with
    the file, empty when it can be read.
    """

    kept: tuple[Kept, ...]
    removed: tuple[str, ...]
    problem: str

    @property
    def personas(self) -> list[Persona]:
        return [each.persona for each in self.kept]


class Personas:
    """Looks at the file each time: whoever changes it sees it at once."""

    def __init__(self, file: Path, db: Database, clock: Callable[[], datetime]) -> None:
        self._file = file
        self._db = db
        self._clock = clock

    def everybody(self) -> Everybody:
        filed, problem = self._filed()
        with self._db.reading() as db_session:
            edits = store.edits(db_session)
        if not problem and (problem := self._shared_id(filed, edits)):
            filed = {}
        kept = []
        for name in [*filed, *(name for name in edits if name not in filed)]:
            edit = edits.get(name)
            if edit is None:
                kept.append(Kept(filed[name], in_file=True))
            elif edit.content is not None:
                kept.append(_edited(edit, filed.get(name)))
        removed = [name for name in filed if name in edits and edits[name].content is None]
        return Everybody(tuple(kept), tuple(removed), problem)

    def _shared_id(self, filed: dict[str, Persona], edits: dict[str, PersonaEdit]) -> str:
        """What is wrong when the file has come to name an id that is somebody else's here."""
        by_id = {persona.id: name for name, persona in filed.items() if name not in edits}
        for name, edit in edits.items():
            if edit.content is not None and (other := by_id.get(edit.content["id"])):
                told = f"{other} and {name} have the same id: {edit.content['id']}"
                return f"{self._file.name}: {told}"
        return ""

    def get(self, name: str) -> Kept:
        """`not_found` when there is none of that name."""
        for kept in self.everybody().kept:
            if kept.persona.name == name:
                return kept
        raise AppError(ErrorCode.NOT_FOUND)

    def add(self, persona: Persona, by: str) -> None:
        """A new one. `conflict` when there is one of that name already, `bad_input` when another
        one has its id; an id that was made from the name gives way."""
        everybody = self.everybody()
        if any(kept.persona.name == persona.name for kept in everybody.kept):
            raise AppError(ErrorCode.CONFLICT)
        if len(everybody.kept) >= MOST_PERSONAS:
            raise AppError(ErrorCode.TOO_MANY)
        if persona.id == id_from(persona.name) and _has_id(everybody, persona):
            persona = persona.model_copy(update={"id": distinct_id_from(persona.name)})
        _insist_own_id(everybody, persona)
        self._write(persona.name, persona.as_dict(), None, by)

    def save(self, persona: Persona, seen: int, by: str) -> None:
        """Another content for one that is there. `conflict` when somebody else was quicker than
        the editor who saw the version `seen`, `bad_input` when another one has its id."""
        self.get(persona.name)
        _insist_own_id(self.everybody(), persona)
        self._write(persona.name, persona.as_dict(), seen, by)

    def remove(self, name: str, seen: int, by: str) -> None:
        """Takes one out: one of the file stays there, and can be had back by `reset`."""
        kept = self.get(name)
        if kept.in_file:
            self._write(name, None, seen, by)
        else:
            self.reset(name)

    def reset(self, name: str) -> None:
        """As in the file again; one that is not in the file is gone."""
        with self._db.session() as db_session:
            edit = store.edit(db_session, name)
            if edit is None:
                raise AppError(ErrorCode.NOT_FOUND)
            db_session.delete(edit)

    def exported(self) -> str:
        """All of them as the text of a file."""
        return yaml_file.written(self.everybody().personas)

    def _write(self, name: str, content: dict[str, Any] | None, seen: int | None, by: str) -> None:
        filed = self._filed()[0].get(name)
        with self._db.session() as db_session:
            version = _next_version(db_session, name, seen)
            db_session.merge(
                PersonaEdit(
                    name=name,
                    content=content,
                    filed=filed.as_dict() if filed else None,
                    version=version,
                    by=str(by),
                    by_id=actor_id(by),
                    at=self._clock(),
                )
            )

    def _filed(self) -> tuple[dict[str, Persona], str]:
        try:
            personas = _read(self._file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            return {}, f"{self._file.name} cannot be read: {error}"
        except BadSheet as error:
            return {}, f"{self._file.name}: {error}"
        return {persona.name: persona for persona in personas}, ""


@lru_cache(maxsize=2)
def _read(text: str) -> tuple[Persona, ...]:
    # Twenty personas that expect something of 200 features take 100 ms.
    return tuple(yaml_file.read(text))


def _has_id(everybody: Everybody, persona: Persona) -> bool:
    """Whether another one has the id of this one."""
    others = (other for other in everybody.personas if other.name != persona.name)
    return any(other.id == persona.id for other in others)


def _insist_own_id(everybody: Everybody, persona: Persona) -> None:
    if _has_id(everybody, persona):
        raise AppError(ErrorCode.BAD_INPUT, fields=["id"])


def _next_version(db_session: Session, name: str, seen: int | None) -> int:
    edit = store.edit(db_session, name)
    version = edit.version if edit else 0
    if seen is not None and version != seen:
        raise AppError(ErrorCode.CONFLICT)
    return version + 1


def _edited(edit: PersonaEdit, filed: Persona | None) -> Kept:
    return Kept(
        Persona.model_validate(edit.content),
        in_file=filed is not None,
        edit=edit,
        file_moved=(filed.as_dict() if filed else None) != edit.filed,
    )


def personas_of(core: Core) -> Personas:
    """Those of an app."""
    return Personas(core.settings.personas_file, core.db, core.clock)
