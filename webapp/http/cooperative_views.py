"""Pages for product managers and QA look at thousands of people. Whoever asks for one waits for it,
but nobody else at a socket of the same process does: others get their turn between its steps.

A step is a look at the database, or the compiling of a template, which happens when it is first
asked for. Somebody waits for the page: it does not stand by (see `webapp.infra.cooperative`).
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, g, has_app_context, request
from flask.templating import DispatchingJinjaLoader
from jinja2 import Environment

from webapp.infra.cooperative import Breath
from webapp.infra.database import Database

LONG = ("console", "qa")
"""Blueprints with pages that take long. They only look, so that others may change something in
between: another web process may as well."""


class Unhurried(DispatchingJinjaLoader):
    """Flask's loader, with a breath before each template."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        Breath(stands_by=False).take()
        return super().get_source(environment, template)


def init_app(app: Flask, db: Database) -> None:
    """To be called before the first page is asked for."""
    app.jinja_env.loader = Unhurried(app)
    app.before_request(_begin)
    db.before_reading = _between


def _begin() -> None:
    if request.method == "GET" and request.blueprint in LONG:
        g.breath = Breath(stands_by=False)


def _between() -> None:
    if has_app_context() and (breath := g.get("breath")) is not None:
        breath.take_if_due()
