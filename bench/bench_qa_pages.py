"""How long QA's pages take: an answer of Explain, and the matrix.

Run it with `python -m bench.bench_qa_pages`: 200 features of 3 strategies, 20 personas with
something expected of every feature. CPU time of whole requests, from the form to the page, so that
a noisy neighbour hardly matters; the two ways of asking take turns.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.common import at_most, figure, load, percentile
from bench.parts.synthetic_flags import DOCUMENT, VARIED, Many
from config.settings import Settings
from webapp.accounts.authentication import COOKIE
from webapp.accounts.user_agent import Device
from webapp.app.factory import core_of, create_app
from webapp.app.services import Core
from webapp.qa.matrix.service import matrix_of
from webapp.qa.personas.schema import Expected, Persona
from webapp.qa.personas.yaml_file import written

PERSONAS = 20
COHORTS = ("staff", "alpha", "beta", "public")
ASKED, LOOKS = 200, 20
EXPLAIN_MS, MATRIX_MS = 20.0, 1000.0
HTML = {"Accept": "text/html"}


def main() -> int:
    load()
    with tempfile.TemporaryDirectory() as folder:
        app, core = _house(Path(folder))
        browser = app.test_client()
        browser.set_cookie(COOKIE, _quinn(core))
        token = _token(browser)
        asked, shown, overviews = _explain(browser, token)
        figure("Explain, asking and keeping, median", percentile(asked, 50), "ms")
        figure("Explain, the page of an answer, median", percentile(shown, 50), "ms")
        figure("Explain, every feature at once, median", percentile(overviews, 50), "ms")
        whole = [one + other for one, other in zip(asked, shown, strict=True)]
        met = at_most(
            "Explain, from question to page, p95", percentile(whole, 95), EXPLAIN_MS, "ms"
        )
        gate, personas = core.gating.gate, _personas()
        computed = [_spent(lambda: matrix_of(gate, personas, core.clock())) for _ in range(LOOKS)]
        figure("matrix, only the answers, median", percentile(computed, 50), "ms")
        pages = [_spent(lambda: _get(browser, "/qa/matrix")) for _ in range(LOOKS)]
        met &= at_most("matrix, the page, p95", percentile(pages, 95), MATRIX_MS, "ms")
        gate.close()
        core.db.close()
    return 0 if met else 1


def _house(folder: Path) -> tuple[Any, Core]:
    file = folder / "personas.yaml"
    file.write_text(written(_personas()), "utf-8")
    app = create_app(Settings.model_validate({"var_folder": folder, "personas_file": file}))
    core = core_of(app)
    core.gating.gate._source = Many()
    core.gating.start()
    return app, core


def _personas() -> list[Persona]:
    expected = {feature["name"]: Expected(enabled=True) for feature in DOCUMENT["features"]}
    return [
        Persona(
            name=f"Persona {number}",
            id=f"persona-{number}",
            cohort=COHORTS[number % len(COHORTS)],
            followers=100 * number,
            country="FR",
            expected=expected,
        )
        for number in range(PERSONAS)
    ]


def _explain(browser: Any, token: str) -> tuple[list[float], list[float], list[float]]:
    asked, shown, overviews = [], [], []
    for number in range(ASKED):
        question = {"csrf_token": token, "persona": f"Persona {number % PERSONAS}"}
        answers: list[str] = []

        def ask(question: dict[str, str] = question, answers: list[str] = answers) -> None:
            answer = browser.post("/qa/explain", data=question | {"feature": VARIED})
            answers.append(answer.headers["Location"])

        asked.append(_spent(ask))
        address = answers[0]
        shown.append(_spent(lambda address=address: _get(browser, address)))
        if number < LOOKS:
            whole = address.rpartition("/")[0]
            overviews.append(_spent(lambda whole=whole: _get(browser, whole)))
    return asked, shown, overviews


def _get(browser: Any, address: str) -> str:
    answer = browser.get(address, headers=HTML, buffered=True)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    text: str = answer.text
    return text


def _token(browser: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', _get(browser, "/qa/explain"))
    assert found is not None
    return found[1]


def _quinn(core: Core) -> str:
    quinn = core.accounts.people.add("Quinn", "staff", roles=["qa"])
    with core.db.session() as db_session:
        return core.accounts.logins.begin(db_session, quinn, Device("", "desktop")).cookie


def _spent(work: Any) -> float:
    """Milliseconds of CPU."""
    begun = time.thread_time()
    work()
    return 1000 * (time.thread_time() - begun)


if __name__ == "__main__":
    sys.exit(main())
