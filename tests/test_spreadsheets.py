"""Tables that people open in a spreadsheet: nothing of them runs, and nothing of them is lost."""

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from cadence.errors import Invalid
from cadence.spreadsheets import MOST_ROWS, Table, csv_of, workbook_of

# What makes a cell a formula, in front of what it would then do.
SIGNS = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
BEFORE = ["", " ", "\t", "\r", "\n", "\ufeff", "\u200b", "\u3000"]
DONE = ["cmd|' /C calc'!A0", "1+1"]
ATTACKS = [before + sign + done for before, sign, done in product(BEFORE, SIGNS, DONE)]
# What a program with another separator makes a cell of.
INSIDE = ["a;=1+1", 'a";=1+1;"b', "a\t=1+1", "a\n=1+1", "a\r\n@SUM(1)", "a; ＝1+1"]


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def sheet_xml(book: bytes, number: int = 1) -> str:
    with ZipFile(io.BytesIO(book)) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


def test_what_is_written_is_read_back() -> None:
    row = ['Lucía, “quoted” "here"', None, 7, Decimal("-0.5"), "two\nlines"]
    assert read(csv_of(["a", "b", "c", "d", "e"], [row])) == [
        ["a", "b", "c", "d", "e"],
        ['Lucía, “quoted” "here"', "", "7", "-0.5", "two\nlines"],
    ]


def test_a_text_that_a_spreadsheet_would_run_is_only_shown() -> None:
    harm = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "plain"]
    (row,) = read(csv_of(["a"] * 6, [harm]))[1:]
    assert row == ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "'\t'=1", "plain"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_of_a_csv_begins_like_a_formula(attack: str) -> None:
    (row,) = read(csv_of(["a", attack], [["plain", attack]]))[1:]
    (head,) = read(csv_of([attack], []))
    assert row[1].startswith("'") and head[0].startswith("'")
    assert row[1].replace("'", "") == attack.replace("'", "")


@pytest.mark.parametrize("attack", INSIDE)
@pytest.mark.parametrize("separator", [";", "\t"])
def test_nor_does_one_of_a_program_that_separates_otherwise(attack: str, separator: str) -> None:
    text = csv_of(["a"], [[attack]])
    for line in re.split(r"[\r\n]+", text):
        for cell in line.split(separator):
            assert cell.strip(' "\ufeff')[:1] not in SIGNS, cell


@pytest.mark.parametrize(
    "attack", [*ATTACKS, *INSIDE, "#N/A", "#REF!", "TRUE", "1e5", "_x003D_1+1"]
)
def test_a_text_in_a_workbook_is_a_text_whatever_it_begins_with(attack: str) -> None:
    book = workbook_of(Table("List", ["a", attack], [["plain", attack]]))
    xml = sheet_xml(book)
    assert "<f" not in xml.replace("<f>", "<f").split("<sheetData>")[1]
    assert re.findall(r'<c r="(\w+)"[^>]* t="inlineStr"', xml) == ["A1", "B1", "A2", "B2"]
    cell = load_workbook(io.BytesIO(book)).active["B2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x005F_", "_") == attack
    # Neither does it become one when somebody types Enter in it.
    assert cell.quotePrefix == (attack in ATTACKS)


def test_numbers_are_numbers_and_days_are_days() -> None:
    row = [
        7,
        Decimal("0.000000001"),
        date(2026, 11, 22),
        datetime.fromisoformat("2026-03-29T14:05"),
        True,
        None,
    ]
    table = Table("List", list("abcdef"), [row, [10**15 - 1, Decimal("1E+3"), *row[2:]]])
    sheet = load_workbook(io.BytesIO(workbook_of(table))).active
    first, second = sheet.iter_rows(min_row=2)
    assert [cell.data_type for cell in first] == ["n", "n", "d", "d", "b", "n"]
    assert first[0].value == 7 and Decimal(str(first[1].value)) == Decimal("1E-9")
    assert first[2].value.date() == date(2026, 11, 22) and first[3].value == row[3]
    assert first[2].number_format.replace("\\", "") == "yyyy-mm-dd"
    assert first[4].value is True and first[5].value is None
    assert (second[0].value, second[1].value) == (10**15 - 1, 1000)
    assert "<v>0.000000001</v>" in sheet_xml(workbook_of(table))


def test_a_sheet_keeps_its_heads_in_sight_and_its_columns_wide_enough() -> None:
    rows = [["A rather long name of an initiative", 1], ["x" * 300, 2]]
    sheet = load_workbook(
        io.BytesIO(workbook_of(Table("All: [work]?", ["Name", "No"], rows)))
    ).active
    assert sheet.title == "All   work" and sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3" and sheet["A1"].font.bold
    assert 36 < sheet.column_dimensions["A"].width < 60
    assert sheet.column_dimensions["B"].width < 15


def test_what_xml_cannot_hold_is_replaced_and_what_is_too_long_says_so() -> None:
    texts = ["a\x00b\x1fc\ufffed\ud800", "<&>\"'", " kept ", "x" * 40_000, "a\r\nb"]
    sheet = load_workbook(
        io.BytesIO(workbook_of(Table("List", ["a"], [[t] for t in texts])))
    ).active
    values = [cell.value for (cell,) in sheet.iter_rows(min_row=2)]
    assert values[:3] == ["a�b�c�d�", "<&>\"'", " kept "]
    assert len(values[3]) == 32_767 and values[3].endswith("… (cut: 40,000 characters)")
    assert values[4] == "a\r\nb"


def test_several_tables_are_sheets_of_one_workbook_and_an_empty_one_has_its_heads() -> None:
    book = load_workbook(io.BytesIO(workbook_of(Table("One", ["a"], []), Table("Two", ["b"], []))))
    assert book.sheetnames == ["One", "Two"]
    assert [cell.value for cell in book["Two"][1]] == ["b"]


def test_a_table_that_is_too_long_is_refused_and_never_cut() -> None:
    rows = ([n] for n in range(MOST_ROWS + 1))
    with pytest.raises(Invalid) as refused:
        sum(1 for _ in Table("List", ["a"], rows).all_rows())
    assert refused.value.code == "too_many_rows"
