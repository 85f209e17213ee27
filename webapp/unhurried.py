"""Templates are compiled when they are first asked for: a page of twenty would hold everybody up
for a tenth of a second, once in the life of a process. So others get their turn before each."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.templating import DispatchingJinjaLoader
from jinja2 import Environment

from webapp.breath import Breath


class Unhurried(DispatchingJinjaLoader):
    """Flask's loader, with a breath before each template. Somebody waits for the page: it does not
    stand by."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        Breath(stands_by=False).take()
        return super().get_source(environment, template)


def init_app(app: Flask) -> None:
    """To be called before the first page is asked for."""
    app.jinja_env.loader = Unhurried(app)
