"""The pages of QA's workbench in the states that matter."""

from __future__ import annotations

from collections.abc import Iterator

from flags.catalogue import REACTIONS, WEB_HOSTING, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.e2e.company import Company
from tests.e2e.person import Somebody
from tests.e2e.scenes import BY, Scene
from tests.e2e.scenes_preview import preview_scenes


def qa_scenes(company: Company) -> Iterator[Scene]:
    """Explain and Matrix, with differences to be found; everything is on again afterwards."""
    company.app.flags.turn_off(WEB_HOSTING, Closing.CUT, BY)
    company.app.flags.set_rollout(WEB_SPEAKING, 50, BY)
    quinn = company.come("Quinn", "staff", roles=("qa",))
    _goes(quinn, "/qa")
    yield Scene("qa", quinn.page)
    yield from _explain(quinn)
    yield from _matrix(quinn)
    company.app.flags.turn_on(WEB_HOSTING, BY)
    company.app.flags.set_rollout(WEB_SPEAKING, 100, BY)
    yield from preview_scenes(company)


def _explain(quinn: Somebody) -> Iterator[Scene]:
    _goes(quinn, "/qa/explain")
    quinn.page.get_by_label("Name, or the beginning of an id").fill("to")
    quinn.presses("Find")
    yield Scene("qa-explain", quinn.page)
    for persona, feature in ("Quiet listener", WEB_SPEAKING), ("Established host", REACTIONS):
        _goes(quinn, "/qa/explain")
        section = quinn.page.get_by_role("region", name="A persona", exact=True)
        section.get_by_label("Persona").select_option(persona)
        section.get_by_label("Feature").select_option(feature)
        quinn.presses("Explain persona")
        quinn.reads("Why, step by step")
        yield Scene(f"qa-explain-{feature}", quinn.page)
    quinn.page.get_by_role("link", name="Every feature for Established host").click()
    quinn.reads("What gates were told")
    yield Scene("qa-explain-all", quinn.page)


def _matrix(quinn: Somebody) -> Iterator[Scene]:
    _goes(quinn, "/qa/matrix")
    yield Scene("qa-matrix", quinn.page)
    _goes(quinn, "/qa/matrix/persona?name=Established%20host")
    yield Scene("qa-persona", quinn.page)


def _goes(quinn: Somebody, path: str) -> None:
    quinn.page.goto(quinn.visitor.base_url + path)
