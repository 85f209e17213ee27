from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from webapp.infra.i18n import LANGUAGES, WEBAPP, folders_with_translations, strings_for, translate

PLACEHOLDER = re.compile(r"\{(\w*)\}")
ASKED_FOR = re.compile(r"""(?<![\w.])(?:i18n\.)?t\(\s*["']([\w.-]+)["']""")
FOLDERS = folders_with_translations()

NAMES = [str(folder.relative_to(WEBAPP)) for folder in FOLDERS]


def texts(folder: Path, language: str) -> dict[str, str]:
    file = folder / "translations" / f"{language}.json"
    pairs = json.loads(file.read_text("utf-8"), object_pairs_hook=list)
    repeated = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
    assert repeated == [], file
    return dict(pairs)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_languages_say_the_same(folder: Path) -> None:
    english, *others = (texts(folder, language) for language in LANGUAGES)
    for other in others:
        assert set(other) == set(english)
        for key, text in english.items():
            assert set(PLACEHOLDER.findall(other[key])) == set(PLACEHOLDER.findall(text)), key
            assert other[key].strip(), key


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_plurals_are_whole(folder: Path) -> None:
    keys = set(texts(folder, LANGUAGES[0]))
    for key in keys:
        stem, _, form = key.rpartition(".")
        if form in ("one", "other"):
            assert {f"{stem}.one", f"{stem}.other"} <= keys, key
            assert stem not in keys, f"{stem} is a text of its own as well"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_folder_speaks_over_another(language: str) -> None:
    owners = Counter(key for folder in FOLDERS for key in texts(folder, language))
    assert [key for key, times in owners.items() if times > 1] == []


def test_every_text_that_a_template_asks_for_is_there() -> None:
    known = {key for folder in FOLDERS for key in texts(folder, LANGUAGES[0])}
    known |= {key.rpartition(".")[0] for key in known if key.endswith(".other")}
    files = [*WEBAPP.glob("**/templates/**/*.html"), *WEBAPP.glob("**/*.py")]
    asked = {key for file in files for key in ASKED_FOR.findall(file.read_text("utf-8"))}
    # A key that ends in a full stop is made at run time: at least there must be some of its kind.
    begun = {key for key in asked if key.endswith(".")}
    assert asked - begun - known == set()
    assert {stem for stem in begun if not any(key.startswith(stem) for key in known)} == set()
    assert len(asked) > 20


def test_placeholders_and_plurals() -> None:
    assert translate("en", "invitation.by", name="{Ana}") == "{Ana} has invited you."
    assert translate("en", "account.used_days", count=1) == "used yesterday"
    assert translate("en", "account.used_days", count=0) == "used 0 days ago"
    assert translate("fr", "account.used_days", count=0) == "utilisé hier"
    assert translate("fr", "account.used_days", count=12) == "utilisé il y a 12 jours"


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        translate("en", "no.such.key")


def test_folder_sends_only_its_own() -> None:
    own = strings_for("accounts", "en")
    assert "invitation.join" in own
    assert not any(key.startswith("error.") for key in own)
    assert set(strings_for("accounts", "en", prefix="name.")) == {
        "name.label",
        "name.hint",
        "name.wrong",
    }
    assert strings_for("no/such/folder", "en") == {}
