"""Figures as QA and product managers see them."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from flags.gate import Decision
from tests.harness.house import Guest, House
from webapp.experiments.outcome_kinds import LISTENING, REACTION

ADDRESS = "/qa/figures"
WORDS = re.compile(r"<[^>]+>|\s+")

Get = Callable[..., str]


@pytest.fixture
def get(house: House) -> Get:
    """A page for QA, once its figures have been computed."""
    browser = house.browser(house.guest("Quinn", "staff", roles=["qa"]))

    def get(
        feature: str, ending: str = "", period: str = "all", wanderers: str = "", **headers: str
    ) -> str:
        address = f"{ADDRESS}{ending}?feature={feature}&period={period}"
        address += f"&wanderers={wanderers}" if wanderers else ""
        browser.get(address)
        house.settle()
        answer = browser.get(address, headers=headers)
        assert answer.status_code == 200
        return answer.text

    return get


def words(page: str) -> str:
    return " ".join(WORDS.sub(" ", page).split())


def people(house: House, number: int, answer: str | None, seconds: float) -> list[Guest]:
    """Somebody for whom hosting is open, or closed by a percentage, and who listens."""
    dice, guests = random.Random(number), []  # noqa: S311
    for n in range(number):
        guest = house.guest(f"Guest {n}", followers=1000)
        met = Decision(answer is not None, None, 1)
        house.core.figures.met(guest.person, {"web-hosting": met})
        house.core.figures.outcome(guest.person, LISTENING, seconds * dice.uniform(0.8, 1.2))
        guests.append(guest)
    house.core.figures.close()
    return guests


def half_open(house: House) -> None:
    house.core.source.set_rollout("web-hosting", 50, "a test")
    house.tick()
    house.clock.go_on(seconds=1)


def test_shows_a_difference_and_what_it_says(house: House, get: Get) -> None:
    half_open(house)
    people(house, 60, None, 600)
    people(house, 61, "yes", 1200)
    page = words(get("web-hosting"))
    assert "with it beside without it" in page
    assert "Compared person by person" in page
    row = page.split("Listening")[1].split("Speaking")[0]
    assert "+9.7 min (+97.3 %) +7.8 to +11.6" in row
    assert row.strip().endswith("better")
    french = words(get("web-hosting", **{"Accept-Language": "fr"}))
    assert "avec elle à côté de sans elle" in french
    assert "mieux" in french


def test_a_broken_split_blocks_every_conclusion(house: House, get: Get) -> None:
    half_open(house)
    people(house, 30, None, 600)
    people(house, 90, "yes", 1200)
    page = words(get("web-hosting"))
    assert "The split is not what was asked for. Nothing can be concluded." in page
    assert "nothing: the split is broken" in page
    assert not re.search(r"\b(better|worse)\b", page.split("How this is counted")[0])
    told = json.loads(get("web-hosting", ".json"))
    assert told["split"]["broken"]
    assert all(c["difference"] is None for m in told["metrics"] for c in m["groups"])


def test_nothing_is_shown_of_fewer_than_five(house: House, get: Get) -> None:
    half_open(house)
    people(house, 40, None, 600)
    people(house, 4, "yes", 1200)
    page = get("web-hosting", period="all")
    assert "Fewer than five people: nothing is shown of them." in words(page)
    told = json.loads(get("web-hosting", ".json"))
    few = next(group for group in told["groups"] if group["answer"] == "yes")
    assert (few["people"], few["units"]) == (None, None)
    cells = [c for m in told["metrics"] for c in m["groups"] if c["answer"] == "yes"]
    assert all(cell["value"] is None and cell["n"] is None for cell in cells)


def test_variants_by_space_are_compared_space_by_space(house: House, get: Get) -> None:
    figures, slugs = house.core.figures, [f"space{number}" for number in range(40)]
    guests = [house.guest(f"Guest {n}") for n in range(80)]
    for number, guest in enumerate(guests):
        slug = slugs[number // 2]
        decision = house.core.gating.decide(guest.person, "reactions", None)
        variant = house.core.gating.gates(guest.person, slug)["reactions"]
        figures.met(guest.person, {"reactions": Decision(True, variant, decision.revision)}, slug)
        figures.outcome(guest.person, REACTION, 3 if variant == "tray" else 1, slug)
    # One who was in several, and one Space that saw both.
    figures.met(guests[0].person, {"reactions": Decision(True, "tray", 1)}, slugs[-1])
    figures.met(guests[0].person, {"reactions": Decision(True, "tapback", 1)}, slugs[-1])
    figures.close()
    told = json.loads(get("reactions", ".json"))
    assert told["by"] == "space"
    assert sum(group["units"] for group in told["groups"]) == 39
    assert {group["answer"] for group in told["groups"]} == {":tray", ":tapback"}
    reactions = next(m for m in told["metrics"] if m["key"] == "reactions")
    by_answer = {cell["answer"]: cell["value"] for cell in reactions["groups"]}
    assert by_answer == {":tray": 3.0, ":tapback": 1.0}
    assert "Compared Space by Space" in words(get("reactions"))


def test_who_saw_both_is_counted_and_left_out(house: House, get: Get) -> None:
    half_open(house)
    guests = people(house, 18, None, 600)
    for number, guest in enumerate(guests[:12]):
        house.core.figures.met(guest.person, {"web-hosting": Decision(True, "a", 1)})
        if number < 6:
            house.core.figures.met(guest.person, {"web-hosting": Decision(True, "b", 1)})
        house.clock.go_on(seconds=1)
        house.core.figures.outcome(guest.person, REACTION, 10 if number < 6 else 1)
        house.core.figures.close()
    told = json.loads(get("web-hosting", ".json"))
    assert told["both"] == 6
    assert {g["answer"]: g["people"] for g in told["groups"] if g["people"]} == {"no": 6, ":a": 6}
    cells = next(m for m in told["metrics"] if m["key"] == "reactions")["groups"]
    assert next(c["value"] for c in cells if c["answer"] == ":a") == 1.0
    assert "6 people saw more than one variant, and are left out." in words(get("web-hosting"))


def test_a_past_is_taken_into_account(house: House, get: Get) -> None:
    half_open(house)
    dice = random.Random(5)  # noqa: S311
    guests = [house.guest(f"Guest {n}", followers=1000) for n in range(80)]
    habits = [dice.uniform(60, 6000) for _ in guests]
    for guest, habit in zip(guests, habits, strict=True):
        house.core.figures.outcome(guest.person, LISTENING, habit)
    house.core.figures.close()
    house.clock.go_on(days=1)
    for number, (guest, habit) in enumerate(zip(guests, habits, strict=True)):
        opened = number % 2 == 0
        house.core.figures.met(guest.person, {"web-hosting": Decision(opened, None, 1)})
        longer = 1.1 if opened else 1.0
        house.core.figures.outcome(guest.person, LISTENING, habit * longer + dice.uniform(0, 60))
    house.core.figures.close()
    told = json.loads(get("web-hosting", ".json"))
    listening = next(m for m in told["metrics"] if m["key"] == "listening")
    difference = listening["groups"][1]["difference"]
    assert difference["adjusted"]
    assert difference["low"] > 0, "without their pasts these people differ far too much to tell"


def test_since_the_split_was_last_changed(house: House, get: Get) -> None:
    half_open(house)
    people(house, 10, None, 600)
    house.clock.go_on(days=1)
    house.core.source.set_rollout("web-hosting", 60, "a test")
    house.tick()
    house.clock.go_on(seconds=1)
    people(house, 6, "yes", 600)
    told = json.loads(get("web-hosting", ".json", period="change"))
    assert told["earlier"] == 10
    assert sum(group["people"] or 0 for group in told["groups"]) == 6


def test_a_sheet_has_a_line_for_each_outcome_and_group(house: House, get: Get) -> None:
    half_open(house)
    people(house, 40, None, 600)
    people(house, 41, "yes", 600)
    lines = list(csv.DictReader(io.StringIO(get("web-hosting", ".csv"))))
    assert len(lines) == 14
    assert {line["answer"] for line in lines} == {"no", "yes"}
    assert lines[5]["verdict"] == "same"


def test_says_how_far_it_is_and_when_it_cannot(house: House, get: Get) -> None:
    browser = house.browser(house.guest("Paula", "staff", roles=["product_manager"]))
    assert "Adding up…" in browser.get(ADDRESS).text
    told = browser.get(f"{ADDRESS}/progress").get_json()
    assert (told["finished"], told["of"]) == (False, 0)
    assert browser.get(f"{ADDRESS}.csv").status_code == 302
    house.settle()
    assert browser.get(f"{ADDRESS}/progress").get_json()["finished"]
    assert browser.get(f"{ADDRESS}?feature=teleport").status_code == 404
    assert browser.get(f"{ADDRESS}?period=1").status_code == 404


def test_nobody_else_finds_it(house: House) -> None:
    for guest in (house.guest("Tomas"), house.guest("Bea", "beta")):
        for ending in ("", ".csv", ".json", "/progress"):
            assert house.browser(guest).get(ADDRESS + ending).status_code == 404


def wandering(house: House, wanderers: int) -> None:
    """Forty Spaces of two guests who react 3 times in a tray and once in a tapback, and
    `wanderers` who were in all of them and react 50 times in each."""
    figures = house.core.figures
    for number in range(40):
        slug, variant = f"space{number}", ("tray", "tapback")[number % 2]
        for n in range(2):
            guest = house.guest(f"Guest {number} {n}")
            figures.met(guest.person, {"reactions": Decision(True, variant, 1)}, slug)
            figures.outcome(guest.person, REACTION, 3 if variant == "tray" else 1, slug)
    for n in range(wanderers):
        guest = house.guest(f"Wanderer {n}")
        for number in range(40):
            slug, variant = f"space{number}", ("tray", "tapback")[number % 2]
            figures.met(guest.person, {"reactions": Decision(True, variant, 1)}, slug)
            figures.outcome(guest.person, REACTION, 50, slug)
    figures.close()


def reacted(told: dict[str, Any]) -> dict[str, float]:
    cells = next(m for m in told["metrics"] if m["key"] == "reactions")["groups"]
    return {cell["answer"]: round(cell["value"], 3) for cell in cells}


def test_who_was_in_both_can_be_left_out_of_spaces_too(house: House, get: Get) -> None:
    wandering(house, 6)
    # For each Space: what two and six people did, and the two alone.
    everybody = json.loads(get("reactions", ".json"))
    assert reacted(everybody) == {":tray": 306 / 8, ":tapback": 302 / 8}
    assert (everybody["wanderers"], everybody["staying"]) == (6, False)
    staying = json.loads(get("reactions", ".json", wanderers="out"))
    assert reacted(staying) == {":tray": 3.0, ":tapback": 1.0}
    assert (staying["wanderers"], staying["staying"]) == (6, True)
    assert [group["people"] for group in staying["groups"]] == [40, 40]
    page = words(get("reactions"))
    assert "Leave out people who were in Spaces of both variants (6 people)" in page
    assert "They count in each Space for what they did there." in page
    page = words(get("reactions", wanderers="out"))
    assert "6 people were in Spaces of different variants, and are left out." in page
    assert "They count in each" not in page
    lines = list(csv.DictReader(io.StringIO(get("reactions", ".csv", wanderers="out"))))
    assert {(line["wanderers"], line["wanderers_left_out"]) for line in lines} == {("6", "True")}


def test_the_choice_goes_along_with_every_link(house: House, get: Get) -> None:
    wandering(house, 4)
    chosen, plain = get("reactions", wanderers="out"), get("reactions")
    box = re.compile(r'<input type="checkbox" name="wanderers" value="out"( checked)?>')
    assert [found[1] for page in (chosen, plain) if (found := box.search(page))] == [
        " checked",
        None,
    ]
    for ending in (".csv", ".json"):
        assert f"{ADDRESS}{ending}?feature=reactions&amp;period=all&amp;wanderers=out" in chosen
    assert "wanderers=out" not in plain
    # So few that their number would tell about them.
    assert "(fewer than five people)" in words(chosen)
    assert "A few people were in Spaces of different variants, and are left out." in words(chosen)
    french = words(get("reactions", wanderers="out", **{"Accept-Language": "fr"}))
    assert "des deux variantes (moins de cinq personnes)" in french


def test_the_choice_is_only_where_spaces_are_compared(house: House, get: Get) -> None:
    half_open(house)
    people(house, 12, None, 600)
    assert 'name="wanderers"' not in get("web-hosting", wanderers="out")
    assert not json.loads(get("web-hosting", ".json", wanderers="out"))["staying"]
    browser = house.browser(house.guest("Paula", "staff", roles=["product_manager"]))
    assert browser.get(f"{ADDRESS}?feature=reactions&wanderers=in").status_code == 404


def test_a_split_that_leaving_out_has_broken_says_so(house: House, get: Get) -> None:
    figures = house.core.figures
    for number in range(80):
        slug, variant = f"space{number}", ("tray", "tapback")[number % 2]
        guest = house.guest(f"Guest {number}")
        figures.met(guest.person, {"reactions": Decision(True, variant, 1)}, slug)
        if variant == "tapback":
            figures.met(guest.person, {"reactions": Decision(True, "tray", 1)}, "space0")
    figures.close()
    assert "The split is not" not in words(get("reactions"))
    page = words(get("reactions", wanderers="out"))
    assert "The split is not what was asked for." in page
    assert "It may be the leaving out itself" in page
