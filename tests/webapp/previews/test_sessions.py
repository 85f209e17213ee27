"""A preview lives below a path of its own, in the browser of who opened it, and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.harness.house import Guest, House, Looker
from tests.harness.response_comparison import Answer, answer_of
from webapp.accounts.authentication import COOKIE
from webapp.http import preview_prefix
from webapp.http.errors import AppError
from webapp.previews.preview_spec import Wanted

LINK = re.compile(r'value="(http[^"]*/qa/preview/[^"]*)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
HTML = {"Accept": "text/html"}


def token_of(text: str) -> str:
    found = TOKEN.search(text)
    assert found is not None
    return found[1]


@pytest.fixture
def looker(house: House, quinn: Guest) -> Looker:
    return house.looks(quinn)


def answered(browser: FlaskClient, method: str, path: str) -> Answer:
    answer = browser.open(path, method=method, headers=HTML)
    return answer_of(answer.status_code, answer.headers, answer.data, path)


def opened(browser: FlaskClient, looker: Looker) -> bool:
    """Whether somebody is taken for the person in a preview."""
    answer = browser.get(f"{looker.base}/account", headers=HTML)
    return answer.status_code == 200 and "Beta listener" in answer.text


def test_from_the_form_to_the_preview(house: House, quinn: Guest) -> None:
    browser = house.browser(quinn)
    form = token_of(browser.get("/qa/preview").text)
    sent = {"csrf_token": form, "who": "persona:Quiet listener", "force-reactions": "open:tapback"}
    link = LINK.search(browser.post("/qa/preview", data=sent).text)
    assert link is not None
    path = urlsplit(link[1]).path
    page = browser.get(path).text
    assert "reactions forced open (tapback)" in page
    assert "web-listening open, because of reactions" in page
    there = browser.post(path, data={"csrf_token": form}).headers["Location"]
    lobby = browser.get(there).text
    assert "Preview: you see Soundcheck as “Quiet listener”." in lobby
    assert "reactions forced open (tapback)" in lobby
    # And the browser is QA's as before, beside it.
    assert "Quinn" in browser.get("/account").text


def test_the_address_is_no_secret(house: House, looker: Looker) -> None:
    assert opened(house.browser(looker), looker)
    other = house.guest("Quentin", "staff", roles=("qa",))
    for guest in (None, house.guest("Tess"), other):
        assert not opened(house.browser(guest), looker)


def test_a_cookie_is_worth_nothing_below_another_path(
    house: House, quinn: Guest, looker: Looker
) -> None:
    other = house.looks(quinn)
    for name, value in (
        (preview_prefix.COOKIE, other.cookie),
        (preview_prefix.COOKIE, quinn.cookie),
    ):
        browser = house.app.test_client()
        browser.set_cookie(name, value)
        assert not opened(browser, looker)


def test_a_previews_cookie_is_no_login_elsewhere(house: House, looker: Looker) -> None:
    browser = house.app.test_client()
    browser.set_cookie(COOKIE, looker.cookie)
    browser.set_cookie(preview_prefix.COOKIE, looker.cookie)
    assert browser.get("/account", headers=HTML).status_code == 303


def test_without_a_cookie_the_path_is_like_any_other(house: House, looker: Looker) -> None:
    tess = house.guest("Tess")
    for guest, cookie in ((None, None), (tess, None), (tess, tess.cookie)):
        browser = house.browser(guest)
        if cookie:  # one's own login, called a preview's
            browser.set_cookie(preview_prefix.COOKIE, cookie)
        for method in ("GET", "POST", "PUT"):
            asked, never = (
                answered(browser, method, path) for path in (f"{looker.base}/", "/never/written")
            )
            assert asked == never


def test_a_link_is_worth_nothing_to_an_outsider(house: House, quinn: Guest) -> None:
    made = house.core.previews.make(quinn.person, Wanted("X", "beta"))
    path = f"/qa/preview/{house.core.previews.token(made)}"
    for guest in (None, house.guest("Tess")):
        asked, never = (answered(house.browser(guest), "GET", one) for one in (path, "/never"))
        assert asked == never
        house.browser(guest).post(path)
    assert house.core.previews.history()[0].uses == ()


@pytest.mark.parametrize("roles", [("qa",), ("product_manager",), ("administrator",)])
def test_who_may_make_and_open_previews(house: House, roles: tuple[str, ...]) -> None:
    maker = house.guest("M", "staff", roles=roles)
    assert opened(house.browser(looker := house.looks(maker)), looker)


def test_who_may_not(house: House, looker: Looker) -> None:
    for guest in (house.guest("Tess"), looker):
        with pytest.raises(AppError, match="not_allowed"):
            house.core.previews.make(guest.person, Wanted("X", "beta"))
        with pytest.raises(AppError, match="not_allowed"):
            house.core.previews.revoke(looker.preview, guest.person)


def test_a_banner_stands_on_every_page_of_a_preview(house: House, looker: Looker) -> None:
    browser = house.browser(looker)
    _, slug = house.space()
    for path in ("/", "/account", f"/spaces/{slug}", "/never/written"):
        text = browser.get(looker.base + path, headers=HTML).text
        assert 'class="preview-banner"' in text
        assert "Leave preview" in text
    assert "preview" not in house.browser(house.guest("Tess")).get("/account").text


def test_everything_on_a_page_leads_below_the_path(house: House, looker: Looker) -> None:
    _, slug = house.space()
    for path in ("/", "/account", f"/spaces/{slug}", "/never/written"):
        text = house.browser(looker).get(looker.base + path, headers=HTML).text
        addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', text)
        outside = {
            a for a in addresses if not a.startswith((f"{looker.base}/", "/static/", "/qa/static/"))
        }
        assert outside == set(), path


def test_leaving_ends_it_and_qa_stays_signed_in(house: House, quinn: Guest, looker: Looker) -> None:
    browser = house.browser(quinn)
    browser.set_cookie(preview_prefix.COOKIE, looker.cookie, path=f"{looker.base}/")
    form = token_of(browser.get(f"{looker.base}/").text)
    tab = house.tab(looker)
    answer = browser.post(f"{looker.base}/preview/leave", data={"csrf_token": form})
    assert answer.headers["Location"] == f"{looker.base}/"
    over = browser.get(f"{looker.base}/", headers=HTML)
    assert over.status_code == 410
    assert "The preview is over" in over.text
    assert not tab.connected
    assert "Quinn" in browser.get("/account").text


def test_for_others_there_is_no_way_out_of_a_preview(house: House) -> None:
    tess = house.browser(house.guest("Tess"))
    there, never = tess.post("/preview/leave"), tess.post("/preview/never")
    assert (there.status_code, there.data) == (never.status_code, never.data)


def test_nobody_signs_in_elsewhere_from_a_preview(house: House, looker: Looker) -> None:
    link = house.core.accounts.links.make(house.guest("Tess").id)
    browser = house.browser(looker)
    form = token_of(browser.get(f"{looker.base}/account").text)
    for path in ("/sign-in", f"/sign-in/{link}", "/i/x"):
        assert browser.get(looker.base + path).status_code == 404
        posted = browser.post(looker.base + path, data={"csrf_token": form})
        assert posted.status_code == 404
    house.core.accounts.links.check(link)
    made = browser.post(f"{looker.base}/account/link", data={"csrf_token": form})
    assert made.status_code == 404


def test_only_previews_may_stand_in_a_frame(house: House, looker: Looker) -> None:
    here = house.browser(looker).get(f"{looker.base}/")
    assert here.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    elsewhere = house.browser(house.guest("Tess")).get("/")
    assert elsewhere.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_the_language_of_a_preview_is_its_own(house: House, quinn: Guest, looker: Looker) -> None:
    browser = house.browser(quinn)
    browser.set_cookie(preview_prefix.COOKIE, looker.cookie, path=f"{looker.base}/")
    form = token_of(browser.get(f"{looker.base}/").text)
    sent = {"csrf_token": form, "language": "fr", "next": f"{looker.base}/account"}
    answer = browser.post(f"{looker.base}/language", data=sent)
    assert answer.headers["Location"] == f"{looker.base}/account"
    assert "Quitter l’aperçu" in browser.get(f"{looker.base}/").text
    assert 'lang="en"' in browser.get("/account").text
