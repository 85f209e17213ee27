"""The pages of Explain. Answers are asked for by forms and found by a link without a name in it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from webapp.accounts import signed_in_person
from webapp.accounts.models import Person
from webapp.app.services import Core
from webapp.http.errors import AppError, ErrorCode
from webapp.http.forms import sent_to
from webapp.qa.explain import text as wording
from webapp.qa.explain.forms import Question, Questions
from webapp.qa.explain.service import Answer, Explain
from webapp.qa.explain.subject import Kind, Subject
from webapp.qa.nav import NavItem
from webapp.qa.personas.service import Personas, personas_of

MOST_FOUND = 20


class ExplainPages:
    """What the pages are made of."""

    def __init__(self, core: Core, personas: Personas) -> None:
        self.core = core
        self.personas = personas
        self.explain = Explain(core)
        self.questions = Questions(core, personas)

    def start(self, sought: str = "", error: AppError | None = None) -> str:
        """The page on which one chooses whom to ask about."""
        sought = sought or sent_to("qa.explain_people").get("q", "").strip()
        found, number = self._found(sought)
        latest = self.explain.latest(signed_in_person().id)
        subjects = [(row, Subject.from_dict(row.subject), row.context) for row in latest]
        return render_template(
            "qa/explain.html",
            sought=sought,
            found=found,
            number=number,
            most_found=MOST_FOUND,
            features=self.explain.features(),
            chosen=request.form.get("feature") or request.args.get("feature", ""),
            spaces=self.core.spaces.lobby(),
            cohorts=self.core.accounts.people.cohorts(),
            personas=self.personas.everybody().personas,
            latest=subjects,
            people=self._people(context for _, subject, context in subjects if is_person(subject)),
            error=error,
            wrong=error.fields if error else (),
            sent=request.form,
        )

    def ask(self, question: Question, feature: str | None) -> Response:
        """Asks, and leads to the answer."""
        known = feature if feature in self.explain.features() else None
        subject, context = question
        answer_id = self.explain.ask(subject, context, signed_in_person().id, known)
        return redirect(_address(answer_id, known), 303)  # type: ignore[return-value]

    def answer(self, answer_id: str, key: str | None) -> str:
        """An answer as it was given: about one feature, or about all of them."""
        answer = self.explain.answer(answer_id)
        if key is not None and key not in answer.said:
            raise AppError(ErrorCode.NOT_FOUND)
        given: dict[str, Any] = {"answer": answer, "name": self.name_of(answer), "key": key}
        if key is None:
            explained = {each: answer.explanation(each) for each in answer.said}
            return render_template("qa/explain_all.html", explained=explained, **given)
        given["unreadable"] = self.explain.unreadable_then(answer, key)
        return render_template("qa/explain_one.html", why=answer.explanation(key), **given)

    def name_of(self, answer: Answer) -> str | None:
        """Of the person or persona; None of made-up properties, and of a person who is gone."""
        if answer.subject.kind is Kind.PERSON:
            person = self.core.accounts.people.get(str(answer.row.context["userId"]))
            return person.display_name if person else None
        return answer.subject.persona

    def _found(self, sought: str) -> tuple[list[Person], int]:
        if not sought:
            return [], 0
        return self.core.accounts.people.found(sought, limit=MOST_FOUND)

    def _people(self, contexts: Any) -> dict[str, Person]:
        return self.core.accounts.people.by_id({str(context["userId"]) for context in contexts})


def is_person(subject: Subject) -> bool:
    return subject.kind is Kind.PERSON


def add_pages(blueprint: Blueprint, core: Core) -> NavItem:
    """Adds `/qa/explain` and the answers below it."""
    pages = ExplainPages(core, personas_of(core))
    blueprint.context_processor(
        lambda: {"answered": wording.told, "decided": wording.told_decision, "words": wording}
    )
    _add_questions(blueprint, pages)
    _add_answers(blueprint, pages)
    return NavItem("qa.explain", "qa.explain.name", "qa.explain.purpose")


def _add_questions(blueprint: Blueprint, pages: ExplainPages) -> None:
    @blueprint.get("/explain")
    def explain() -> str:
        return pages.start()

    @blueprint.post("/explain/people")
    def explain_people() -> str:
        """By a form, and not in the address: names do not belong into logs."""
        return pages.start(sought=request.form.get("q", "").strip())

    @blueprint.post("/explain")
    def explain_ask() -> Response:
        sent = {**request.form, **_cell(request.form.get("cell", ""))}
        try:
            question = pages.questions.read(sent)
        except AppError as error:
            if error.code not in (ErrorCode.BAD_INPUT, ErrorCode.NOT_FOUND):
                raise
            return make_response(pages.start(error=error), error.status)
        return pages.ask(question, sent.get("feature"))


def _add_answers(blueprint: Blueprint, pages: ExplainPages) -> None:
    @blueprint.get("/explain/<answer_id>")
    def explain_answer(answer_id: str) -> str:
        return pages.answer(answer_id, None)

    @blueprint.get("/explain/<answer_id>/<key>")
    def explain_feature(answer_id: str, key: str) -> str:
        return pages.answer(answer_id, key)

    @blueprint.post("/explain/<answer_id>/again")
    def explain_again(answer_id: str) -> Response:
        answer = pages.explain.answer(answer_id)
        question = pages.questions.again(answer.subject, answer.row.context)
        return pages.ask(question, request.form.get("feature") or answer.row.feature)


def _cell(text: str) -> dict[str, str]:
    """A cell of a table, in one button: `feature/persona`."""
    feature, slash, persona = text.partition("/")
    return {"feature": feature, "persona": persona} if slash else {}


def _address(answer_id: str, key: str | None) -> str:
    if key is None:
        return url_for("qa.explain_answer", answer_id=answer_id)
    return url_for("qa.explain_feature", answer_id=answer_id, key=key)
