"""People from a file: looked at, then all of them or nobody."""

from __future__ import annotations

import csv
import io
import re
from base64 import b64decode

import pytest
from werkzeug.test import TestResponse

from tests.harness.factories import BASE_URL, House, Page, Visitor
from tests.webapp.console.test_feature_routes import seen

IMPORT = "/console/people/import"


def checked(paula: Visitor, content: bytes) -> TestResponse:
    """The answer to a file."""
    form = Page(paula.get(IMPORT).text).named("Check the file").form
    assert form is not None
    fields = {
        "csrf_token": form.fields["csrf_token"],
        "file": (io.BytesIO(content), "people.csv"),
    }
    return paula.open("POST", IMPORT, data=fields, content_type="multipart/form-data")


def test_says_line_by_line_what_is_wrong_and_adds_nobody(house: House, paula: Visitor) -> None:
    answer = checked(paula, b"name,cohort,followers\nAlma,beta,\nBo,gamma,many\nPaula,beta,1\n")
    text = seen(answer)
    assert answer.status_code == 400
    assert "3 problems in the file" in text
    assert "Line 3:</strong> \u201cmany\u201d is not a whole number of followers." in text
    assert "Line 3:</strong> There is no cohort \u201cgamma\u201d." in text
    assert "Line 4:</strong> There is a \u201cPaula\u201d already." in text
    assert "Add 1 person" not in text
    assert [person.display_name for person in house.accounts.people.all()] == ["Paula"]


def test_shows_everybody_then_adds_them_with_links_shown_once(house: House, paula: Visitor) -> None:
    look = checked(paula, "\ufeffname;cohort;country\nZo\u00eb <b>;beta;FR\nBo;alpha;\n".encode())
    assert "The file is good: 2 people" in seen(look)
    assert "Zo\u00eb &lt;b&gt;" in look.text
    assert len(house.accounts.people.all()) == 1
    content = look.text.split('<textarea name="content" hidden>\n')[1].split("</textarea>")[0]
    form = Page(look.text).named("Add 2 people").form
    assert form is not None
    sent = form.fields | {"content": content.replace("&lt;", "<").replace("&gt;", ">")}
    done = paula.open("POST", IMPORT, data=sent, content_type="multipart/form-data")
    assert "2 people were added" in seen(done)
    assert done.headers["Cache-Control"] == "no-store"
    file = done.text.split('href="data:text/csv;charset=utf-8;base64,')[1].split('"')[0]
    header, *rows = csv.reader(io.StringIO(b64decode(file).decode("utf-8-sig")))
    assert header == ["name", "cohort", "link"]
    zoe = house.stranger()
    zoe.press(rows[0][2].removeprefix(BASE_URL), "Sign in")
    assert "Zo\u00eb" in zoe.get("/account").text
    again = paula.open("POST", IMPORT, data=sent, content_type="multipart/form-data")
    assert again.status_code == 400
    assert len(house.accounts.people.all()) == 3


def test_no_file_at_all(house: House, paula: Visitor) -> None:
    assert "There is nobody in the file." in seen(checked(paula, b""))


def test_the_template_can_be_taken_over_as_it_is(house: House, paula: Visitor) -> None:
    template = paula.get(f"{IMPORT}/template.csv")
    assert template.headers["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert "The file is good: 2 people" in seen(checked(paula, template.data))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_list_from_excel_comes_in_and_its_links_open_in_excel(
    house: House, paula: Visitor, encoding: str
) -> None:
    look = checked(paula, "sep=;\r\nname;cohort;\r\nZoé;beta;\r\n".encode(encoding))
    answer = paula.press_on(look, "Add 1 person", content=content_of(look))
    assert house.accounts.people.find("Zoé").cohort == "beta"
    file = re.search(r"base64,([^\"]+)", answer.text)
    assert file is not None
    assert b64decode(file[1]).startswith(b"\xef\xbb\xbfname")


def content_of(look: TestResponse) -> str:
    """What the form that follows a look holds of the file, with line ends as browsers send them."""
    (entry,) = [
        entry for form in Page(look.text).forms for entry in form.entries if entry.name == "content"
    ]
    return entry.value.replace("\n", "\r\n")
