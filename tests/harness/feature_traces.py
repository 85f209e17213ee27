"""What gives a feature away: its key, folder, files, events, addresses, and every text of it.

Made from the feature's own folder, so that what is added to it tomorrow is looked for as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"
FEATURES = WEBAPP / "features"
FOLDERS: Mapping[str, str] = {
    "web-listening": "listening",
    "web-speaking": "speaking",
    "web-hosting": "hosting",
    "reactions": "reactions",
}
SHARED: Mapping[str, str] = {
    "web-speaking": "_shared/microphone",
    "web-hosting": "_shared/microphone",
}

ROOTS: Mapping[str, tuple[str, ...]] = {
    "web-listening": (r"\blisten(?!er)\w*", r"/spaces/"),
    "web-speaking": (
        r"\bspeak(?!er\b|ers\b|er\")\w*",
        r"\braise[sd]? (a|your|their) hand",
        r"\bnot_on_stage\b",
    ),
    "web-hosting": (r"\bhosting\b", r"\bgo live\b"),
    "reactions": (
        r"\breact(?!native)\w*",
        r"\bemojis?\b",
        r"[❤👏😂🎉😮🙌💯🤔]",
        r"\btapback\b",
        r"\btray\b",
    ),
}
"""Beside what is found in the folder: what its texts are about, in any form."""

EVENT = re.compile(r"""["']([a-z]+\.[a-z]+)["']""")
SHELLS_EVENTS = frozenset({"features.changed"})
"""Sent to everybody; a feature's page of its own listens to it as well."""

NO_EVENT = re.compile(r"\.(js|css|json|html|py)$")

EVERYBODYS = frozenset(
    {
        "Try again",  # what the shell says of anything that failed
        "Réessayer",
        "Title",
        "Titre",
        "Back to the lobby",
        "Retour à l’accueil",
    }
)
"""Texts of features that say nothing about them."""


def traces(key: str, open_keys: Iterable[str] = ()) -> list[re.Pattern[str]]:
    """What must not be found in anything sent to somebody without `key` who has `open_keys`."""
    mine = _of_folders(_folders(key))
    theirs = set().union(*(_of_folders(_folders(other)) for other in open_keys), set())
    own = {word for word in mine if word not in theirs and word not in EVERYBODYS}
    # Roots of words are for people who have nothing that may speak of the same things.
    roots = () if set(open_keys) - {"web-listening"} else ROOTS[key]
    return [_as_pattern(word) for word in sorted(own)] + [
        re.compile(root, re.IGNORECASE) for root in (*roots, re.escape(f'"{key}"'))
    ]


def events(key: str) -> set[str]:
    """Names of events, both ways, that occur in the feature's folder."""
    sources = [p for f in _folders(key) for p in (FEATURES / f).rglob("*") if _is_source(p)]
    found = {name for path in sources for name in EVENT.findall(path.read_text("utf-8"))}
    return {name for name in found if _is_event(name)}


def _folders(key: str) -> list[str]:
    return [FOLDERS[key], *([SHARED[key]] if key in SHARED else [])]


def _of_folders(folders: list[str]) -> set[str]:
    words: set[str] = set()
    for folder in folders:
        here = FEATURES / folder
        words.add(f"/assets/{folder}")
        words.add(f"features/{folder}")
        for path in here.rglob("*"):
            if _is_source(path):
                words.update(n for n in EVENT.findall(path.read_text("utf-8")) if _is_event(n))
            if path.suffix in (".js", ".css") and len(path.stem) > 7:
                words.add(path.name)
        for file in (here / "translations").glob("*.json"):
            words.update(_texts(json.loads(file.read_text("utf-8"))))
    return words | {key for key, folder in FOLDERS.items() if folder in folders}


def _texts(strings: Mapping[str, str]) -> set[str]:
    """Whole texts, what stands around their placeholders, and their keys."""
    pieces = {piece.strip(" .,:…") for text in strings.values() for piece in _split(text)}
    telling = {piece for piece in pieces if " " in piece or piece[:1].isupper()}
    return {piece for piece in telling if len(piece) > 3} | set(strings)


def _split(text: str) -> list[str]:
    return re.split(r"\{\w+\}", text)


def _is_source(path: Path) -> bool:
    return path.suffix in (".py", ".js")


def _is_event(name: str) -> bool:
    return name not in SHELLS_EVENTS and not NO_EVENT.search(name)


def _as_pattern(word: str) -> re.Pattern[str]:
    if " " in word or not word[0].isupper():
        before = r"(?<!\w)" if word[0].isalnum() else ""
        after = r"(?!\w)" if word[-1].isalnum() else ""
        return re.compile(before + re.escape(word) + after, re.IGNORECASE)
    # One word alone is looked for as a text of its own: "Remove", but not every remove().
    return re.compile(rf"""["'>]{re.escape(word)}(?:["'<]|\s\{{)""")
