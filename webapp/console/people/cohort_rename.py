"""Cohorts made and renamed.

A rename loses nobody anything: features let the new name in beside the old one, then people,
invitations and the cohort itself get it in one go, then features forget the old one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from flags.sources.interface import BadEdit, Conflict, FeatureState, Source, SourceUnavailable
from webapp.accounts.schemas import parse
from webapp.app.services import Core
from webapp.console import permissions
from webapp.console.people.people_routes import done
from webapp.console.schemas import NewCohortForm
from webapp.feature_flags.audit_log import Acts
from webapp.http.errors import AppError
from webapp.infra.i18n import t

log = logging.getLogger(__name__)

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
        by = permissions.editor().actor

        def make() -> str:
            name = parse(NewCohortForm, request.form).cohort
            core.accounts.people.add_cohort(name)
            acts.note("cohort_made", by, cohort=name)
            return t("console.people.cohort_made", cohort=name)

        return done(core, make)

    @blueprint.post("/people/cohorts/<old>/rename")
    def rename_cohort(old: str) -> Response:
        by = permissions.editor().actor

        def give_name() -> str:
            new = parse(NewCohortForm, request.form).cohort
            rename(core, old, new, by)
            acts.note("cohort_renamed", by, old=old, new=new)
            return t("console.people.cohort_renamed", old=old, new=new)

        return done(core, give_name)


def rename(core: Core, old: str, new: str, by: str) -> None:
    """Another name for a cohort, everywhere and live. Raises what `People.rename_cohort` does, and
    `try_again` while the definitions cannot be written: the same once more then goes on."""
    if not _is_half_done(core, old, new):
        core.accounts.people.check_rename(old, new)
        _give(core, old, new, by)
    _rewrite(core, by, lambda names: _without(names, old))


def _give(core: Core, old: str, new: str, by: str) -> None:
    """Features know both names, people the new one; or, by an error, everything is as before."""
    try:
        _rewrite(core, by, lambda names: _beside(names, old, new))
        if core.db.shared:
            # A page that another process makes of somebody with the new name must know it already.
            core.runtime.run(asyncio.sleep(SPREADING_SECONDS), PATIENCE_SECONDS)
        core.accounts.people.rename_cohort(old, new)
    except Exception:
        _take_back(core, new, by)
        raise


def _take_back(core: Core, new: str, by: str) -> None:
    if new in _cohorts(core):
        return
    try:
        _rewrite(core, by, lambda names: _without(names, new))
    except AppError:
        log.warning("features still let in a cohort that there is not: %s", new)


def _is_half_done(core: Core, old: str, new: str) -> bool:
    """Have people the new name, and only features the old one still?"""
    there = _cohorts(core)
    if old in there or new not in there:
        return False
    try:
        states = core.source.features()
    except SourceUnavailable as error:
        raise AppError("try_again") from error
    return any(with_names(state, lambda names: _without(names, old)) != state for state in states)


def _cohorts(core: Core) -> set[str]:
    return {name for name, _ in core.accounts.people.cohorts()}


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


def _without(names: list[str], gone: str) -> list[str]:
    return [name for name in names if name != gone]


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
