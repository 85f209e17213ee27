"""The questions that figures put to the database, which adds everything up itself.

Two steps on every slice of them: `seen`, who met what and when first (or which Space saw what);
then sums over what became of them. Both read the tables in the order of their keys, so that memory
stays flat. SQLite is quickest with `seen` as a table, PostgreSQL with it inside of the query.
"""

from __future__ import annotations

import string

from webapp.figures.metrics import METRICS
from webapp.figures.models import CLOSED, OUTSIDE


def _kinds(how: str) -> str:
    return ", ".join(f"'{metric.kind}'" for metric in METRICS if metric.how == how)


def _value(number: str, total: str) -> str:
    """One person's (or Space's) value of a kind; null where it has none."""
    return f"""CASE WHEN kind IN ({_kinds("mean")})
        THEN CASE WHEN {number} > 0 THEN {total} / {number} END
        WHEN kind IN ({_kinds("rate")}) THEN CASE WHEN {number} > 0 THEN 1.0 ELSE 0.0 END
        ELSE COALESCE({total}, 0.0) END"""


MAKE_SEEN_BY_PERSON = """CREATE TEMP TABLE seen (person INTEGER PRIMARY KEY, answer TEXT NOT NULL,
    other TEXT NOT NULL, first INTEGER NOT NULL)"""

MAKE_SEEN_BY_SPACE = """CREATE TEMP TABLE seen (space TEXT PRIMARY KEY, answer TEXT NOT NULL,
    other TEXT NOT NULL, first INTEGER NOT NULL, people INTEGER NOT NULL) WITHOUT ROWID"""

_MET = f"""FROM exposures WHERE feature = :feature AND answer <> '{OUTSIDE}' AND at < :until
    AND person >= :low AND person < :high"""

SEEN_BY_PERSON = f"""SELECT person,
    COALESCE(MIN(CASE WHEN answer <> '{CLOSED}' THEN answer END), '{CLOSED}') AS answer,
    COALESCE(MAX(CASE WHEN answer <> '{CLOSED}' THEN answer END), '{CLOSED}') AS other,
    COALESCE(MIN(CASE WHEN answer <> '{CLOSED}' THEN at END), MIN(at)) AS first
    {_MET} GROUP BY person"""
"""Whoever was left out first and let in later belongs to those who have it, from then on."""

_LETTERS = ", ".join(f"'{letter}'" for letter in string.digits + string.ascii_lowercase[:8])


def _half(space: str) -> str:
    """Half of the Spaces: the people of one are everywhere among the numbers."""
    return f"(substr({space}, length({space}), 1) IN ({_LETTERS})) = (:half = 0)"


_OPEN = f"NOT IN ('{CLOSED}', '{OUTSIDE}')"

SEEN_BY_SPACE = f"""SELECT space, MIN(answer) AS answer, MAX(answer) AS other, MIN(at) AS first,
    COUNT(DISTINCT person) AS people
    FROM exposures WHERE feature = :feature AND answer {_OPEN} AND at < :until AND space <> ''
    AND {_half("space")} GROUP BY space"""  # noqa: S608 - only names of our own are put in

SUMS_BY_PERSON = f"""
SELECT answer, kind, COUNT(y), SUM(y), SUM(y * y), COUNT(x), SUM(x), SUM(x * x), SUM(x * y),
    SUM(CASE WHEN x IS NOT NULL THEN y END), COUNT(y) FROM (
  SELECT answer, kind, y, CASE WHEN y IS NOT NULL AND before > 0 THEN x END AS x FROM (
    SELECT answer, kind, before, {_value("after", "outcome")} AS y,
        {_value("before", "past")} AS x FROM (
      SELECT s.answer, o.kind,
        SUM(CASE WHEN o.at >= s.first THEN o.number END) AS after,
        SUM(CASE WHEN o.at >= s.first THEN o.total END) AS outcome,
        SUM(CASE WHEN o.at < s.first THEN o.number END) AS before,
        SUM(CASE WHEN o.at < s.first THEN o.total END) AS past
      FROM outcomes o CROSS JOIN seen s
      WHERE s.person = o.person AND s.answer = s.other AND s.first >= :since
        AND o.person >= :low AND o.person < :high AND o.at < :until
      GROUP BY o.person, o.kind, s.answer) a) b) c
GROUP BY answer, kind
UNION ALL
SELECT answer, CASE WHEN first < :since THEN 'earlier' WHEN answer <> other THEN 'both'
    ELSE 'people' END, COUNT(*), 0, 0, 0, 0, 0, 0, 0, COUNT(*) FROM seen GROUP BY 1, 2
"""  # noqa: S608 - only names of our own are put in

SUMS_BY_SPACE = f"""
SELECT answer, kind, COUNT(y), SUM(y), SUM(y * y), 0, 0, 0, 0, 0, SUM(people) FROM (
  SELECT u.answer, v.kind, v.people, CASE WHEN v.kind IN ({_kinds("mean")})
    THEN v.total / v.number WHEN v.kind IN ({_kinds("rate")}) THEN v.people * 1.0 / u.people
    ELSE v.total / u.people END AS y
  FROM (
    SELECT o.space, o.kind, SUM(o.number) AS number, SUM(o.total) AS total,
        COUNT(DISTINCT o.person) AS people
      FROM outcomes o
      WHERE {_half("o.space")} AND o.at < :until AND o.at >= (
        SELECT MIN(e.at) FROM exposures e WHERE e.feature = :feature AND e.person = o.person
          AND e.space = o.space AND e.answer {_OPEN})
      GROUP BY o.space, o.kind) v
  JOIN seen u ON u.space = v.space WHERE u.answer = u.other AND u.first >= :since) w
GROUP BY answer, kind
UNION ALL
SELECT answer, what, COUNT(*), 0, 0, 0, 0, 0, 0, 0, SUM(people) FROM (
  SELECT answer, people, CASE WHEN first < :since THEN 'earlier'
    WHEN answer <> other THEN 'both' ELSE 'people' END AS what FROM seen) x
GROUP BY answer, what
"""  # noqa: S608 - only names of our own are put in
"""Only those count in a Space who met the feature there, and from then on."""

WANDERERS = f"""
SELECT '', 'wanderers', COUNT(*), 0, 0, 0, 0, 0, 0, 0, COUNT(*) FROM (
  SELECT person {_MET} AND answer <> '{CLOSED}'
  GROUP BY person HAVING MIN(answer) <> MAX(answer)) a
"""  # noqa: S608 - only names of our own are put in
"""People who were in Spaces of different variants."""
