"""The questions that figures put to the database, which adds everything up itself.

Two steps on every slice of them: `seen`, who met what and when first (or which Space saw what);
then sums over what became of them. Slices are of people, or of Spaces, among which wanderers are
looked for before. All read the tables, or by Space their indices, in order, so that memory stays
flat. SQLite is quickest with `seen` as a table, PostgreSQL with it inside of the query.
"""

from __future__ import annotations

from webapp.experiments.arms import CLOSED, OUTSIDE
from webapp.experiments.metrics import METRICS


def _kinds(how: str) -> str:
    return ", ".join(f"'{metric.kind}'" for metric in METRICS if metric.how == how)


FENCE = "LIMIT 9223372036854775807"
"""Of a query inside of another: what it makes is made once. Both databases would else work a value
out anew wherever a sum takes it in."""

BYTES = 'COLLATE "C"'
"""For PostgreSQL, which compares texts by a language's rules unless told not to. SQLite never
does, and does not know this."""


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

_SLICE = "person >= :low AND person < :high"
_MET = f"""FROM exposures WHERE feature = :feature AND answer <> '{OUTSIDE}' AND at < :until
    AND {_SLICE}"""

SEEN_BY_PERSON = f"""SELECT person,
    COALESCE(MIN(CASE WHEN answer <> '{CLOSED}' THEN answer END), '{CLOSED}') AS answer,
    COALESCE(MAX(CASE WHEN answer <> '{CLOSED}' THEN answer END), '{CLOSED}') AS other,
    COALESCE(MIN(CASE WHEN answer <> '{CLOSED}' THEN at END), MIN(at)) AS first
    {_MET} GROUP BY person"""
"""Whoever was left out first and let in later belongs to those who have it, from then on."""

_SPACES = "space > :low AND space <= :high"
_SAW = f"""feature = :feature AND answer NOT IN ('{CLOSED}', '{OUTSIDE}') AND at < :until
    AND space <> ''"""
"""The last of it is what the index by Space has: without it, the index is not read."""

SAMPLES = 256
BORDERS = f"""WITH RECURSIVE step(number) AS (
  SELECT 0 UNION ALL SELECT number + 1 FROM step WHERE number < {SAMPLES - 1}),
everybody AS (SELECT CAST(MAX(number) AS bigint) AS last FROM figured_people)
SELECT space FROM (
  SELECT (SELECT space FROM exposures WHERE feature = :feature AND space <> ''
      AND person >= last * number / {SAMPLES} ORDER BY person LIMIT 1) AS space
    FROM step, everybody
  UNION ALL SELECT MAX(space) FROM exposures WHERE feature = :feature AND space <> '') a
WHERE space IS NOT NULL GROUP BY space ORDER BY space"""  # noqa: S608 - names of our own
"""Spaces of people here and there, in the database's own order, up to the last of all: between them
are about as many exposures each."""


def _wanderers(told: str, collate: str = "") -> str:
    """How many of a slice of people were in Spaces of different variants; `told`: and who."""
    return f"""SELECT COUNT(*), {told} FROM (
  SELECT person FROM exposures WHERE {_SAW} AND {_SLICE} GROUP BY person
  HAVING MIN(answer {collate}) <> MAX(answer {collate})) a"""  # noqa: S608 - names of our own


def wanderers(staying: bool) -> str:
    """Of a slice of people: how many, and if they are to be left out, their numbers with commas
    between. Each slice of the Spaces is then told of those of all people."""
    return _wanderers("group_concat(person)" if staying else "NULL")


def wanderers_of_postgresql(staying: bool) -> str:
    """The same for PostgreSQL."""
    return _wanderers("string_agg(CAST(person AS text), ',')" if staying else "NULL", BYTES)


MAKE_WANDERERS = "CREATE TEMP TABLE wanderers (person INTEGER PRIMARY KEY)"
FILL_WANDERERS = "INSERT INTO wanderers SELECT value FROM json_each('[' || :wanderers || ']')"
_WANDERERS_OF_POSTGRESQL = """wanderers AS MATERIALIZED (
  SELECT unnest(CAST('{' || :wanderers || '}' AS integer[])) AS person),"""


def seen_by_space(staying: bool, collate: str = "") -> str:
    """`staying`: wanderers are not among the people of a Space. What it saw, and when first, it
    saw with them all the same."""
    people = "CASE WHEN w.person IS NULL THEN e.person END" if staying else "e.person"
    left_out = "LEFT JOIN wanderers w ON w.person = e.person" if staying else ""
    return f"""SELECT space, MIN(answer {collate}) AS answer, MAX(answer {collate}) AS other,
      MIN(at) AS first, COUNT(DISTINCT {people}) AS people
    FROM exposures e {left_out} WHERE {_SAW} AND {_SPACES} GROUP BY space"""  # noqa: S608 - as above


SUMS_BY_PERSON = f"""
SELECT answer, kind, COUNT(y), SUM(y), SUM(y * y), COUNT(x), SUM(x), SUM(x * x), SUM(x * y),
    SUM(CASE WHEN x IS NOT NULL THEN y END), COUNT(y) FROM (
  SELECT answer, kind, y, CASE WHEN before > 0 AND y IS NOT NULL THEN x END AS x FROM (
    SELECT answer, kind, before, {_value("after", "outcome")} AS y,
        {_value("before", "past")} AS x FROM (
      SELECT MAX(s.answer) AS answer, o.kind,
        SUM(CASE WHEN o.at >= s.first THEN o.number END) AS after,
        SUM(CASE WHEN o.at >= s.first THEN o.total END) AS outcome,
        SUM(CASE WHEN o.at < s.first THEN o.number END) AS before,
        SUM(CASE WHEN o.at < s.first THEN o.total END) AS past
      FROM outcomes o CROSS JOIN seen s
      WHERE s.person = o.person AND s.answer = s.other AND s.first >= :since
        AND o.person >= :low AND o.person < :high AND o.at < :until
      GROUP BY o.person, o.kind) a) b {FENCE}) c
GROUP BY kind, answer
UNION ALL
SELECT answer, CASE WHEN first < :since THEN 'earlier' WHEN answer <> other THEN 'both'
    ELSE 'people' END, COUNT(*), 0, 0, 0, 0, 0, 0, 0, COUNT(*) FROM seen GROUP BY 1, 2
"""  # noqa: S608 - only names of our own are put in


_THERE = """o.space <> '' AND o.space > :low AND o.space <= :high AND o.at < :until"""
_STAYS = "AND NOT EXISTS (SELECT 1 FROM wanderers w WHERE w.person = o.person)"


def sums_by_space(staying: bool) -> str:
    """Of the table `seen`. Only those count in a Space who met the feature there, and from then
    on; if `staying`, only who is not in the table `wanderers`."""
    became = f"""
    SELECT o.space, o.kind, SUM(o.number) AS number, SUM(o.total) AS total,
        COUNT(DISTINCT o.person) AS people
      FROM outcomes o
      WHERE {_THERE} {_STAYS if staying else ""}
        AND EXISTS (SELECT 1 FROM exposures e WHERE {_SAW} AND e.person = o.person
          AND e.space = o.space AND e.at <= o.at)
      GROUP BY o.space, o.kind"""  # noqa: S608 - only names of our own are put in
    return _of_spaces(became)


def joined_by_space(staying: bool) -> str:
    """The same for PostgreSQL, in one query that joins both tables: it sorts what COUNT(DISTINCT)
    counts, and asks for each row what is asked of it."""
    became = f"""
    SELECT space, kind, SUM(number) AS number, SUM(total) AS total, COUNT(*) AS people FROM (
      SELECT o.space, o.kind, SUM(o.number) AS number, SUM(o.total) AS total
      FROM outcomes o JOIN (SELECT space, person, MIN(at) AS first FROM exposures
          WHERE {_SAW} AND {_SPACES} GROUP BY space, person) h
        ON h.person = o.person AND h.space = o.space
      WHERE {_THERE} AND o.at >= h.first {_STAYS if staying else ""}
      GROUP BY o.space, o.kind, o.person) m
    GROUP BY space, kind"""  # noqa: S608 - only names of our own are put in
    return f"""WITH {_WANDERERS_OF_POSTGRESQL if staying else ""}
seen AS MATERIALIZED ({seen_by_space(staying, BYTES)})
{_of_spaces(became)}"""


def _of_spaces(became: str) -> str:
    """`became`: what became of the people of a Space, by its kind."""
    return f"""
SELECT answer, kind, COUNT(y), SUM(y), SUM(y * y), 0, 0, 0, 0, 0, SUM(people) FROM (
  SELECT u.answer, v.kind, v.people, CASE WHEN v.kind IN ({_kinds("mean")})
    THEN v.total / v.number WHEN v.kind IN ({_kinds("rate")}) THEN v.people * 1.0 / u.people
    ELSE v.total / u.people END AS y
  FROM ({became}) v
  JOIN seen u ON u.space = v.space WHERE u.answer = u.other AND u.first >= :since {FENCE}) w
GROUP BY answer, kind
UNION ALL
SELECT answer, what, COUNT(*), 0, 0, 0, 0, 0, 0, 0, SUM(people) FROM (
  SELECT answer, people, CASE WHEN first < :since THEN 'earlier'
    WHEN answer <> other THEN 'both' ELSE 'people' END AS what FROM seen) x
WHERE what <> 'people' OR people > 0 GROUP BY answer, what
"""  # noqa: S608 - only names of our own are put in
