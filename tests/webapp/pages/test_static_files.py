"""Who may load which of our static files, and what those tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import REPOSITORY
from tests.harness.house import House

WEBAPP = REPOSITORY / "webapp"
STATIC = WEBAPP / "static"
FILES = sorted(str(p.relative_to(STATIC)) for p in STATIC.rglob("*") if p.is_file())
LIBRARIES = sorted(json.loads((WEBAPP / "pages" / "vendor.json").read_text("utf-8")))
STAFF = [
    f"/{name}/static/{p.relative_to(WEBAPP / name / 'static')}"
    for name in ("console", "qa")
    for p in sorted((WEBAPP / name / "static").rglob("*"))
    if p.is_file()
]

TELLING = re.compile(r"preview|persona|\bhls|/console|/qa\b|workbench|compare", re.IGNORECASE)
"""What QA and the console are about, and ways of sound that not everybody has."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def test_stranger_gets_styles_and_the_font_only(house: House) -> None:
    stranger = house.browser()
    loaded = [file for file in FILES if stranger.get(f"/static/{file}").status_code == 200]
    assert loaded == [file for file in FILES if file.startswith("css/") or file == "favicon.svg"]
    libraries = [n for n in LIBRARIES if stranger.get(f"/static/vendor/{n}").status_code == 200]
    assert libraries == ["figtree.woff2"]
    assert [path for path in STAFF if stranger.get(path).status_code == 200] == []


def test_static_file_for_a_stranger_is_as_if_it_were_not_there(house: House) -> None:
    stranger = house.browser()
    there, not_there = (stranger.get(f"/static/js/{name}.js") for name in ("main", "nothing"))
    assert (there.status_code, there.data) == (not_there.status_code, not_there.data)


def test_tester_gets_nothing_of_staff(house: House) -> None:
    house.close_gate("web-listening")
    browser = house.browser(house.guest("Tomas", "public"))
    assert [path for path in STAFF if browser.get(path).status_code != 404] == []
    libraries = [n for n in LIBRARIES if browser.get(f"/static/vendor/{n}").status_code == 200]
    assert libraries == ["figtree.woff2", "socket.io.js"]


@pytest.mark.parametrize("file", FILES)
def test_static_file_tells_a_tester_nothing_of_staff(house: House, file: str) -> None:
    answer = house.browser(house.guest("Tomas")).get(f"/static/{file}")
    assert answer.status_code == 200
    assert TELLING.findall(answer.text) == []


def test_listener_and_qa_get_the_libraries_that_they_need(house: House) -> None:
    listener = house.browser(house.guest("Tomas"))
    assert listener.get("/static/vendor/hls.js").status_code == 200
    assert listener.get("/static/vendor/modern-screenshot.js").status_code == 404
    qa = house.browser(house.guest("Quinn", "staff", roles=("qa",)))
    assert [n for n in LIBRARIES if qa.get(f"/static/vendor/{n}").status_code != 200] == []
