"""How long the server needs for the console's pages, in a big house.

Run it with `python -m bench.bench_console_pages`: 200 features, 100,000 people and 50,000 entries
of history in SQLite (about a minute to make). CPU time of this process, so that a noisy neighbour
hardly matters; the median of several looks at each page, after the first.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import flags.catalogue
from bench.common import at_most, figure, load
from flags.catalogue import CATALOGUE, REACTIONS, catalogue_of

FEATURES, PEOPLE, CHANGES = 200, 100_000, 50_000
MOST_MS = 100.0
LOOKS = 5
HTML = {"Accept": "text/html"}
Look = tuple[str, dict[str, str] | None]
COHORTS = ("staff", "alpha", "beta", "public")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

CALM = date(2036, 1, 1)
MANY = [
    replace(CATALOGUE[REACTIONS], key=f"feature-{n:03}", expected_end=CALM, variants=())
    for n in range(FEATURES - len(CATALOGUE))
]
# Before anything else takes the catalogue: a house of this size has a longer one.
flags.catalogue.CATALOGUE = catalogue_of((*CATALOGUE.values(), *MANY))

from config.settings import Settings
from webapp.accounts.authentication import COOKIE
from webapp.accounts.models import Person
from webapp.accounts.search_key import folded
from webapp.accounts.user_agent import Device
from webapp.app.factory import core_of, create_app
from webapp.app.services import Core
from webapp.console.history.change_history_routes import mark_of
from webapp.feature_flags.models import DefinitionChange, FeatureDefinition
from webapp.infra import i18n

PAGES = {
    "features": "/console",
    "one feature": f"/console/features/{REACTIONS}",
    "people": "/console/people",
    "people, last page": f"/console/people?page={PEOPLE // 100 - 1}",
    "people, of one cohort": "/console/people?cohort=beta",
    "history": "/console/history",
    "history, of one feature": f"/console/history?feature={REACTIONS}",
    "history, last page": "/console/history?before=150",
    "history, by person and kind": f"/console/history?by={mark_of('Editor 3')}&kind=rollout",
    "history, one day long ago": "/console/history?from=2026-01-02&to=2026-01-02",
    "decisions": f"/console/decisions?feature={REACTIONS}&hours=24",
    "to delete": "/console/stale",
    "turn off now": "/console/turn-off",
    "pulse": "/console/pulse",
}
FORMS = {
    "people, found by name": ("/console/people/find", {"q": f"person {PEOPLE // 2}"}),
}
"""Pages that are asked for by a form: names do not belong in addresses."""


def main() -> int:
    load()
    with tempfile.TemporaryDirectory() as folder:
        app, core = _house(Path(folder))
        browser = app.test_client()
        browser.set_cookie(COOKIE, _product_manager(core))
        met = True
        token = _token(browser)
        asked: dict[str, Look] = {name: (path, None) for name, path in PAGES.items()}
        asked |= {name: (path, {**fields, **token}) for name, (path, fields) in FORMS.items()}
        for name, look in asked.items():
            first, again = _measured(browser, look)
            figure(f"{name}: the first time, nothing counted yet", first, "ms")
            met &= at_most(name, again, MOST_MS, "ms")
        core.gating.gate.close()
        core.db.close()
    return 0 if met else 1


def _house(folder: Path) -> tuple[Any, Core]:
    app = create_app(Settings.model_validate({"var_folder": folder}))
    core = core_of(app)
    _name_features()
    core.source.seed()
    _fill(core)
    core.gating.start()
    return app, core


def _name_features() -> None:
    """Features of a benchmark have no texts of their own."""
    known = {language: dict(i18n._all_strings(language)) for language in i18n.LANGUAGES}
    for texts in known.values():
        for feature in MANY:
            for kind in ("purpose", "cut", "drain"):
                texts[f"console.{kind}.{feature.key}"] = feature.purpose
    i18n._all_strings = lambda language: known[language]  # type: ignore[assignment]


def _fill(core: Core) -> None:
    people = [_person(number) for number in range(PEOPLE)]
    with core.db.session() as db_session:
        db_session.execute(Person.__table__.insert(), people)  # type: ignore[attr-defined]
        states = {row.key: row for row in db_session.query(FeatureDefinition)}
        keys, last = list(states), core.source.revision()
        changes = [
            _change(number, last + 1 + number, keys[number % len(keys)], states)
            for number in range(CHANGES)
        ]
        db_session.execute(DefinitionChange.__table__.insert(), changes)  # type: ignore[attr-defined]
        for change in changes[-len(keys) :]:
            states[change["feature"]].revision = change["revision"]


def _person(number: int) -> dict[str, Any]:
    name = f"Person {number}"
    return {
        "id": uuid4().hex,
        "display_name": name,
        "search_name": folded(name),
        "cohort": COHORTS[number % len(COHORTS)],
        "roles": ["tester"],
        "followers": number % 2000,
        "country": "FR",
        "platform": "ios",
        "created_at": BEGIN + timedelta(seconds=number),
    }


def _change(number: int, revision: int, key: str, states: dict[str, Any]) -> dict[str, Any]:
    state = states[key].state
    return {
        "revision": revision,
        "feature": key,
        "action": "rollout",
        "by": f"Editor {number % 20}",
        "at": BEGIN + timedelta(minutes=5 * number),
        "before": {**state, "rollout": number % 100},
        "after": {**state, "rollout": (number + 1) % 100 or 1},
        "closing": None,
    }


def _product_manager(core: Core) -> str:
    paula = core.accounts.people.add("Paula", "staff", roles=["product_manager"])
    with core.db.session() as db_session:
        return core.accounts.logins.begin(db_session, paula, Device("", "desktop")).cookie


def _token(browser: Any) -> dict[str, str]:
    page = browser.get("/console/people", headers=HTML).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("/console/people has no form")
    return {"csrf_token": found[1]}


def _measured(browser: Any, look: Look) -> tuple[float, float]:
    """Milliseconds of CPU: of the first look, and the median of those after it."""
    looks = [_look(browser, *look) for _ in range(LOOKS + 1)]
    return looks[0], statistics.median(looks[1:])


def _look(browser: Any, address: str, fields: dict[str, str] | None) -> float:
    """Without `fields` a page, with them the answer of a form."""
    method = "GET" if fields is None else "POST"
    begun = time.thread_time()
    answer = browser.open(address, method=method, data=fields, headers=HTML, buffered=True)
    passed = time.thread_time() - begun
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    return passed * 1000


if __name__ == "__main__":
    sys.exit(main())
