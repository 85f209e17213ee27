"""`flask qa matrix` on a real Unleash server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings
from flags.catalogue import WEB_HOSTING
from flags.sources.unleash.source import UnleashSource
from script.servers.unleash import UnleashServer
from tests.unleash.unleash_user import Colleague
from webapp.app.factory import core_of, create_app


@pytest.fixture
def app(unleash: UnleashServer, prefix: str, tmp_path: Path) -> Iterator[Flask]:
    given = {
        "var_folder": tmp_path,
        "unleash_url": unleash.url,
        "unleash_admin_token": unleash.admin_token,
        "unleash_backend_token": unleash.backend_token,
        "unleash_prefix": prefix,
        "unleash_timeout": 20,
    }
    app = create_app(Settings.model_validate(given))
    yield app
    core_of(app).db.close()


def run(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["qa", "matrix", *args])
    return done.exit_code, done.output


def test_what_somebody_changes_in_unleash_is_a_difference(
    app: Flask, source: UnleashSource, ana: Colleague
) -> None:
    assert source.feature(WEB_HOSTING).enabled
    code, told = run(app)
    assert (code, "28 checked, 0 different" in told) == (0, True), told
    ana.switch(WEB_HOSTING, on=False)
    code, told = run(app, "--source", "unleash")
    assert code == 1
    assert "different: Established host, web-hosting: expected open, is closed" in told


def test_nothing_is_written_for_a_look(app: Flask, source: UnleashSource) -> None:
    assert run(app)[0] == 0
    assert core_of(app).source.revision() == 0
    assert run(app, "--source", "embedded")[0] == 2


def test_a_server_that_is_away_is_no_difference(
    app: Flask, source: UnleashSource, unleash: UnleashServer
) -> None:
    settings = core_of(app).settings.model_copy(update={"unleash_url": "http://127.0.0.1:9"})
    away = create_app(settings)
    code, told = run(away)
    core_of(away).db.close()
    assert code == 2
    assert "the definitions cannot be reached" in told
