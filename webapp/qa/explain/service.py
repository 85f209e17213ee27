"""Asking the engine about somebody, and reading its answers again later.

An answer keeps what it was given on: the definitions, the context with its moment, and what the
engine said. So its link tells the same for as long as it is kept, whatever becomes of the person
and of the features.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flags.explain import Explanation, explain
from flags.forced_flags import Forced, overridden
from flags.gate import Decision
from flags.sources.interface import Unreadable
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.infra import retention
from webapp.qa.evaluate_all import answers, names_in, parsed
from webapp.qa.explain import store
from webapp.qa.explain.models import ExplainedAnswer
from webapp.qa.explain.subject import Subject

MOST_ANSWERS = 50_000
KEPT = retention.EXPLAINED_ANSWERS
"""How long an answer is kept after its link was last followed."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Answer:
    """What was answered. `document` is the one it was given on, `said` the engine's answers."""

    row: ExplainedAnswer
    subject: Subject
    document: Mapping[str, Any]
    said: Mapping[str, Decision]

    @property
    def id(self) -> str:
        return self.row.id

    def given(self, key: str) -> Decision:
        """What the person was given: the engine's answer, unless a preview forces another."""
        return overridden(self.own(key), key, self.forced)

    def own(self, key: str) -> Decision:
        """What the engine said. Closed for a feature that the definitions did not know."""
        return self.said.get(key) or Decision(False, None, self.row.revision)

    @property
    def forced(self) -> dict[str, Forced]:
        """What a preview forced."""
        return {key: Forced(**each) for key, each in self.subject.forced.items()}

    def explanation(self, key: str) -> Explanation:
        """The whole why, held against what the engine said."""
        own = self.own(key)
        read = explain(self.document, key, self.row.context)
        return read.beside(own.enabled, own.variant)

    def is_finishing(self, key: str) -> bool:
        """Whether a browser of the person still had a feature that was closed for them."""
        return key in self.subject.has and not self.given(key).enabled


class Explain:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._gate = core.gating.gate

    def ask(
        self, subject: Subject, context: dict[str, Any], by: str, feature: str | None = None
    ) -> str:
        """Asks about every feature, and keeps the answers. Returns the id that their link carries.

        `by` is the id of who asks; `feature` the one that they are interested in.
        """
        revision, text, said = answers(self._gate, context)
        digest, now = hashlib.sha256(text.encode()).hexdigest(), self._core.clock()
        row = ExplainedAnswer(
            id=secrets.token_urlsafe(9),
            at=now,
            asked_by=by,
            opened_at=now,
            digest=digest,
            revision=revision,
            subject=subject.as_dict(),
            context=context,
            answers={key: [one.enabled, one.variant] for key, one in said.items()},
            feature=feature,
        )
        with self._core.db.session() as db_session:
            store.keep_document(db_session, digest, text)
            db_session.add(row)
        return row.id

    def answer(self, answer_id: str) -> Answer:
        """What was answered then. `not_found` when there is no such link, or none any more."""
        now = self._core.clock()
        with self._core.db.reading() as db_session:
            row = store.answer(db_session, answer_id)
            if row is None:
                raise AppError(ErrorCode.NOT_FOUND)
            document = parsed(store.document(db_session, row.digest))
        if now - row.opened_at > DAY:
            with self._core.db.session() as db_session:
                if opened := store.answer(db_session, answer_id):
                    opened.opened_at = now
        said = {
            key: Decision(enabled, variant, row.revision)
            for key, (enabled, variant) in row.answers.items()
        }
        return Answer(row, Subject.from_dict(row.subject), document, said)

    def unreadable_then(self, answer: Answer, key: str) -> Unreadable | None:
        """The rule that was passed over for the answer, while it is still of the definitions that
        hold: they alone know."""
        same = answer.row.revision == self._gate.revision
        return self._gate.unreadable.get(key) if same else None

    def latest(self, by: str, limit: int = 10) -> list[ExplainedAnswer]:
        """What somebody asked, the latest first."""
        with self._core.db.reading() as db_session:
            return store.latest(db_session, by, limit)

    def features(self) -> list[str]:
        """Every feature that the engine knows now, in the order of its document."""
        return names_in(self._gate.taken[1])

    def sweep(self) -> None:
        """Forgets answers that nobody comes back to, and the definitions that only they needed."""
        with self._core.db.session() as db_session:
            store.forget_before(db_session, self._core.clock() - KEPT)
            store.keep_at_most(db_session, MOST_ANSWERS)
            store.forget_unused_documents(db_session)
