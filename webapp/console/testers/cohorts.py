"""Cohorts made and renamed.

A rename loses nobody anything: features let the new name in beside the old one, then people,
invitations and the cohort itself get it in one go, then features forget the old one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from flags.sources.base import BadEdit, Conflict, FeatureState, Source, SourceUnavailable
from webapp.accounts.schemas import parse
from webapp.console import access
from webapp.console.schemas import NewCohortForm
from webapp.console.testers.people import done
from webapp.core import Core
from webapp.definitions.acts import Acts
from webapp.errors import AppError
from webapp.i18n import t

RENAME = "rename"
"""What the history calls it."""

ATTEMPTS = 3

SPREADING_SECONDS = 0.5
"""In which every process has looked for new definitions several times."""

PATIENCE_SECONDS = 10.0
"""How late that may be: this process serves others meanwhile."""

Names = Callable[[list[str]], list[str]]


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds what can be done to cohorts."""
    acts = Acts(core.db, core.clock)

    @blueprint.post("/people/cohorts")
    def add_cohort() -> Response:
        by = access.editor().display_name

        def make() -> str:
            name = parse(NewCohortForm, request.form).cohort
            core.accounts.people.add_cohort(name)
            acts.note("cohort_made", by, cohort=name)
            return t("console.people.cohort_made", cohort=name)

        return done(core, make)

    @blueprint.post("/people/cohorts/<old>/rename")
    def rename_cohort(old: str) -> Response:
        by = access.editor().display_name

        def give_name() -> str:
            new = parse(NewCohortForm, request.form).cohort
            rename(core, old, new, by)
            acts.note("cohort_renamed", by, old=old, new=new)
            return t("console.people.cohort_renamed", old=old, new=new)

        return done(core, give_name)


def rename(core: Core, old: str, new: str, by: str) -> None:
    """Another name for a cohort, everywhere and live. Raises what `People.rename_cohort` does, and
    `try_again` while the definitions cannot be written."""
    core.accounts.people.check_rename(old, new)
    _rewrite(core, by, lambda names: _beside(names, old, new))
    if core.db.shared:
        # A page that another process makes of somebody with the new name must know it already.
        core.runtime.run(asyncio.sleep(SPREADING_SECONDS), PATIENCE_SECONDS)
    try:
        core.accounts.people.rename_cohort(old, new)
    except Exception:
        _rewrite(core, by, lambda names: [name for name in names if name != new])
        raise
    _rewrite(core, by, lambda names: [name for name in names if name != old])


def _rewrite(core: Core, by: str, names: Names) -> None:
    """Every feature with other names of cohorts, and everybody re-evaluated."""
    try:
        for state in core.source.features():
            _put(core.source, state, by, names)
    except (SourceUnavailable, Conflict, BadEdit) as error:
        raise AppError("try_again") from error
    core.gating.refresh()


def _put(source: Source, state: FeatureState, by: str, names: Names) -> None:
    for attempt in range(ATTEMPTS):
        wanted = with_names(state, names)
        if wanted == state:
            return
        try:
            source.put(wanted, by, state.revision, RENAME)
            return
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            state = source.feature(state.key)


def with_names(state: FeatureState, names: Names) -> FeatureState:
    """A feature in which every list of cohorts is what `names` makes of it: also in rules made by
    hand elsewhere."""
    return replace(
        state,
        cohorts=tuple(names(list(state.cohorts))),
        constraints=_respelled(state.constraints, names),
        custom=_respelled(state.custom, names),
        feature_variants=_respelled(state.feature_variants, names),
    )


def _beside(names: list[str], old: str, new: str) -> list[str]:
    both: list[str] = []
    for name in names:
        both += [name, new] if name == old and new not in names else [name]
    return both


def _respelled(value: Any, names: Names) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_respelled(item, names) for item in value)
    if not isinstance(value, dict):
        return value
    spelled = {key: _respelled(item, names) for key, item in value.items()}
    if spelled.get("contextName") == "cohort" and isinstance(spelled.get("values"), list):
        spelled["values"] = names(spelled["values"])
    return spelled
