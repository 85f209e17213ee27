"""Features to delete: on the page, and in CI."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import event

from flags.catalogue import CATALOGUE, REACTIONS, WEB_LISTENING
from flags.sources.interface import Closing
from tests.harness.factories import House, Visitor
from tests.webapp.console.test_feature_routes import seen
from webapp.console.history.stale_routes import folders
from webapp.feature_flags.change_history import History
from webapp.feature_flags.code_references import ROOT, leftovers
from webapp.feature_flags.stale_flags import findings


def lines_of(place: str) -> list[str]:
    """What stands at "file:first-last"."""
    file, numbers = place.split(":")
    first, _, last = numbers.partition("-")
    text = (ROOT / file).read_text("utf-8").splitlines()
    return text[int(first) - 1 : int(last or first)]


def test_the_page_says_what_why_and_where(house: House, paula: Visitor) -> None:
    house.person("Somebody", "public")
    assert "There is nothing to delete." in seen(paula.get("/console/stale"))
    house.core.source.turn_off(REACTIONS, Closing.CUT, "Paula")
    house.clock.go_on(days=30)
    text = seen(house.signed_in(house.person("Ben", "staff", roles=["qa"])).get("/console/stale"))
    assert "Nobody has it, since" in text
    assert "Owner: reactions" in text
    assert "webapp/features/reactions/" in text
    assert "flags/catalogue.py:" in text
    assert "webapp/features/listening/" not in text


def test_the_lines_are_the_feature_s_own(house: House) -> None:
    found = leftovers(REACTIONS, folders(house.core)[REACTIONS])
    assert found.folders == ("webapp/features/reactions",)
    constant, entry = (lines_of(str(lines)) for lines in found.entry)
    assert constant == ['REACTIONS = "reactions"']
    assert entry[0].strip() == "GatedFeature("
    assert "key=REACTIONS," in entry[1]
    assert entry[-1].strip() == "),"
    assert sum("GatedFeature(" in line for line in entry) == 1
    for lines in found.mentions:
        assert any("reactions" in line or "REACTIONS" in line for line in lines_of(str(lines)))
    assert "webapp/console/translations/en.json" in {lines.file for lines in found.mentions}


def test_every_feature_has_a_folder_and_shared_ones_stay(house: House) -> None:
    found = folders(house.core)
    assert set(found) == set(CATALOGUE)
    for names in found.values():
        assert all((Path(ROOT) / "webapp/features" / name).is_dir() for name in names)
    assert "_shared/microphone" not in {name for names in found.values() for name in names}


def test_what_was_before_is_read_of_all_features_at_once(house: House) -> None:
    source = house.core.source
    for key in reversed(CATALOGUE):
        source.set_rollout(key, 50, "Paula")
        source.turn_off(key, Closing.CUT, "Paula")
    house.clock.go_on(days=30)
    read: list[str] = []
    event.listen(
        house.core.db.engine, "before_cursor_execute", lambda *given: read.append(given[2])
    )
    found = findings(History(house.core.db), [("staff", 1)], {}, house.clock())
    assert len(found) == len(CATALOGUE)
    history = [statement for statement in read if "FROM definition_changes" in statement]
    assert len(history) == 1


def test_a_later_change_for_nobody_is_looked_behind(house: House) -> None:
    off = house.core.source.turn_off(REACTIONS, Closing.CUT, "Paula")
    house.clock.go_on(days=20)
    house.core.source.set_rollout(REACTIONS, 10, "Paula")
    house.clock.go_on(days=10)
    found = findings(History(house.core.db), [("staff", 1)], {}, house.clock())
    since = {one.feature.key: one.stale.since for one in found}
    assert since[REACTIONS] == off.at


def test_ci_is_told(house: House) -> None:
    house.person("Somebody", "public")
    runner = house.app.test_cli_runner()
    calm = runner.invoke(args=["flags", "stale"])
    assert (calm.exit_code, calm.output) == (0, "")
    house.clock.go_on(days=200)
    told = runner.invoke(args=["flags", "stale"])
    assert told.exit_code == 1
    assert f"{REACTIONS} (reactions)" in told.output
    assert "delete  webapp/features/reactions/" in told.output
    machine = runner.invoke(args=["flags", "stale", "--json"])
    assert machine.exit_code == 1
    found = {one["feature"]: one for one in json.loads(machine.output)}
    assert found[REACTIONS]["reasons"] == ["ended"]
    assert found[WEB_LISTENING]["needed_by"] == [
        key for key, feature in CATALOGUE.items() if feature.parent == WEB_LISTENING
    ]
