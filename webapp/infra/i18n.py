"""English and French: JSON dictionaries beside the code that uses them.

Every folder of `webapp` may hold `translations/en.json` and `translations/fr.json`: flat keys,
placeholders as `{name}`. A text that depends on a number has two keys, `<key>.one` and
`<key>.other`, and is asked for as `<key>` with `count`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from flask import Flask, Response, g, has_request_context, request

LANGUAGES = ("en", "fr")
"""The first is the one to fall back to."""

COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600

WEBAPP = Path(__file__).parents[1]


def init_app(app: Flask) -> None:
    """Gives the templates `t` and `language`, and answers their language."""
    app.jinja_env.globals.update(t=t, language=current_language)
    app.after_request(_say_language)


def current_language() -> str:
    """The language of the person who asks: their own choice, else their browser's."""
    if not has_request_context():
        return LANGUAGES[0]
    if "language" not in g:
        # Asked for with every text of a page: a third of the time that a long one takes.
        chosen = request.cookies.get(COOKIE, "")
        g.language = chosen if chosen in LANGUAGES else _browser_language()
    language: str = g.language
    return language


def t(key: str, **values: object) -> str:
    """The text of `key` in the request's language. Raises KeyError for a key that nobody wrote."""
    return translate(current_language(), key, **values)


def translate(language: str, key: str, **values: object) -> str:
    """The text of `key` in `language`, its placeholders filled."""
    texts = _all_strings(language)
    if "count" in values and f"{key}.one" in texts:
        key = f"{key}.{_plural(language, values['count'])}"
    return texts[key].format_map(values)


def strings_for(folder: str | Path, language: str, prefix: str = "") -> dict[str, str]:
    """The dictionary of one folder, to be sent to a browser.

    `folder` is relative to `webapp` ("features/reactions") or absolute. With `prefix`, only the
    keys that begin with it. A folder without translations has an empty dictionary.
    """
    texts = _read(WEBAPP / folder / "translations" / f"{language}.json")
    return {key: text for key, text in texts.items() if key.startswith(prefix)}


def folders_with_translations() -> list[Path]:
    """Every folder of the web app that has texts of its own."""
    return sorted(path.parent for path in WEBAPP.glob("**/translations"))


@cache
def _all_strings(language: str) -> Mapping[str, str]:
    merged: dict[str, str] = {}
    for folder in folders_with_translations():
        merged |= strings_for(folder, language)
    return MappingProxyType(merged)


@cache
def _read(file: Path) -> Mapping[str, str]:
    if not file.is_file():
        return {}
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return MappingProxyType(texts)


def _plural(language: str, count: object) -> str:
    """CLDR's rule for whole numbers: French counts nought as singular, English does not."""
    singular = (0, 1) if language == "fr" else (1,)
    return "one" if count in singular else "other"


def _browser_language() -> str:
    best = request.accept_languages.best_match(LANGUAGES)
    return best or LANGUAGES[0]


def _say_language(response: Response) -> Response:
    if response.mimetype in ("text/html", "application/problem+json"):
        response.content_language.add(current_language())
    return response
