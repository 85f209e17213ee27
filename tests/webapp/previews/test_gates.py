"""What a preview forces reaches every answer; what it does not force is the engine's."""

from __future__ import annotations

from flags.context import context_of, seen_as
from flags.forced_flags import Forced
from tests.harness.house import Guest, House
from webapp.accounts.user_agent import Device
from webapp.previews.preview_spec import Wanted

OPEN, CLOSED = Forced(True), Forced(False)
TAPBACK = Forced(True, "tapback")
DEVICE = Device("", "desktop")
LATER = "2027-01-01T00:00:00+00:00"


def test_forced_open_is_there_on_the_socket_and_as_files(house: House, quinn: Guest) -> None:
    _, slug = house.space()
    looker = house.looks(quinn, "beta", reactions=TAPBACK)
    tab = house.joined(looker, slug)
    assert tab.does("reactions.send", emoji="🎉") == {}
    page = house.browser(looker)
    assert page.get(f"{looker.base}/assets/reactions/reactions.js").status_code == 200
    assert page.get(f"{looker.base}/assets/speaking/speaking.js").status_code == 404


def test_forced_closed_is_as_never_written(house: House, quinn: Guest) -> None:
    _, slug = house.space()
    looker = house.looks(quinn, "alpha", web_speaking=CLOSED)
    tab = house.joined(looker, slug)
    assert tab.refused("speaking.request") == "unknown_event"
    page = house.browser(looker)
    assert page.get(f"{looker.base}/assets/speaking/speaking.js").status_code == 404
    assert tab.does("reactions.send", emoji="🎉") == {}


def test_the_browser_is_told_what_is_forced_and_by_which_path(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn, "beta", reactions=TAPBACK)
    [(_, told)] = house.tab(looker).received("features")
    features = {feature["key"]: feature for feature in told["features"]}
    assert set(features) == {"web-listening", "reactions"}
    assert features["reactions"]["variant"] == "tapback"
    assert features["reactions"]["forced"]
    for feature in features.values():
        addresses = [feature["module"], *feature["styles"]]
        assert all(address.startswith(f"{looker.base}/assets/") for address in addresses)


def test_nobody_else_is_told_of_forcing(house: House, quinn: Guest) -> None:
    house.looks(quinn, "beta", reactions=TAPBACK)
    told = house.tab(house.guest("Tess")).received("features")[0][1]
    assert all("forced" not in feature for feature in told["features"])
    assert all(feature["module"].startswith("/assets/") for feature in told["features"])


def test_people_alike_are_told_of_a_change_each_by_their_own_path(
    house: House, quinn: Guest
) -> None:
    """Who is told the same is told at once: a preview is never among them."""
    house.close_gate("reactions")
    one, two, other = house.looks(quinn, "alpha"), house.looks(quinn, "alpha"), house.guest("Tess")
    tabs = {guest.id: house.tab(guest) for guest in (one, two, other)}
    for tab in tabs.values():
        tab.received()
    house.open_gate("reactions")
    for guest, base in ((one, one.base), (two, two.base), (other, "")):
        [(_, told)] = tabs[guest.id].received("features.changed")
        assert [f["module"] for f in told["opened"]] == [f"{base}/assets/reactions/reactions.js"]


def test_definitions_do_not_reach_what_is_forced(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn, "alpha", reactions=TAPBACK)
    tab = house.tab(looker)
    tab.received()
    house.close_gate("reactions")
    assert tab.received("features.changed") == []
    house.close_gate("web-listening")
    # Opened for the sake of reactions: it stays as well.
    assert house.core.gating.is_open(looker.person, "web-listening")
    assert not house.core.gating.is_open(looker.person, "web-speaking")


def test_a_forced_gate_opens_what_it_needs_and_nothing_else(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn, "public", web_speaking=OPEN)
    assert set(house.core.gating.gates(looker.person)) == {"web-listening", "web-speaking"}


def test_decisions_say_that_they_are_forced(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn, "alpha", reactions=TAPBACK)
    decide = house.core.gating.decide
    assert decide(looker.person, "reactions").forced
    assert not decide(looker.person, "web-speaking").forced
    assert not decide(quinn.person, "reactions").forced


def test_a_persona_is_seen_with_its_own_id_and_properties(house: House, quinn: Guest) -> None:
    """Percentages fall as the matrix says, whoever looks and however often."""
    house.core.source.set_rollout("web-speaking", 50, "a test")
    house.tick()
    decisions = set()
    for number in range(12):
        gates_as = {"id": f"persona-{number}", "others": {"plan": "gold"}, "at": LATER}
        made = house.core.previews.make(quinn.person, Wanted("X", "alpha", gates_as=gates_as))
        entered = house.core.previews.open(made.id, quinn.person, quinn.login, DEVICE)
        context = context_of(entered.person, house.clock())
        context |= {"userId": f"persona-{number}", "currentTime": LATER}
        context["properties"]["plan"] = "gold"
        assert seen_as(context_of(entered.person, house.clock()), gates_as) == context
        decision = house.core.gating.decide(entered.person, "web-speaking")
        assert decision == house.core.gating.gate.weigh("web-speaking", context)
        decisions.add(decision.enabled)
    assert decisions == {True, False}


def test_a_preview_has_no_role(house: House, quinn: Guest) -> None:
    looker = house.looks(quinn, "staff")
    assert looker.person.roles == ["tester"]
    page = house.browser(looker)
    # Beside it the browser has QA's own login, which counts for nothing here.
    page.set_cookie("login", quinn.cookie)
    for path in ("/console", "/qa", "/qa/preview"):
        assert page.get(looker.base + path).status_code == 404
        assert page.get(path).status_code == 200
