"""To see it as they did: a preview with the same decisions, as somebody like them."""

from __future__ import annotations

from flags.catalogue import CATALOGUE
from flags.forced_flags import Forced
from webapp.accounts.models import LONGEST_NAME, Person
from webapp.infra.i18n import t
from webapp.previews.preview_spec import REPORT, Wanted
from webapp.problem_reports.models import Report
from webapp.qa.preview.forms import CLOSED, COHORT, OPEN


def wanted_for(report: Report, name: str, cohort: str) -> Wanted:
    """What is to be previewed. `cohort`: one that there is now, should theirs be gone. Features
    and variants that are gone meanwhile are left out."""
    known = report.properties
    return Wanted(
        name=t("qa.inbox.as", name=name)[:LONGEST_NAME],
        cohort=cohort,
        followers=known.get("followers") or 0,
        country=known.get("country"),
        platform=known.get("platform"),
        gates_as={"id": report.person_id},
        forced=_forced(report),
        purpose=REPORT,
    )


def compared(report: Report, cohort: str) -> dict[str, str]:
    """What Compare's form is to begin with: a pane as it was for them, and beside it the same with
    the next variant of each feature that has several."""
    forced = _forced(report)
    chosen = {"space": report.slug or ""}
    for pane, answers in ((1, forced), (2, {key: _other(key, one) for key, one in forced.items()})):
        chosen[f"{pane}-who"] = COHORT + cohort
        chosen |= {f"{pane}-force-{key}": _as_chosen(one) for key, one in answers.items()}
    return chosen


def _other(key: str, answer: Forced) -> Forced:
    names = [variant.name for variant in CATALOGUE[key].variants]
    if answer.variant is None:
        return answer
    following = names[(names.index(answer.variant) + 1) % len(names)]
    return Forced(True, following)


def _as_chosen(answer: Forced) -> str:
    if not answer.enabled:
        return CLOSED
    return f"{OPEN}:{answer.variant}" if answer.variant else OPEN


def cohort_now(report: Report, person: Person | None, cohorts: list[str]) -> str:
    """The cohort of then, unless it is gone: then the one that the person is in now."""
    then = str(report.properties.get("cohort"))
    if then in cohorts or person is None:
        return then
    return person.cohort


def _forced(report: Report) -> dict[str, Forced]:
    forced: dict[str, Forced] = {}
    for one in report.decisions:
        feature = CATALOGUE.get(one["key"])
        if feature is not None:
            variants = {variant.name for variant in feature.variants}
            variant = one["variant"] if one["variant"] in variants else None
            forced[feature.key] = Forced(one["enabled"], variant if one["enabled"] else None)
    return forced
