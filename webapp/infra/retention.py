"""What every table keeps, of whom, why, and for how long: the only list of it.

`webapp.privacy` exports, deletes and forgets by it. A table that is missing here fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

DECISION_COUNTS = timedelta(hours=24)
LOGINS = timedelta(days=1)
LINKS = timedelta(days=30)
INVITATIONS = timedelta(days=90)
SOUND_MINUTES = timedelta(days=30)
EXPLAINED_ANSWERS = timedelta(days=400)


@dataclass(frozen=True)
class Period:
    """How long the rows of a table are kept, counted from `since`, a column.

    `setting` is the name of the setting that says how many days, where operators differ; else
    `fixed` says it. Rows in which a column of `unless_null` is empty are not over yet.
    """

    since: str
    fixed: timedelta | None = None
    setting: str | None = None
    unless_null: str | None = None
    or_since: str | None = None
    """Another column: the earlier of both counts."""
    own_job: str | None = None
    """Who deletes the rows, where that is more than deleting them."""


@dataclass(frozen=True)
class Holding:
    """One table. `what` and `why` are for docs/privacy.md.

    `owner`: the column with the id of the person whom a row is about. It goes with them, unless
    `blanked` says with what its other columns are overwritten: then the row stays, so that counts
    stay right, and belongs to nobody. `actors`: columns with ids (one, or several with blanks
    between) of people who did something; they are replaced. `names`: columns with the name that
    an actor had, and the column of the id. `secret`: columns that an export leaves out.
    """

    what: str
    why: str
    period: Period | None = None
    owner: str | None = None
    blanked: Mapping[str, Any] | None = None
    actors: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    subject: tuple[str, str] | None = None
    """A JSON column, and the key in it that has the id of the person whom a row is about."""
    by_number: bool = False
    """Whether `person` is a number of `figured_people`."""
    secret: tuple[str, ...] = ()


def _days(setting: str, since: str, **more: Any) -> Period:
    return Period(since, setting=setting, **more)


HISTORY = "what was changed, by whom and when"

HOLDINGS: Mapping[str, Holding] = {
    # --- people and their ways in
    "people": Holding(
        "name, cohort, roles, country, platform, followers, when somebody joined",
        "without it nobody could sign in; until they delete their account, or an operator does",
        owner="id",
    ),
    "logins": Holding(
        "where somebody is signed in: the kind of browser, the last use to the hour",
        "keeps people signed in, and shows them their devices",
        Period("expires_at", LOGINS, or_since="revoked_at"),
        owner="person_id",
        actors=("hands",),
    ),
    "sign_in_links": Holding(
        "that a link was made, never the link itself",
        "so that a link works once, and says so when it is over",
        Period("expires_at", LINKS),
        owner="person_id",
        actors=("made_by", "hands"),
        secret=("token_hash",),
    ),
    "account_activity": Holding(
        "new links and new logins of an account",
        "so that its owner sees what somebody else may have done",
        _days("activity_days", "at"),
        owner="person_id",
        actors=("by_id",),
        names={"by": "by_id"},
    ),
    "invitations": Holding(
        "cohort, text, and how often each was used; not by whom",
        "lets people in",
        Period("expires_at", INVITATIONS),
        actors=("created_by",),
    ),
    "cohorts": Holding("names of groups", "features are tried in groups"),
    "accounts_revision": Holding("a number", "tells processes that something has changed"),
    # --- rooms
    "spaces": Holding(
        "title, host, beginning and end",
        "the room itself, and reports that name it",
        _days("space_days", "ended_at", unless_null="ended_at"),
        owner="host_id",
        blanked={"title": "…"},
        actors=("stand_in_id",),
    ),
    "participants": Holding(
        "who was in which room, and in which part",
        "what was decided stands when somebody comes back; goes with its room",
        owner="person_id",
        actors=("muted_by_id",),
    ),
    # --- sound and figures
    "sound_minutes": Holding(
        "how a room sounded for one person, by the minute: score, delay, loss, kind of connection",
        "finds out why somebody heard badly; then only sums of the room and the day are left",
        Period("minute", SOUND_MINUTES, own_job="quality"),
        owner="person_id",
    ),
    "sound_days": Holding("the same as sums, of nobody in particular", "how sound develops"),
    "figured_people": Holding(
        "a number in place of the person, for the two tables below",
        "counts stay right when somebody goes: then the number belongs to nobody",
        owner="person_id",
        blanked={},
    ),
    "exposures": Holding(
        "which version of a feature somebody met first, and when",
        "tells whether a version is better",
        _days("figure_days", "at"),
        by_number=True,
    ),
    "outcomes": Holding(
        "how long somebody listened or spoke, how it sounded, what failed, by the minute",
        "tells whether a version is better",
        _days("figure_days", "at"),
        by_number=True,
    ),
    "decision_counts": Holding(
        "how often gates answered what, of nobody in particular",
        "a chart of the last day",
        Period("minute", DECISION_COUNTS, own_job="decisions"),
    ),
    # --- reports
    "reports": Holding(
        "what somebody wrote, their browser, devices, errors, and the last minute of their sound",
        "so that problems can be found",
        _days("report_days", "received_at"),
        owner="person_id",
        blanked={
            "text": "",
            "page": "",
            "slug": None,
            "note": "",
            "language": "",
            "told": None,
            "properties": {},
            "browser": {},
            "devices": [],
            "errors": [],
            "sound": [],
            "decisions": [],
            "state": "closed",
        },
        actors=("handled_by",),
    ),
    # --- definitions and their history
    "feature_definitions": Holding("features as they stand", "decides who has what"),
    "definition_changes": Holding(
        HISTORY,
        "accounts for changes that people felt",
        _days("history_days", "at"),
        actors=("by_id",),
        names={"by": "by_id"},
    ),
    "feature_protections": Holding(
        "which features need a second person, and who said so",
        "until somebody takes it back",
        actors=("by_id",),
        names={"by": "by_id"},
    ),
    "feature_proposals": Holding(
        HISTORY,
        "accounts for who agreed to what",
        _days("history_days", "expires_at"),
        actors=("by_id", "decided_by_id", "hands"),
        names={"by": "by_id", "decided_by": "decided_by_id"},
    ),
    "feature_schedules": Holding(
        HISTORY,
        "accounts for what happened by itself",
        _days("history_days", "ended_at", unless_null="ended_at"),
        actors=("by_id", "agreed_by_id", "ended_by_id"),
        names={"by": "by_id", "agreed_by": "agreed_by_id", "ended_by": "ended_by_id"},
    ),
    "console_acts": Holding(
        HISTORY,
        "accounts for what was done to people and cohorts",
        _days("history_days", "at"),
        actors=("by_id",),
        names={"by": "by_id"},
    ),
    # --- QA
    "previews": Holding(
        "what was looked at, by whom",
        "accounts for who saw what is not open yet",
        _days("history_days", "swept_at", unless_null="swept_at"),
        actors=("made_by", "revoked_by"),
    ),
    "preview_uses": Holding(
        "who opened a preview; goes with it", "the same", actors=("opened_by",)
    ),
    "compared_runs": Holding(
        "comparisons, with findings and a picture",
        "evidence of what was tried",
        _days("history_days", "made_at"),
        actors=("made_by",),
    ),
    "compared_verdicts": Holding("what was found; goes with its comparison", "the same"),
    "explained_answers": Holding(
        "what gates answered somebody at a moment, and who of QA asked",
        "so that links to answers stay valid; counted from when one was last followed",
        Period("opened_at", EXPLAINED_ANSWERS, own_job="explain"),
        actors=("asked_by",),
        subject=("context", "userId"),
    ),
    "explained_documents": Holding(
        "definitions on which an answer was given", "go with the last of their answers"
    ),
    "persona_edits": Holding(
        "made-up people of QA, and who edited them",
        "until somebody changes them",
        actors=("by_id",),
        names={"by": "by_id"},
    ),
}
