"""Lists of people as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from webapp.accounts import sheets
from webapp.accounts.sheets import Problem, Row

HEADER = "name,cohort,followers,country,platform,roles\n"


def problems(text: str) -> list[tuple[int, str, str]]:
    return [(p.line, p.code, p.value) for p in sheets.read(text).problems]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_reads_what_spreadsheets_write(delimiter: str, mark: bytes, end: str) -> None:
    text = f"Name,cohort,followers,country{end}Zoë,Beta,12,fr{end}{end}Bo,alpha,,{end}"
    sheet = sheets.read(mark + text.replace(",", delimiter).encode())
    assert sheet.problems == ()
    assert sheet.rows == (
        Row(2, "Zoë", "beta", 12, "FR", None),
        Row(4, "Bo", "alpha", 0, None, None),
    )


def test_columns_come_in_any_order() -> None:
    assert sheets.read("cohort,name\nbeta,Bo\n").rows[0].name == "Bo"


def test_the_template_is_good() -> None:
    assert sheets.read(sheets.template()).problems == ()
    assert len(sheets.read(sheets.template()).rows) == 2


@pytest.mark.parametrize(
    ("line", "code", "value"),
    [
        (",beta,,,,", "name", ""),
        (f"{'x' * 41},beta,,,,", "name", "x" * 39 + "…"),
        ("A\u202eB,beta,,,,", "name", "A·B"),
        ("Bo,,,,,", "cohort", ""),
        ("Bo,beta,-1,,,", "followers", "-1"),
        ("Bo,beta,1.5,,,", "followers", "1.5"),
        ("Bo,beta,٣,,,", "followers", "٣"),
        ("Bo,beta,9999999999,,,", "followers", "9999999999"),
        ("Bo,beta,,France,,", "country", "France"),
        ("Bo,beta,,,fridge,", "platform", "fridge"),
        ("Bo,beta,,,,administrator", "roles", "administrator"),
        ("Bo,beta", "cells", "2"),
        ("Bo,beta,,,,,", "cells", "7"),
    ],
)
def test_says_what_is_wrong_in_which_line(line: str, code: str, value: str) -> None:
    assert problems(f"{HEADER}Alma,beta,,,,\n{line}\n") == [(3, code, value)]


def test_says_everything_that_is_wrong_in_a_line() -> None:
    found = problems(f"{HEADER},,x,y,z,qa\n")
    assert [code for _, code, _ in found] == list(sheets.COLUMNS)


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    assert problems('name,cohort\n"Two\nlines",beta\nBo,\n') == [
        (2, "name", "Two·lines"),
        (4, "cohort", ""),
    ]


def test_nobody_comes_twice() -> None:
    assert problems("name,cohort\nZoë,beta\nBo,beta\nZOE,alpha\n") == [(4, "twice", "2")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"name,cohort\n", "empty"),
        ("name,cohort\nZoë,beta\n".encode("latin-1"), "encoding"),
        ("name,cohort\nBo,beta\n".encode("utf-16"), "encoding"),
        (b"x" * (sheets.MOST_BYTES + 1), "too_long"),
        (b"name,cohort\n" + b"Bo,beta\n" * (sheets.MOST_PEOPLE + 1), "too_many"),
        (b'name,cohort\n"Bo,beta\n', "not_csv"),
    ],
)
def test_refuses_what_is_no_list_of_people(content: bytes, code: str) -> None:
    sheet = sheets.read(content)
    assert (sheet.rows, sheet.problems) == ((), (Problem(0, code),))


def test_columns_must_be_known() -> None:
    found = problems("name,nome,name\nBo,Bo,Bo\n")
    assert found == [
        (1, "missing_column", "cohort"),
        (1, "unknown_column", "nome"),
        (1, "column_twice", "name"),
    ]


def test_no_cell_makes_a_spreadsheet_work_anything_out() -> None:
    (row,) = csv.reader(io.StringIO(sheets.written([["=1+1", "@x", "-2", "+3", "fine"]])))
    assert row == ["'=1+1", "'@x", "'-2", "'+3", "fine"]


def test_whom_there_is_and_what_there_is_not() -> None:
    sheet = sheets.read("name,cohort\nZoë,beta\nBo,gamma\n")
    found = sheets.known(sheet, ["beta"], {"zoe"}).problems
    assert found == (Problem(2, "taken", "Zoë"), Problem(3, "cohort", "gamma"))


def test_a_line_with_one_mistake_is_still_looked_at_for_others() -> None:
    sheet = sheets.read("name,cohort,followers\nBo,gamma,many\n")
    codes = [problem.code for problem in sheets.known(sheet, ["beta"], {"bo"}).problems]
    assert codes == ["followers", "cohort", "taken"]
