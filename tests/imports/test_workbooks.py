"""Workbooks: values as they were last computed, and everything that stands in the way of them."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cadence.errors import Invalid
from cadence.imports.reading_tables import read_file
from cadence.imports.tables import Book

SHEET = "xl/worksheets/sheet1.xml"


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return saved(book)


def altered(content: bytes, change: Callable[[str], str], part: str = SHEET) -> bytes:
    """The workbook with one of its parts changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()).encode() if name == part else data)
    return written.getvalue()


def rows_of(content: bytes) -> list[Any]:
    return read_file(content).sheets[0].rows


def test_numbers_dates_truths_and_texts_keep_what_they_are() -> None:
    content = workbook(
        ["Metric", "Week", 3],
        ["demos", date(2026, 11, 9), 0.1 + 0.2, True],
        [
            "demos",
            datetime(2026, 11, 2, 13, 30),  # noqa: DTZ001 - a workbook knows no zones
            -1234567.5,
            "1.234,5",
        ],
    )
    assert rows_of(content) == [
        ["Metric", "Week", ["n", "3"]],
        ["demos", ["d", "2026-11-09"], ["n", "0.3"], ["b", "TRUE"]],
        ["demos", ["d", "2026-11-02"], ["n", "-1234567.5"], "1.234,5"],
    ]


def test_dates_count_from_1900_or_from_1904() -> None:
    for epoch in (None, CALENDAR_MAC_1904):
        book = Workbook()
        if epoch is not None:
            book.epoch = epoch
        sheet = book.active
        assert sheet is not None
        sheet.append(["Week", date(2026, 11, 9)])
        found = read_file(saved(book)).sheets[0]
        assert found.rows[0][1] == ["d", "2026-11-09"]
        assert found.from_1904 is (epoch is not None)


def test_a_percentage_is_a_hundred_times_its_number() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([0.125, 1, 0.3333333333333333])
    for cell in sheet[1]:
        cell.number_format = "0.0%"
    assert rows_of(saved(book))[0] == [["p", "12.5"], ["p", "100"], ["p", "33.3333333"]]


def test_a_formula_counts_as_its_value_and_without_one_it_says_so() -> None:
    content = workbook(["a", "=1+1"], ["b", "=A1&A2"])
    assert rows_of(content) == [["a", ["f", ""]], ["b", ["f", ""]]]
    computed = altered(
        content,
        lambda xml: (
            xml.replace("<v></v>", "<v>2</v>")
            .replace("<v />", "<v>2</v>")
            .replace("<v/>", "<v>2</v>")
        ),
    )
    assert rows_of(computed) == [["a", ["n", "2"]], ["b", ["n", "2"]]]


def test_an_error_stays_an_error() -> None:
    assert rows_of(workbook(["a", "#N/A"]))[0][1] == ["e", "#N/A"]


def test_of_merged_cells_the_first_has_the_value_and_the_others_say_so() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["a", "b", "c"], ["x", 1, 2], ["y", 3, 4]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    found = read_file(saved(book)).sheets[0]
    assert found.rows[2][0] == ["m", "A2:A3"]
    assert "merged" in found.notes[0]


def test_every_sheet_is_kept_but_the_empty_and_the_hidden() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["a", 1])
    book.create_sheet("Empty")
    book.create_sheet("Second").append(["b", 2])
    hidden = book.create_sheet("Hidden")
    hidden.append(["c", 3])
    hidden.sheet_state = "hidden"
    assert [sheet.name for sheet in read_file(saved(book)).sheets] == ["Sheet", "Second"]


def test_a_million_empty_rows_are_not_read() -> None:
    content = workbook(["a", 1], ["b", 2])
    far = altered(
        content,
        lambda xml: xml.replace(
            "</sheetData>", '<row r="1048576"><c r="A1048576"><v>9</v></c></row></sheetData>'
        ),
    )
    sheet = read_file(far).sheets[0]
    assert len(sheet.rows) == 2 and "empty rows follow" in sheet.notes[0]
    styled = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 60_000))
    wide = altered(content, lambda xml: xml.replace("</sheetData>", f"{styled}</sheetData>"))
    assert len(read_file(wide).sheets[0].rows) == 2


def test_empty_rows_between_keep_the_numbers_of_the_others() -> None:
    content = workbook(["a"], [], [], ["b"])
    assert rows_of(content) == [["a"], [], [], ["b"]]


def bomb(size: int = 200 * 1024 * 1024) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(size // 2**20):
                part.write(b" " * 2**20)
    return written.getvalue()


def entities(content: bytes) -> bytes:
    lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return altered(content, lambda xml: xml.replace("<worksheet", f"{lol}<worksheet", 1))


def archive(**parts: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(lambda: bomb(), "unfolds to too much", id="bomb"),
        pytest.param(
            lambda: archive(**{f"p{n}": "" for n in range(2_001)}),
            "unfolds to too much",
            id="parts",
        ),
        pytest.param(lambda: entities(workbook(["a"])), "broken", id="entities"),
        pytest.param(lambda: workbook(["a", 1])[:-200], "broken", id="cut short"),
        pytest.param(lambda: b"PK\x03\x04" + b"\0" * 100, "broken", id="no archive"),
        pytest.param(lambda: archive(readme="hello"), "no .xlsx workbook", id="another archive"),
        pytest.param(
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "before 2007", id="xls"
        ),
        pytest.param(lambda: workbook(), "nothing in this workbook", id="empty"),
        pytest.param(lambda: workbook(["x"] * 501), "at most 500 columns", id="wide"),
        pytest.param(
            lambda: altered(workbook(["a"]), lambda xml: xml.replace('r="A1"', 'r="ZZZZ1"')),
            "broken",
            id="a column there is not",
        ),
        pytest.param(
            lambda: altered(workbook(["a"]), lambda xml: xml.replace("</sheetData>", "<")),
            "broken",
            id="broken xml",
        ),
    ],
)
def test_what_is_no_workbook_is_refused_with_the_reason(
    content: Callable[[], bytes], says: str
) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        read_file(content())
    assert refused.value.code == "file_unreadable"


def test_a_workbook_is_a_book() -> None:
    assert isinstance(read_file(workbook(["a"])), Book)
