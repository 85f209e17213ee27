"""The DefinitionStore of `flags`, in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from json import JSONDecodeError
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from flags.sources.embedded import RevisionMoved, Snapshot
from flags.sources.interface import Change, Closing, FeatureState, SourceUnavailable
from webapp.feature_flags.models import DefinitionChange, FeatureDefinition
from webapp.infra.database import Database


class SqlDefinitionStore:
    """See `flags.sources.embedded.DefinitionStore`.

    Each call is a unit of work of its own: on SQLite, never save from within another one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> int:
        with self._reading() as db_session:
            return _revision(db_session)

    def load(self) -> Snapshot:
        with self._reading() as db_session:
            # One statement, so that no write can come between the states and their revision.
            rows = db_session.scalars(select(FeatureDefinition)).all()
            states = {row.key: _state_of(row) for row in rows}
        return Snapshot(max((row.revision for row in rows), default=0), states)

    def save(self, change: Change) -> Change:
        with _named_errors(), self._database.session() as db_session:
            if change.revision != _revision(db_session) + 1:
                raise RevisionMoved
            row = _row_of(change)
            db_session.add(row)
            _flush_or_lose(db_session)
            db_session.merge(_definition_of(change))
            return replace(change, id=row.id)

    def annotate(self, state: FeatureState) -> bool:
        here = (FeatureDefinition.key == state.key, FeatureDefinition.revision == state.revision)
        with _named_errors(), self._database.session() as db_session:
            statement = update(FeatureDefinition).where(*here).values(state=state.as_dict())
            result: CursorResult[Any] = db_session.execute(statement)  # type: ignore[assignment]
            return result.rowcount == 1

    def changes(self, feature: str | None, limit: int) -> list[Change]:
        query = select(DefinitionChange).order_by(DefinitionChange.revision.desc()).limit(limit)
        if feature is not None:
            query = query.where(DefinitionChange.feature == feature)
        with self._reading() as db_session:
            return [change_of(row) for row in db_session.scalars(query)]

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with _named_errors(), self._database.reading() as db_session:
            yield db_session


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        raise SourceUnavailable(f"the database does not answer ({reason})") from error
    except JSONDecodeError as error:
        raise SourceUnavailable("what is stored is not JSON") from error


def _state_of(row: FeatureDefinition) -> FeatureState:
    try:
        return FeatureState.from_dict(row.key, row.state, row.revision)
    except (KeyError, TypeError, ValueError) as error:
        raise SourceUnavailable(f"what is stored of {row.key} makes no sense") from error


def _revision(db_session: Session) -> int:
    return db_session.scalar(select(func.max(FeatureDefinition.revision))) or 0


def _flush_or_lose(db_session: Session) -> None:
    try:
        db_session.flush()
    except IntegrityError as error:
        raise RevisionMoved from error


def _definition_of(change: Change) -> FeatureDefinition:
    return FeatureDefinition(key=change.feature, state=change.after, revision=change.revision)


def _row_of(change: Change) -> DefinitionChange:
    return DefinitionChange(
        revision=change.revision,
        feature=change.feature,
        action=change.action,
        by=change.by,
        by_id=change.by_id,
        at=change.at,
        before=change.before,
        after=change.after,
        closing=change.closing.value if change.closing else None,
    )


def change_of(row: DefinitionChange) -> Change:
    return Change(
        id=row.id,
        revision=row.revision,
        feature=row.feature,
        action=row.action,
        by=row.by,
        at=row.at,
        before=row.before,
        after=row.after,
        closing=Closing(row.closing) if row.closing else None,
        by_id=row.by_id,
    )
