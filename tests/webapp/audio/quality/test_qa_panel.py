"""The sound panel: for QA and administrators, and there for nobody else."""

from __future__ import annotations

from tests.harness.house import Guest, House
from tests.harness.response_comparison import answer_of
from webapp.audio.quality.qa_panel import STATIC

HTML = {"Accept": "text/html"}
FILES = sorted(path.name for path in STATIC.iterdir())


def guests(house: House, *roles: str) -> list[Guest]:
    return [house.guest(role.capitalize(), "staff", roles=(role,)) for role in roles]


def test_it_is_on_the_page_of_a_space_for_those_who_look_into_sound(house: House) -> None:
    _, slug = house.space()
    for guest in guests(house, "qa", "administrator"):
        browser = house.browser(guest)
        page = browser.get(f"/spaces/{slug}", headers=HTML).text
        for file in FILES:
            assert f"/quality/{file}" in page
            assert browser.get(f"/quality/{file}").status_code == 200
        assert "/quality/" not in browser.get("/", headers=HTML).text


def test_for_others_it_was_never_written(house: House) -> None:
    _, slug = house.space()
    assert FILES
    for guest in [*guests(house, "tester", "product_manager"), None]:
        browser = house.browser(guest)
        page = browser.get(f"/spaces/{slug}", headers=HTML).text
        assert "panel" not in page.lower()
        for file in FILES:
            for headers in ({}, HTML, {"If-None-Match": "*"}, {"Range": "bytes=0-3"}):
                paths = (f"/quality/{file}", f"/quality/never-{file}", f"/never/{file}")
                answers = set()
                for path in paths:
                    got = browser.get(path, headers=headers)
                    answers.add(answer_of(got.status_code, list(got.headers), got.data, path))
                assert len(answers) == 1, (guest, file, headers)


def test_a_folder_gives_its_files_and_nothing_beside_them(house: House) -> None:
    [quinn] = guests(house, "qa")
    for path in ("../service.py", "..%2fservice.py", "", ".", "%2e%2e/qa_panel.py"):
        assert house.browser(quinn).get(f"/quality/{path}").status_code == 404
