"""Features that have outlived their experiment."""

from __future__ import annotations

from collections import Counter
from typing import cast

from flask import Blueprint, render_template
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from webapp.app.services import Core
from webapp.feature_flags.change_history import History
from webapp.feature_flags.stale_flags import Finding, add_command, findings
from webapp.http.errors import AppError


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds the page, and the command that says the same in CI."""

    def look() -> list[Finding]:
        cohorts = core.accounts.people.cohorts()
        return findings(History(core.db), cohorts, folders(core), core.clock())

    @blueprint.get("/stale")
    def stale() -> str:
        try:
            return render_template("console/stale.html", findings=look())
        except SQLAlchemyError as error:
            raise AppError("try_again") from error

    add_command(cast(AppGroup, core.app.cli.commands["flags"]), look)


def folders(core: Core) -> dict[str, tuple[str, ...]]:
    """The folders of each feature that go with it: what others share stays."""
    features = core.gating.folders
    users = Counter(name for folder in features.values() for name in folder.shares)
    return {
        key: (folder.name, *(name for name in folder.shares if users[name] == 1))
        for key, folder in features.items()
    }
