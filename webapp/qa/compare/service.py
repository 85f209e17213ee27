"""Comparisons: begun, kept with what was found and said, and looked at again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from config.version import app_version
from flags.catalogue import CATALOGUE
from flags.forced_flags import as_json
from webapp.accounts.models import Person
from webapp.accounts.schemas import Entered
from webapp.accounts.user_agent import Device
from webapp.app.services import Core
from webapp.http.errors import AppError
from webapp.previews.preview_spec import Wanted
from webapp.qa.compare import store
from webapp.qa.compare.models import ComparedRun
from webapp.qa.compare.schemas import Findings, kind_of

PASSED, FAILED, BLOCKED = "passed", "failed", "blocked"
VERDICTS = (PASSED, FAILED, BLOCKED)

FEWEST, MOST = 2, 4
"""Panes."""

LONGEST_NOTE = 2000
LISTED = 100


@dataclass(frozen=True)
class Shown:
    """A comparison, who made it, what was said of which feature, and whether there is a picture."""

    run: ComparedRun
    made_by: str
    verdicts: Mapping[str, str]
    pictured: bool


class Compare:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def begin(
        self, maker: Person, login_id: str, device: Device, slug: str, wanted: list[Wanted]
    ) -> tuple[ComparedRun, list[Entered]]:
        """A comparison in a live Space, and the people of its panes, to be let into this browser.
        `not_found` for the Space, `bad_input` for the panes, `not_allowed`."""
        space = self._core.spaces.told(slug)
        if space is None:
            raise AppError("not_found")
        if not FEWEST <= len(wanted) <= MOST:
            raise AppError("bad_input", fields=["panes"])
        for one in wanted:
            one.checked()
        made = [self._core.previews.make(maker, one) for one in wanted]
        opened = [self._core.previews.open(one.id, maker, login_id, device) for one in made]
        run = ComparedRun(
            id=uuid.uuid4().hex,
            made_by=maker.id,
            made_with=login_id,
            made_at=self._core.clock(),
            slug=slug,
            title=space.title,
            build=app_version(),
            revision=self._core.gating.gate.revision,
            panes=[_pane(entered.person) for entered in opened],
            note="",
        )
        with self._core.db.session() as db_session:
            db_session.add(run)
        return run, opened

    def get(self, run_id: str) -> Shown:
        """`not_found`."""
        with self._core.db.reading() as db_session:
            run = store.run(db_session, run_id)
            if run is None:
                raise AppError("not_found")
            verdicts = store.verdicts(db_session, [run_id])
            pictured = store.pictured(db_session, [run_id])
        return self._shown([run], verdicts, pictured)[0]

    def latest(self, feature: str = "") -> list[Shown]:
        """The last made first; with `feature`, those with a verdict on it."""
        with self._core.db.reading() as db_session:
            runs = store.latest(db_session, feature, LISTED)
            ids = [run.id for run in runs]
            verdicts, pictured = store.verdicts(db_session, ids), store.pictured(db_session, ids)
        return self._shown(runs, verdicts, pictured)

    def goes_on(self, run: ComparedRun, login_id: str | None) -> bool:
        """Whether the panes are still there, in the browser that asks."""
        if run.made_with != login_id:
            return False
        people = self._core.accounts.people.by_id(pane["person"] for pane in run.panes)
        previews = [self._core.previews.get(pane["preview"]) for pane in run.panes]
        over = [one is None or self._core.previews.is_over(one) for one in previews]
        return len(people) == len(run.panes) and not any(over)

    def keep(
        self,
        run_id: str,
        note: str,
        verdicts: Mapping[str, str],
        findings: Findings | None,
        picture: bytes | None,
    ) -> None:
        """What is said, and what was found if anything is sent: else that stays as it was.
        `not_found`, `bad_input`, `too_large`."""
        _check(note, verdicts)
        if picture is not None:
            kind_of(picture)
        with self._core.db.session() as db_session:
            run = store.run(db_session, run_id)
            if run is None:
                raise AppError("not_found")
            run.note, run.kept_at = note, self._core.clock()
            if findings is not None:
                if len(findings.panes) != len(run.panes):
                    raise AppError("bad_input", fields=["findings"])
                run.findings = findings.model_dump()
            if picture is not None:
                run.picture = picture
            store.set_verdicts(db_session, run_id, verdicts)

    def picture(self, run_id: str) -> bytes:
        """`not_found` also where none was kept."""
        with self._core.db.reading() as db_session:
            run = store.with_picture(db_session, run_id)
            if run is None or run.picture is None:
                raise AppError("not_found")
            return run.picture

    def _shown(
        self,
        runs: list[ComparedRun],
        verdicts: Mapping[str, Mapping[str, str]],
        pictured: Collection[str],
    ) -> list[Shown]:
        makers = self._core.accounts.people.by_id({run.made_by for run in runs})
        return [
            Shown(
                run,
                makers[run.made_by].display_name if run.made_by in makers else "",
                verdicts.get(run.id, {}),
                run.id in pictured,
            )
            for run in runs
        ]


def _pane(person: Person) -> dict[str, Any]:
    return {
        "person": person.id,
        "preview": person.preview_id,
        "name": person.display_name,
        "cohort": person.cohort,
        "forced": as_json(person.overrides),
    }


def _check(note: str, verdicts: Mapping[str, str]) -> None:
    wrong = [key for key, said in verdicts.items() if key not in CATALOGUE or said not in VERDICTS]
    if len(note) > LONGEST_NOTE:
        wrong.append("note")
    if wrong:
        raise AppError("bad_input", fields=wrong)
