"""Every change that was ever made, found by who, what and when; as a page and as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context
from sqlalchemy.exc import SQLAlchemyError

from flags.catalogue import CATALOGUE
from flags.sources.interface import Change
from webapp.accounts.csv_format import written
from webapp.app.services import Core
from webapp.console import text
from webapp.feature_flags.change_history import PERSON_ID, History, Wanted
from webapp.http.errors import AppError
from webapp.infra.i18n import t

PER_PAGE = 100
MARK_LENGTH = 16
UNKNOWN = " "
"""Nobody's name."""

COLUMNS = ("revision", "at", "by", "feature", "kind", "change", "before", "after", "by_id")


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds the history and its files."""
    changes = History(core.db)

    @blueprint.get("/history")
    def history() -> str:
        wanted = _wanted(changes)
        shown, newer, older = _page(changes, wanted)
        return render_template(
            "console/history.html",
            changes=shown,
            wanted=wanted,
            given=_given(),
            newer=newer,
            older=older,
            features=_all_features(wanted),
            people=_all_people(changes, wanted),
            kinds=changes.kinds(),
            kind_of=kind_of,
            mark_of=mark_of,
        )

    @blueprint.get("/history.csv")
    def history_csv() -> Response:
        return _file(_csv_lines(changes.each(_wanted(changes))), "text/csv", "history.csv")

    @blueprint.get("/history.json")
    def history_json() -> Response:
        return _file(
            _json_lines(changes.each(_wanted(changes))), "application/json", "history.json"
        )


def kind_of(action: str) -> str:
    """A kind of change in the reader's words; its own where nobody has found any."""
    try:
        return t(f"console.kind.{action}")
    except KeyError:
        return action


def _page(changes: History, wanted: Wanted) -> tuple[list[Change], int | None, int | None]:
    """What is shown, and where the pages before and after it begin, if there are any."""
    after, before = _number("after"), _number("before")
    try:
        if after is not None:
            found = changes.newer(wanted, after, PER_PAGE + 1)
            shown, is_newer, is_older = found[-PER_PAGE:], len(found) > PER_PAGE, True
        else:
            found = changes.older(wanted, before, PER_PAGE + 1)
            shown, is_newer, is_older = found[:PER_PAGE], before is not None, len(found) > PER_PAGE
    except SQLAlchemyError as error:
        raise AppError("try_again") from error
    if not shown:
        return [], None, None
    return (
        shown,
        shown[0].revision if is_newer else None,
        shown[-1].revision if is_older else None,
    )


def mark_of(by: str) -> str:
    """What stands for a name in an address, where names do not belong: ids are as they are."""
    return by if PERSON_ID.fullmatch(by) else sha256(by.encode()).hexdigest()[:MARK_LENGTH]


def _named(changes: History, mark: str) -> str:
    """The name, or id, that a mark stands for. An unknown one stands for nobody's."""
    if not mark or PERSON_ID.fullmatch(mark):
        return mark
    return next((name for name in changes.people() if mark_of(name) == mark), UNKNOWN)


def _wanted(changes: History) -> Wanted:
    return Wanted(
        feature=request.args.get("feature", ""),
        by=_named(changes, request.args.get("by", "")),
        action=request.args.get("kind", ""),
        begin=_day("from"),
        end=_day("to"),
    )


def _given() -> dict[str, str]:
    """The filter as it stands in the address, to be kept by links."""
    names = ("feature", "by", "kind", "from", "to")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _all_features(wanted: Wanted) -> list[str]:
    """Those that there are, and the one that is asked for though it is deleted."""
    extra = [wanted.feature] if wanted.feature and wanted.feature not in CATALOGUE else []
    return [*CATALOGUE, *extra]


def _all_people(changes: History, wanted: Wanted) -> list[str]:
    """Every name that somebody had, and the id that is asked for."""
    names = changes.people()
    return [*names, wanted.by] if PERSON_ID.fullmatch(wanted.by) else names


def _day(name: str) -> date | None:
    given = request.args.get(name, "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise AppError("bad_input", fields=[name]) from None


def _number(name: str) -> int | None:
    return request.args.get(name, type=int)


def _file(lines: Iterator[str], mimetype: str, name: str) -> Response:
    response = Response(stream_with_context(lines), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _csv_lines(changes: Iterator[Change]) -> Iterator[str]:
    # Spreadsheets take UTF-8 for what it is only after a byte order mark.
    yield "\ufeff" + written([COLUMNS])
    for change in changes:
        yield written([_row(change, text.what, text.summary)])


def _row(
    change: Change, what: Callable[[Change], str], summary: Callable[[dict[str, Any]], str]
) -> tuple[str, ...]:
    return (
        str(change.revision),
        change.at.isoformat(),
        change.by,
        change.feature,
        change.action,
        what(change),
        summary(change.before),
        summary(change.after),
        change.by_id,
    )


def _json_lines(changes: Iterator[Change]) -> Iterator[str]:
    yield "["
    for number, change in enumerate(changes):
        yield ("\n" if number == 0 else ",\n") + json.dumps(
            {
                "revision": change.revision,
                "at": change.at.isoformat(),
                "by": change.by,
                "by_id": change.by_id,
                "feature": change.feature,
                "kind": change.action,
                "closing": change.closing.value if change.closing else None,
                "before": change.before,
                "after": change.after,
            },
            ensure_ascii=False,
        )
    yield "\n]\n"
