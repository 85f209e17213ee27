"""Lists of people as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from webapp.accounts import csv_format
from webapp.accounts.csv_format import Problem, Row

HEADER = "name,cohort,followers,country,platform,roles\n"


def problems(text: str) -> list[tuple[int, str, str]]:
    return [(p.line, p.code, p.value) for p in csv_format.read(text).problems]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_reads_what_spreadsheets_write(delimiter: str, mark: bytes, end: str) -> None:
    text = f"Name,cohort,followers,country{end}Zoë,Beta,12,fr{end}{end}Bo,alpha,,{end}"
    sheet = csv_format.read(mark + text.replace(",", delimiter).encode())
    assert sheet.problems == ()
    assert sheet.rows == (
        Row(2, "Zoë", "beta", 12, "FR", None),
        Row(4, "Bo", "alpha", 0, None, None),
    )


def test_columns_come_in_any_order() -> None:
    assert csv_format.read("cohort,name\nbeta,Bo\n").rows[0].name == "Bo"


def test_the_template_is_good() -> None:
    assert csv_format.read(csv_format.template()).problems == ()
    assert len(csv_format.read(csv_format.template()).rows) == 2


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
        ("Bo", "cohort", ""),
        ("Bo,beta,,,,,x", "cells", "7"),
    ],
)
def test_says_what_is_wrong_in_which_line(line: str, code: str, value: str) -> None:
    assert problems(f"{HEADER}Alma,beta,,,,\n{line}\n") == [(3, code, value)]


def test_says_everything_that_is_wrong_in_a_line() -> None:
    found = problems(f"{HEADER},,x,y,z,qa\n")
    assert [code for _, code, _ in found] == list(csv_format.COLUMNS)


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
        (b"x" * (csv_format.MOST_BYTES + 1), "too_long"),
        (b"name,cohort\n" + b"Bo,beta\n" * (csv_format.MOST_PEOPLE + 1), "too_many"),
        (b'name,cohort\n"Bo,beta\n', "not_csv"),
    ],
)
def test_refuses_what_is_no_list_of_people(content: bytes, code: str) -> None:
    sheet = csv_format.read(content)
    assert (sheet.rows, sheet.problems) == ((), (Problem(0, code),))


def test_columns_must_be_known() -> None:
    found = problems("name,nome,name\nBo,Bo,Bo\n")
    assert found == [
        (1, "missing_column", "cohort"),
        (1, "unknown_column", "nome"),
        (1, "column_twice", "name"),
    ]


def test_no_cell_makes_a_spreadsheet_work_anything_out() -> None:
    (row,) = csv.reader(io.StringIO(csv_format.written([["=1+1", "@x", "-2", "+3", "fine"]])))
    assert row == ["'=1+1", "'@x", "'-2", "'+3", "fine"]


def test_whom_there_is_and_what_there_is_not() -> None:
    sheet = csv_format.read("name,cohort\nZoë,beta\nBo,gamma\n")
    found = csv_format.known(sheet, ["beta"], {"zoe"}).problems
    assert found == (Problem(2, "taken", "Zoë"), Problem(3, "cohort", "gamma"))


def test_a_line_with_one_mistake_is_still_looked_at_for_others() -> None:
    sheet = csv_format.read("name,cohort,followers\nBo,gamma,many\n")
    codes = [problem.code for problem in csv_format.known(sheet, ["beta"], {"bo"}).problems]
    assert codes == ["followers", "cohort", "taken"]


SHEET = "name;cohort;followers\nZoé;beta;\nБо;alpha;5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_reads_what_excel_writes_in_unicode(encoding: str) -> None:
    sheet = csv_format.read(SHEET.encode(encoding))
    assert sheet.problems == ()
    assert [row.name for row in sheet.rows] == ["Zoé", "Бо"]


def test_reads_windows_1252() -> None:
    text = "name;cohort\nZoé Müller – “Zo”;beta\n"
    (row,) = csv_format.read(text.encode("cp1252")).rows
    assert row.name == "Zoé Müller – “Zo”"


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0", b"name,cohort\nB\0o,beta\n", b"\x81\x8d"]
)
def test_what_is_no_text_is_told(content: bytes) -> None:
    assert [problem.code for problem in csv_format.read(content).problems] == ["encoding"]


def test_empty_cells_at_the_end_may_be_left_out() -> None:
    text = "name,cohort,followers,country\nAl,alpha\nBo,beta,3\nCy,beta,,,,\n"
    assert csv_format.read(text).problems == ()
    assert [row.followers for row in csv_format.read(text).rows] == [0, 3, 0]


@pytest.mark.parametrize(
    "text",
    ["name,cohort,,\nAl,alpha,,\n", ",name,,cohort\n,Al,,alpha\n", "name,cohort\nAl,alpha,,,,\n"],
)
def test_columns_without_a_name_and_content_are_left_out(text: str) -> None:
    sheet = csv_format.read(text)
    assert sheet.problems == ()
    assert [(row.name, row.cohort) for row in sheet.rows] == [("Al", "alpha")]


def test_a_column_without_a_name_but_with_content_is_told() -> None:
    assert problems("name,,cohort\nAl,x,alpha\n") == [(1, "unknown_column", "")]


@pytest.mark.parametrize("separator", ";,|")
def test_a_line_that_names_the_separator_is_followed(separator: str) -> None:
    lines = "name,cohort\nAl,alpha\n,nowhere\n".replace(",", separator)
    text = f"sep={separator}\n{lines}"
    sheet = csv_format.read(text)
    assert [row.name for row in sheet.rows] == ["Al"]
    assert [problem.line for problem in sheet.problems] == [4]


def test_line_ends_do_not_change_whether_a_file_is_too_large() -> None:
    lines = "".join(f"Person {number:05},beta,{'1' * 9}\n" for number in range(12000))
    text = ("name,cohort,followers\n" + lines)[: csv_format.MOST_BYTES - 1] + "\n"
    one, other = csv_format.read(text), csv_format.read(text.replace("\n", "\r\n"))
    assert one == other
    assert [problem.code for problem in one.problems] == ["too_many"]
    assert [problem.code for problem in csv_format.read(text + "x").problems] == ["too_long"]


@pytest.mark.parametrize(
    "name", ["\u200fمحمد\u200f", "\u202aZoé\u202c", "\u2068Bo\u2069", "\ufeffAl "]
)
def test_marks_of_direction_around_a_name_are_trimmed(name: str) -> None:
    (row,) = csv_format.read(f"name,cohort\n{name},beta\n").rows
    assert row.name in ("محمد", "Zoé", "Bo", "Al")


def test_many_columns_and_many_lines_take_no_time() -> None:
    """Cells are filled up for named columns only."""
    wide = "," * 100_000 + "x\n" + "a\n" * 60_000
    assert [problem.code for problem in csv_format.read(wide).problems] == ["not_csv"]
    assert csv_format.read("name,cohort\n" + wide).problems[0].code == "cells"


def test_excel_is_told_that_it_is_utf_8() -> None:
    assert csv_format.for_spreadsheets("Zoé") == b"\xef\xbb\xbfZo\xc3\xa9"
