"""Every form of every page: when it is refused, what was entered comes back.

The forms are those that the pages show, and the endpoints those of the URL map: a new form is in
here by default, and one that no page of this test shows makes it fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from werkzeug.routing import MapAdapter
from werkzeug.test import TestResponse

from flags.catalogue import REACTIONS, WEB_SPEAKING
from flags.sources.interface import Closing
from tests.harness.factories import BASE_URL, Entry, Form, Page, Visitor
from tests.harness.house import Guest, House
from tests.webapp.problem_reports.browser_reports import report, send
from webapp.qa.personas.schema import Persona
from webapp.qa.personas.service import personas_of

BY_SCRIPT = {"reports.send", "reports.read", "wrong_origin"}
"""POST, but no form of a page: scripts send these, and keep what was entered themselves."""

IN_A_PREVIEW = {"previews.leave"}
"""A button on the pages that are seen as somebody else."""

TAKES_EVERYTHING = {"qa.explain_people", "qa.inbox_find", "console.find_people"}
"""Searches: there is nothing that one could not look for."""

NO_NUMBERS = ("", "1e1", "5_0", "٥٠", "-1", "+5", "99999999999")
WRONG = {
    "text": ("", "x" * 3000, "\u202e", "/"),
    "textarea": ("x" * 3000,),
    "number": NO_NUMBERS,
    "datetime-local": ("", "soon", "2020-01-01T00:00"),
    "select": ("nowhere",),
    "radio": ("nowhere",),
    "checkbox": ("nowhere",),
}


@dataclass
class World:
    """Somebody who may do everything, and every form that they are shown, by endpoint and by the
    fields in it."""

    house: House
    adapter: MapAdapter
    forms: dict[tuple[str, ...], tuple[Visitor, Form]] = field(default_factory=dict)

    def endpoint(self, address: str, method: str) -> str:
        path = re.split("[?#]", address.removeprefix(BASE_URL))[0]
        return str(self.adapter.match(path, method=method)[0])

    def take(self, visitor: Visitor, page: TestResponse) -> set[str]:
        """The forms of a page, and where it leads."""
        for form in Page(page.text).forms:
            if form.method == "post":
                names = sorted({entry.name for entry in editable(form)})
                key = (self.endpoint(form.action, "POST"), *names)
                self.forms.setdefault(key, (visitor, form))
        return set(re.findall(r'href="(/[^"#]*)"', page.text))

    def crawl(self, visitor: Visitor, *starts: str) -> None:
        waiting, seen = list(starts), set[str]()
        while waiting:
            address = waiting.pop(0).replace("&amp;", "&")
            if address.startswith(("/static", "/sign-in")):
                continue
            if not self.adapter.test(address.partition("?")[0], method="GET"):
                continue
            endpoint = self.endpoint(address, "GET")
            if endpoint in seen or endpoint.endswith("static"):
                continue
            seen.add(endpoint)
            answer = visitor.get(address)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                waiting += sorted(self.take(visitor, answer))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A house in which there is one of everything."""
    house = House(tmp_path_factory.mktemp("forms"))
    all_of_it = house.guest("Wanda", "staff", roles=["administrator", "product_manager", "qa"])
    visitor = Visitor(house.app)
    visitor.cookie = all_of_it.cookie
    made = World(house, house.app.url_map.bind("127.0.0.1:5000", url_scheme="http"))
    tomas = house.guest("Tomas", "beta")
    house.sign_in(all_of_it.person)
    more = _populate(house, visitor, tomas)
    starts = (
        "/",
        "/account",
        "/console",
        f"/console/features/{REACTIONS}",
        "/console/turn-off",
        "/qa",
    )
    made.crawl(visitor, *starts)
    for address in more:
        made.take(visitor, visitor.get(address))
    ben = Visitor(house.app)
    ben.cookie = house.guest("Ben", "staff", roles=["product_manager"]).cookie
    made.take(ben, ben.get(f"/console/features/{WEB_SPEAKING}"))
    for key in (WEB_SPEAKING, "web-hosting"):
        made.take(visitor, visitor.get(f"/console/features/{key}"))
    invitation = house.core.accounts.invitations.all()[0]
    stranger = Visitor(house.app)
    token = house.core.accounts.invitations.token(invitation)
    made.take(stranger, stranger.get(f"/i/{token}"))
    link = house.core.accounts.links.make(tomas.id)
    made.take(stranger, stranger.get(f"/sign-in/{link}"))
    yield made
    house.close()


def _populate(house: House, visitor: Visitor, tomas: Guest) -> list[str]:
    """Makes one of everything; returns addresses of some of it."""

    house.space()
    house.core.accounts.people.add_cohort("friends")
    visitor.press("/console/people", "Make invitation", cohort="beta")
    visitor.press("/account", "Make a sign-in link")
    visitor.press("/qa/preview", "Make preview", who="cohort:beta")
    personas_of(house.core).add(Persona(name="Nora", cohort="beta", id="nora"), "Wanda")
    removed = personas_of(house.core).everybody().kept[0].persona.name
    personas_of(house.core).remove(removed, 0, "Wanda")
    features = "/console/features/"
    visitor.press(features + REACTIONS, "Schedule it", turn="off", at="2026-12-01T10:00")
    house.core.source.set_rollout(REACTIONS, 50, "Wanda")
    visitor.press(f"{features}{WEB_SPEAKING}", "Protect it")
    visitor.press(features + "web-hosting", "Protect it")
    visitor.press(f"{features}{WEB_SPEAKING}", "Propose changes", percent="40")
    house.core.source.turn_off("web-hosting", Closing.DRAIN, "Wanda")
    browser = house.browser(tomas)
    sent = [report(text) for text in ("No sound", "Crackling", "Echo")]
    for one in sent:
        assert send(browser, one).status_code == 201
    closed = f"/qa/inbox/{sent[2]['id']}"
    submit(visitor, closed, f"{closed}/close", note="Mended.")
    whom = {"space": house.core.spaces.lobby()[0].slug}
    whom |= {"1-who": "cohort:beta", "2-who": "cohort:alpha"}
    compared = submit(visitor, "/qa/compare", "/qa/compare", **whom)
    asked = submit(visitor, "/qa/matrix/persona?name=Nora", "/qa/explain")
    return [
        "/qa/matrix/persona?name=Nora",
        *(f"/qa/inbox/{one['id']}" for one in sent[1:]),
        compared.location,
        asked.location,
    ]


def submit(visitor: Visitor, path: str, action: str, **filled: str) -> TestResponse:
    """Sends the form of a page that goes to `action`."""
    page = visitor.get(path)
    form = next(
        one for one in Page(page.text).forms if (one.method, one.action) == ("post", action)
    )
    return visitor.open("POST", action, data=form.fields | filled)


def editable(form: Form) -> list[Entry]:
    return [entry for entry in form.entries if entry.is_editable]


def filled(form: Form) -> list[Entry]:
    """The form with something of one's own in every field."""
    return [_chosen(entry, form) for entry in form.entries]


def _chosen(entry: Entry, form: Form) -> Entry:
    if entry.kind == "select":
        return replace(entry, value=entry.options[-1])
    if entry.kind == "radio":
        last = [other for other in form.entries if other.name == entry.name][-1]
        return replace(entry, checked=entry is last)
    if entry.kind == "checkbox":
        return replace(entry, checked=not entry.checked)
    other = {
        "text": "Zoé  <2> & co",
        "search": "Zoé",
        "textarea": "\n  Zoé: <2>\nBo: & co",
        "number": "7",
        "datetime-local": "2027-03-01T10:15",
    }
    return replace(entry, value=other.get(entry.kind, entry.value))


def content(entries: list[Entry]) -> dict[str, list[str]]:
    """What a browser sends."""
    sent: dict[str, list[str]] = {}
    for entry in entries:
        if entry.kind != "file" and (entry.checked or not entry.is_tick):
            sent.setdefault(entry.name, []).append(entry.value)
    return sent


def variations(form: Form) -> Iterator[tuple[str, str, list[Entry]]]:
    """The filled form with one wrong thing in it: which field, what, and all of it."""
    for index, entry in enumerate(entries := filled(form)):
        if not entry.is_tick or entry.checked:
            yield from _made_wrong(entries, index)


def _made_wrong(entries: list[Entry], index: int) -> Iterator[tuple[str, str, list[Entry]]]:
    entry = entries[index]
    if entry.is_editable:
        for wrong in WRONG.get(entry.kind, ()):
            changed = [*entries[:index], replace(entry, value=wrong), *entries[index + 1 :]]
            yield entry.name, wrong, changed


def lost(form: Form, sent: list[Entry], wrong: str, answer: TestResponse) -> list[str]:
    """The fields that did not come back. A choice that is not offered cannot; all others do."""
    back = next((one for one in Page(answer.text).forms if is_same(one, form)), None)
    if back is None:
        return [f"the whole form ({answer.status_code})"]
    before, after = content(sent), content(back.entries)
    names = {entry.name for entry in sent if entry.is_editable}
    choices = {entry.name for entry in sent if entry.kind in ("select", "radio", "checkbox")}
    return sorted(
        f"{name}: {before.get(name)} became {after.get(name)}"
        for name in names - ({wrong} & choices)
        if _plain(before.get(name)) != _plain(after.get(name))
    )


def is_same(one: Form, other: Form) -> bool:
    names = [{entry.name for entry in editable(form)} for form in (one, other)]
    return one.action == other.action and names[0] == names[1]


def _plain(values: list[str] | None) -> list[str]:
    return [value.replace("\r\n", "\n") for value in values or []]


def test_every_form_of_the_url_map_is_shown_by_a_page(world: World) -> None:
    every = {
        rule.endpoint
        for rule in world.house.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.rule.startswith("/socket.io")
    }
    shown = {endpoint for endpoint, *_ in world.forms}
    unseen = every - shown - BY_SCRIPT - IN_A_PREVIEW
    assert sorted(unseen) == []


def test_a_form_with_an_expired_token_comes_back_as_it_was_sent(world: World) -> None:
    problems: list[str] = []
    for (endpoint, *fields), (visitor, form) in sorted(world.forms.items()):
        entries = [
            replace(entry, value="expired") if entry.name == "csrf_token" else entry
            for entry in filled(form)
        ]
        answer = visitor.open("POST", form.action, data=content(entries))
        if answer.status_code != 400:
            problems.append(f"{endpoint}: answered {answer.status_code}")
        if not fields:
            continue
        problems += [f"{endpoint}: {one[:200]}" for one in lost(form, entries, "", answer)]
        if (
            "This page was open for too long" not in answer.text
            or 'role="alert"' not in answer.text
        ):
            problems.append(f"{endpoint}: does not say why")
    assert problems == []


def test_a_form_with_an_expired_token_can_be_sent_again(world: World) -> None:
    (visitor, form) = world.forms["console.add_cohort", "cohort"]
    data = {"cohort": "late", "csrf_token": "expired"}
    refused = visitor.open("POST", form.action, data=data)
    assert "late" not in dict(world.house.core.accounts.people.cohorts())
    again = next(one for one in Page(refused.text).forms if is_same(one, form))
    assert visitor.open("POST", form.action, data=again.fields).status_code == 303
    assert "late" in dict(world.house.core.accounts.people.cohorts())


def test_an_expired_token_for_a_program_is_a_problem(world: World) -> None:
    (visitor, form) = world.forms["console.add_cohort", "cohort"]
    json = {"Accept": "application/json"}
    refused = visitor.open("POST", form.action, data={"cohort": "late"}, headers=json)
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")


def test_a_stranger_with_a_wrong_token_does_not_learn_that_a_form_exists(world: World) -> None:
    stranger = Visitor(world.house.app)
    data = {"cohort": "late", "csrf_token": "expired"}
    known, unknown = (
        stranger.open("POST", path, data=data) for path in ("/console/people/cohorts", "/nowhere")
    )
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_an_expired_token_on_a_demo_link_signs_nobody_in(world: World) -> None:
    stranger = Visitor(world.house.app)
    links = world.house.core.accounts.links
    path = f"/sign-in/{links.demo_link('speaker')}"
    answer = stranger.open("POST", path, data={"csrf_token": "expired"})
    assert answer.status_code in (400, 404)
    assert stranger.get("/account").location == "/sign-in"


def test_a_refused_form_comes_back_as_it_was_sent(world: World) -> None:
    problems: list[str] = []
    refused: set[str] = set()
    with_fields = {key[0] for key in world.forms if len(key) > 1}
    for (endpoint, *_), (visitor, form) in sorted(world.forms.items()):
        for name, wrong, entries in variations(form):
            answer = visitor.open("POST", form.action, data=content(entries))
            if answer.status_code < 400:
                is_number = next(e for e in entries if e.name == name).kind == "number"
                if is_number and wrong not in ("", "99999999999"):
                    problems.append(f"{endpoint}: {name} took {wrong!r}")
                continue
            refused.add(endpoint)
            for one in lost(form, entries, name, answer):
                problems.append(f"{endpoint}, {name}={wrong[:20]!r}: {one[:200]}")
    assert problems == []
    assert with_fields - refused == TAKES_EVERYTHING


def test_a_form_that_met_a_rate_limit_comes_back_and_says_when_to_try_again(world: World) -> None:
    guest = world.house.guest("Rita", "beta")
    visitor = Visitor(world.house.app)
    visitor.cookie = guest.cookie
    page = Page(visitor.get("/account").text)
    form = next(one for one in page.forms if one.action == "/account/name")
    while world.house.core.limits.allow(guest.id, "rename"):
        pass
    entries = filled(form)
    answer = visitor.open("POST", form.action, data=content(entries))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert lost(form, entries, "", answer) == []
    assert "Try again in a minute." in answer.text
