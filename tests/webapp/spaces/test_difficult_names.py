"""Every field that takes a name, and names that are hard to keep: either the name is taken, and
what bears it can be opened, changed and removed and shows it whole; or it is refused in words.

Fields are found in the pages' own forms: a new one is in here by default.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.test import TestResponse

from flags.catalogue import REACTIONS
from flags.sources.interface import BadEdit, FeatureState
from tests.harness.factories import Page, Visitor
from tests.harness.house import House
from tests.webapp.app.test_rejected_forms import World, editable, submit, world
from webapp.feature_flags import import_export

__all__ = ["world"]

NAMES = {
    "a dot": ".",
    "two dots": "..",
    "a slash": "/",
    "a path": "../../console",
    "a query": "a?b#c&d=%2e",
    "a backslash": "..\\x",
    "Chinese": "李雷",
    "Arabic": "محمد علي",
    "with a mark that turns text": "\u202eevil",
    "a family": "👨‍👩‍👧‍👦",
    "sixty wide characters": "界" * 60,
    "markup": "<b>&amp;</b>",
    "nothing to be seen": "\u200b",
}

NO_NAMES = {
    "a number, a date or a code": {"uses", "days", "percent", "followers", "at", "country"},
    "looked for, never kept": {"q"},
    "properties of somebody made up": {"platform", "others", "id"},
    "text, shown as text": {"note", "description"},
}

COVERED = {
    ("accounts.rename", "display_name"),
    ("accounts.join", "display_name"),
    ("console.add_cohort", "cohort"),
    ("console.rename_cohort", "cohort"),
    ("console.invite", "welcome"),
    ("qa.matrix_add", "name"),
}
"""Fields of forms that take names; each has a test below."""


def test_every_field_that_takes_a_name_is_covered(world: World) -> None:
    no_names = set.union(*NO_NAMES.values())
    found = {
        (endpoint, entry.name)
        for (endpoint, *_), (_, form) in world.forms.items()
        for entry in editable(form)
        if entry.kind in ("text", "textarea") and entry.name not in no_names
    }
    assert found == COVERED


@pytest.fixture(params=NAMES.values(), ids=NAMES.keys())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("names"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def wanda(house: House) -> Visitor:
    visitor = Visitor(house.app)
    roles = ["product_manager", "qa"]
    visitor.cookie = house.guest("Wanda", "staff", roles=roles).cookie
    return visitor


def shows(page: TestResponse, name: str) -> bool:
    """Whether a page says the name whole, and leads to no place that its author did not mean."""
    assert page.status_code == 200, page.status
    for address in re.findall(r'(?:href|action)="([^"]*)"', page.text):
        path = urlsplit(html.unescape(address)).path
        if path.startswith("/"):
            browsers = urlsplit(urljoin("http://127.0.0.1:5000/", path.replace("\\", "/"))).path
            assert browsers == path, f"browsers read {path} as {browsers}"
    return html.escape(name) in page.text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


def taken(answer: TestResponse, sentence: str) -> bool:
    """Whether a form took a name; if not, it must say why."""
    if answer.status_code == 303:
        return True
    assert answer.status_code == 400, answer.status
    assert sentence in html.unescape(answer.text)
    return False


def test_a_display_name(house: House, wanda: Visitor, name: str) -> None:
    answer = wanda.press("/account", "Save name", display_name=name)
    if taken(answer, "1 to 40"):
        for page in ("/account", "/console/people", "/"):
            assert shows(wanda.get(page), name)
        person = house.core.accounts.people.find(name)
        assert person.display_name == name
        house.core.accounts.people.rename(person.id, "Wanda")


def test_the_name_of_somebody_who_joins(house: House, wanda: Visitor, name: str) -> None:
    invitations = house.core.accounts.invitations
    stranger = Visitor(house.app)
    made = invitations.make("beta", 1, timedelta(days=1))
    link = f"/i/{invitations.token(made)}"
    form = Page(stranger.get(link).text).forms[-1]
    answer = stranger.open("POST", link, data=form.fields | {"display_name": name})
    if taken(answer, "1 to 40"):
        assert shows(wanda.get("/console/people"), name)
        wanda.press("/console/people", f"Move {name}", cohort="alpha")
        person = house.core.accounts.people.find(name)
        assert person.cohort == "alpha"
        house.core.accounts.people.rename(person.id, "Somebody")


def test_a_cohort(house: House, wanda: Visitor, name: str) -> None:
    if "friends" not in house.core.cohort_names():
        wanda.press("/console/people", "Make cohort", cohort="friends")
    said = "A cohort’s name has 1 to 30 lower-case letters"
    assert not taken(wanda.press("/console/people", "Make cohort", cohort=name), said)
    assert not taken(wanda.press("/console/people", "Rename friends", cohort=name), said)


def test_what_an_invitation_says(house: House, wanda: Visitor, name: str) -> None:
    answer = wanda.press("/console/people", "Make invitation", cohort="beta", welcome=name)
    assert taken(answer, "")
    page = wanda.get("/console/people")
    assert shows(page, name)
    (made,) = [one for one in house.core.accounts.invitations.all() if one.welcome == name.strip()]
    gone = submit(wanda, "/console/people", f"/console/people/invitations/{made.id}/revoke")
    assert gone.status_code == 303


def test_a_persona(house: House, wanda: Visitor, name: str) -> None:
    answer = wanda.press("/qa/matrix/new", "Make persona", name=name, cohort="beta")
    if not taken(answer, "1 to 40 characters"):
        return
    matrix = wanda.get("/qa/matrix")
    assert shows(matrix, name)
    at = next(c for c in Page(matrix.text).controls if c.name == name).attributes["href"]
    page = wanda.get(str(at))
    assert Page(page.text).headings == [name]
    assert wanda.press_on(page, "Save persona", cohort="alpha").status_code == 303
    assert wanda.press(str(at), "Expect what is now").status_code == 303
    asked = submit(wanda, str(at), "/qa/explain")
    assert shows(wanda.get(asked.location), name)
    preview = wanda.press("/qa/preview", "Make preview", who=f"persona:{name}")
    assert shows(preview, name)
    assert wanda.press(str(at), "Delete for good").status_code == 303
    assert wanda.get(str(at)).status_code == 404


def test_a_persona_after_the_language_was_changed(wanda: Visitor, name: str) -> None:
    answer = wanda.press("/qa/matrix/new", "Make persona", name=name, cohort="beta")
    if answer.status_code != 303:
        return
    matrix = wanda.get("/qa/matrix")
    at = next(c for c in Page(matrix.text).controls if c.name == name).attributes["href"]
    for button in ("Français", "English"):
        at = wanda.press(str(at), button).location
        assert Page(wanda.get(at).text).headings == [name]
    assert wanda.press(at, "Delete for good").status_code == 303


def test_the_title_of_a_space(house: House, wanda: Visitor, name: str) -> None:
    tab = house.tab(house.guest("Hana", followers=1200))
    ack = tab.call("hosting.open", {"title": name})
    if not ack["ok"]:
        assert (ack["error"]["code"], ack["error"]["fields"]) == ("bad_input", ["title"])
        return
    slug = ack["data"]["slug"]
    visitor = Visitor(house.app)
    visitor.cookie = house.guest("Zoe", "alpha").cookie
    assert shows(visitor.get(f"/spaces/{slug}"), name)
    whom = {"space": slug, "1-who": "cohort:beta", "2-who": "cohort:alpha"}
    page = wanda.get("/qa/compare")
    form = next(one for one in Page(page.text).forms if one.action == "/qa/compare")
    run = wanda.open("POST", "/qa/compare", data=form.fields | whom)
    assert shows(wanda.get(run.location), name)
    assert shows(wanda.get("/qa/compare"), name)


def test_names_in_a_list_of_people(house: House, name: str) -> None:
    text = f'name,cohort\n"{name}",beta\n'
    sheet = house.core.accounts.importing.look(text)
    if sheet.problems:
        assert [problem.code for problem in sheet.problems] == ["name"]
        return
    (arrival,) = house.core.accounts.importing.bring_in(text)
    assert arrival.person.display_name == name


def test_names_in_an_import_of_features(house: House, wanda: Visitor, name: str) -> None:
    """Of a feature: refused. Of its variants: taken, and their shares can be edited."""
    written = import_export.written(house.core.source)
    with pytest.raises(BadEdit, match="there is no feature"):
        import_export.read(written.replace(f'"{REACTIONS}"', quoted(name)))
    before = house.core.source.feature(REACTIONS)
    (after,) = import_export.read(content_of(before).replace('"tray"', quoted(name)))
    house.core.source.put(after, "Wanda")
    address = f"/console/features/{REACTIONS}"
    page = wanda.get(address)
    assert shows(page, name)
    shares = {f"weight.{name}": "40", "weight.tapback": "60"}
    form = next(one for one in Page(page.text).forms if one.action == f"{address}/audience")
    assert form.fields.keys() >= shares.keys()
    saved = wanda.open("POST", form.action, data=form.fields | shares)
    assert saved.status_code == 303
    assert house.core.source.feature(REACTIONS).variants[name] == 400
    house.core.source.put(before, "Wanda")


def content_of(state: FeatureState) -> str:
    """A file with one feature in it."""
    features = {state.key: {name: getattr(state, name) for name in import_export.NAMES}}
    return json.dumps({"format": import_export.FORMAT, "features": features}, default=dict)


def quoted(name: str) -> str:
    return json.dumps(name)
