"""Every action, page and file is behind its gate, checked on the server each time: whoever does
not have the feature is answered as if it had never been written.

The walks go over the registries themselves, so that what is added tomorrow is in them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from flags.catalogue import CATALOGUE
from flags.sources.interface import Closing
from tests.harness.house import OFFER, Guest, House, Tab
from tests.harness.response_comparison import Answer, answer_of
from webapp.gating.http import FEATURES, GatedPages

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Accept": "text/html"},
    {"Accept": "application/json"},
    {"If-None-Match": "*"},
    {"Range": "bytes=0-3"},
    {"If-Modified-Since": "Sat, 21 Nov 2026 12:00:00 GMT"},
    {"Origin": "https://elsewhere.example"},
)

CONTENTS: dict[str, dict[str, Any]] = {
    "space.join": {"slug": "SLUG"},
    "listening.answer": {"seat": "SEAT", "sdp": OFFER},
    "listening.candidate": {"seat": "SEAT", "candidate": None},
    "listening.heard": {"ms": 120},
    "listening.stats": {
        "seconds": 5,
        "path": "seat",
        "received": 250,
        "lost": 0,
        "concealed": 0.0,
    },
    "stage.offer": {"sdp": OFFER},
    "stage.candidate": {"seat": "SEAT", "candidate": None},
    "stage.mute": {"muted": True},
    "check.begin": {"sdp": OFFER},
    "check.answer": {"sdp": OFFER},
    "check.candidate": {"seat": "SEAT", "candidate": None},
    "hosting.open": {"title": "Morning show"},
    "hosting.accept": {"person": "PERSON"},
    "hosting.decline": {"person": "PERSON"},
    "hosting.mute": {"person": "PERSON"},
    "hosting.remove": {"person": "PERSON"},
    "reactions.send": {"emoji": "🎉"},
}
"""What makes sense, for the events that carry anything."""


def without(house: House, key: str) -> Guest:
    """Somebody who has every feature but `key` (and those that need it)."""
    house.core.source.set_cohort(key, "staff", False, "a test", closing=Closing.CUT)
    house.tick()
    return house.guest("Without", "staff", followers=5000)


def filled(name: str, guest: Guest, slug: str) -> dict[str, Any]:
    values = {"SLUG": slug, "PERSON": guest.id, "SEAT": f"{slug}.{guest.id}.listen"}
    return {
        field: values.get(value, value) if isinstance(value, str) else value
        for field, value in CONTENTS.get(name, {}).items()
    }


@pytest.mark.parametrize("key", list(CATALOGUE))
def test_every_event_of_a_closed_feature_answers_like_one_that_never_was(
    house: House, key: str
) -> None:
    guest = without(house, key)
    _, slug = house.space()
    tab = house.tab(guest, slug)
    if key != "web-listening":
        tab.does("space.join", slug=slug)
    before = house.core.spaces.told(slug)
    closed = [
        action
        for action in house.core.sockets.actions.values()
        if not any(house.core.gating.is_open(guest.person, gate) for gate in action.gates)
    ]
    assert [action.name for action in closed if key in action.gates], (
        "the walk has something to see"
    )
    made_up = tab.call("never.written", {})
    for action in closed:
        for content in (filled(action.name, guest, slug), {}, None, 5, {"x": 1}, [[]]):
            assert tab.call(action.name, content) == made_up, action.name
        assert tab.call(action.name) == made_up
        assert tab.call(action.name, {}, {}) == made_up
    assert house.core.spaces.told(slug) == before
    assert house.seats() == {}


GATES = {
    "lobby": ("web-listening",),
    "space": ("web-listening",),
    "listening": ("web-listening",),
    "speaking": ("web-speaking",),
    "stage": ("web-hosting", "web-speaking"),
    "check": ("web-hosting", "web-speaking"),
    "hosting": ("web-hosting",),
    "reactions": ("reactions",),
}
"""What the walks take for granted: which gates an event stands behind, by its first word."""


def test_every_event_stands_behind_the_gates_of_its_feature(house: House) -> None:
    for action in house.core.sockets.actions.values():
        assert tuple(sorted(action.gates)) == GATES[action.name.split(".")[0]], action.name


def test_a_gate_is_asked_at_the_moment_of_the_action(house: House) -> None:
    """Not what the browser was last told: it may not have been told yet."""
    _, slug = house.space()
    tab = house.joined(house.guest("Tomas"), slug)
    house.core.source.turn_off("web-speaking", Closing.CUT, "a test")
    house.core.gating.gate.refresh()
    assert tab.call("speaking.where", {}) == tab.call("no.such", {})


@pytest.mark.parametrize("key", list(CATALOGUE))
def test_every_event_of_an_open_feature_is_there(house: House, key: str) -> None:
    """The other side of the walk: else everything closed for ever would pass it."""
    host, slug = house.space()
    for action in list(house.core.sockets.actions.values()):
        if key in action.gates:
            ack = host.call(action.name, filled(action.name, host.guest, slug))
            assert ack.get("error", {}).get("code") != "unknown_event", action.name
            assert ack.get("error", {}).get("code") != "internal", action.name


def asked(browser: FlaskClient, path: str, method: str, headers: dict[str, str]) -> Answer:
    # The path as it is: the client would take two slashes at the beginning for a host.
    environ = {"PATH_INFO": path.split("?")[0]}
    answer = browser.open("/", method=method, headers=headers, environ_overrides=environ)
    return answer_of(answer.status_code, list(answer.headers), answer.data, path)


def variations(path: str) -> list[tuple[str, str]]:
    """An address and a made-up one of the same shape, with the ways to write them."""
    first, rest = path.lstrip("/").split("/", 1)
    other = f"never{first}/{rest}"
    shapes = ("/{}", "/{}/", "//{}", "/{}/x", "/./{}", "/{}\0", "/{};x")
    return [(shape.format(f"{first}/{rest}"), shape.format(other)) for shape in shapes]


def gated_addresses(house: House, key: str, slug: str, *others: str) -> list[str]:
    """Every page and file that stands behind a gate, and behind none of `others` as well."""
    pages = [
        rule.rule.replace("<slug>", slug)
        for rule in house.app.url_map.iter_rules()
        if isinstance(house.app.blueprints.get(rule.endpoint.split(".")[0]), GatedPages)
        and key in house.app.blueprints[rule.endpoint.split(".")[0]].gates  # type: ignore[attr-defined]
        and not set(others) & set(house.app.blueprints[rule.endpoint.split(".")[0]].gates)  # type: ignore[attr-defined]
    ]
    folder = house.core.gating.folders[key].name
    files = (path for path in (FEATURES / folder / "static").rglob("*") if path.is_file())
    return pages + [
        f"/assets/{folder}/{path.relative_to(FEATURES / folder / 'static')}" for path in files
    ]


@pytest.mark.parametrize("key", list(CATALOGUE))
def test_every_page_and_file_of_a_closed_feature_answers_like_one_that_never_was(
    house: House, key: str
) -> None:
    guest = without(house, key)
    _, slug = house.space()
    for address in gated_addresses(house, key, slug, *house.core.gating.gates(guest.person)):
        (plain, nowhere), *written_otherwise = variations(address)
        ways = [(plain, nowhere, method, headers) for method in METHODS for headers in HEADERS[:1]]
        ways += [(plain, nowhere, "GET", headers) for headers in HEADERS]
        ways += [(plain, nowhere, "POST", headers) for headers in HEADERS]
        ways += [(one, other, "GET", {}) for one, other in written_otherwise]
        for signed_in in (guest, None):
            browser = house.browser(signed_in)
            for there, never, method, headers in ways:
                answers = {asked(browser, path, method, headers) for path in (there, never)}
                assert len(answers) == 1, (method, there, headers, answers)


@pytest.mark.parametrize("key", list(CATALOGUE))
def test_every_page_and_file_of_an_open_feature_is_there(house: House, key: str) -> None:
    host, slug = house.space()
    browser = house.browser(host.guest)
    # What has a link of its own for each listener is asked for with one in test_late.
    addresses = [one for one in gated_addresses(house, key, slug) if "<token>" not in one]
    assert addresses
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"].startswith("private"), address


@pytest.mark.parametrize("path", ["..%2ffeature.py", "../feature.py", "%2e%2e/feature.py", "", "."])
def test_a_folder_gives_its_files_and_nothing_beside_them(house: House, path: str) -> None:
    browser = house.browser(house.guest("Hana", followers=1200))
    assert browser.get(f"/assets/listening/{path}").status_code == 404


def test_the_shared_folder_is_there_for_whoever_has_one_of_its_features(house: House) -> None:
    shared = sorted((FEATURES / "_shared/microphone" / "static").rglob("*.js"))[0].name
    hosting = without(house, "web-speaking")
    assert house.browser(hosting).get(f"/assets/_shared/microphone/{shared}").status_code == 200
    speaking = house.guest("Tomas")
    assert house.browser(speaking).get(f"/assets/_shared/microphone/{shared}").status_code == 200
    neither = house.guest("Lou", "beta")
    assert house.browser(neither).get(f"/assets/_shared/microphone/{shared}").status_code == 404


def test_a_page_of_two_features_is_there_for_whoever_has_one_of_them(house: House) -> None:
    hosting = without(house, "web-speaking")
    assert house.browser(hosting).get("/check").status_code == 200
    for nobody in (house.guest("Lou", "beta"), house.guest("Oscar", "public"), None):
        browser = house.browser(nobody)
        there, never = (asked(browser, path, "GET", {}) for path in ("/check", "/never"))
        assert there == never


# ---------------------------------------------------------------------- one answer everywhere


def opened_by_socket(tab: Tab, house: House, key: str) -> bool:
    """Whether any event of the feature (and of no other) is there."""
    own = [a for a in house.core.sockets.actions.values() if a.gates == (key,)]
    found = {tab.refused(action.name, surely="wrong") != "unknown_event" for action in own}
    assert len(found) == 1, f"the events of {key} disagree"
    return found.pop()


def opened_by_files(browser: FlaskClient, house: House, key: str) -> bool:
    folder = house.core.gating.folders[key]
    return browser.get(f"/assets/{folder.name}/{folder.module}").status_code == 200


@pytest.mark.parametrize("rollout", [100, 50, 0])
def test_decision_socket_file_and_payload_agree(house: House, rollout: int) -> None:
    for key in ("web-speaking", "reactions", "web-hosting"):
        house.core.source.set_rollout(key, rollout, "a test")
    house.tick()
    for cohort in ("staff", "alpha", "beta", "public"):
        for followers in (0, 599, 600):
            guest = house.guest(f"{cohort} {followers}", cohort, followers=followers)
            tab, browser = house.tab(guest), house.browser(guest)
            [(_, greeted)] = tab.received()
            payload = {feature["key"]: feature["variant"] for feature in greeted["features"]}
            for key in CATALOGUE:
                decision = house.core.gating.decide(guest.person, key)
                assert opened_by_socket(tab, house, key) is decision.enabled, key
                assert opened_by_files(browser, house, key) is decision.enabled, key
                assert (key in payload) is decision.enabled, key
                assert payload.get(key) == decision.variant, key


def test_nothing_of_the_rules_reaches_a_browser(house: House) -> None:
    """Not the cohorts, not the percentages, not who else there is."""
    house.core.source.set_rollout("reactions", 37, "a test")
    house.tick()
    guest = house.guest("Hana", followers=1234)
    tab, browser = house.tab(guest), house.browser(guest)
    house.close_gate("web-speaking", Closing.DRAIN)
    house.open_gate("web-speaking")
    said = json.dumps(tab.received()) + "".join(
        browser.get(path).text for path in ("/", "/account", "/readyz", "/healthz")
    )
    for word in ("alpha", "staff", "cohort", "rollout", "stickiness", "1234", "userId"):
        assert word not in said, word


# ---------------------------------------------------------------------- the console


def test_the_console_does_not_exist_for_others(house: House) -> None:
    guest = house.guest("Hana", followers=1200)
    rules = [r for r in house.app.url_map.iter_rules() if r.rule.startswith("/console")]
    for signed_in in (guest, None):
        browser = house.browser(signed_in)
        for rule in rules:
            path = rule.rule
            for argument in rule.arguments:
                converter = next(p for p in path.split("/") if argument in p and "<" in p)
                path = path.replace(converter, "web-speaking" if argument == "key" else "x")
            for method in METHODS:
                for headers in HEADERS[:3]:
                    answers = {
                        asked(browser, there, method, headers)
                        for there in (path, f"/never{path.lstrip('/')}")
                    }
                    assert len(answers) == 1, (method, path, answers)


def test_features_do_not_ask_who_somebody_is() -> None:
    """Cohort and properties are for strategies: a feature that looks at them is a second path."""
    own = Path(FEATURES).rglob("*.py")
    assert not [p for p in own for word in (".cohort", ".followers") if word in p.read_text()]
