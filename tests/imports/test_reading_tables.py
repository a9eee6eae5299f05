"""From bytes to a table: encodings, marks, separators, quotes; and what is no table."""

import codecs

import pytest

from cadence.errors import Invalid
from cadence.imports import reading_tables
from cadence.imports.reading_tables import decoded, read_file, read_text
from cadence.imports.tables import Book, Sheet, letter, pack, text_of, unpack

HEAD = ["Metric", "Week", "Größe"]
LINES = [HEAD, ["demos", "2026-11-09", "31"], ["café", "2026-11-02", "47"]]


def text(separator: str) -> str:
    return "".join(separator.join(line) + "\r\n" for line in LINES)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_table_is_read_whatever_its_separator_and_encoding(separator: str, encoding: str) -> None:
    book = read_file(text(separator).encode(encoding))
    assert book.sheets[0].rows == LINES
    assert book.separator == separator


@pytest.mark.parametrize(
    "mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE]
)
def test_a_byte_order_mark_says_the_encoding_and_is_no_part_of_the_table(mark: bytes) -> None:
    encoding = {3: "utf-8", 2: "utf-16-le", 4: "utf-32-le"}[len(mark)]
    if mark == codecs.BOM_UTF16_BE:
        encoding = "utf-16-be"
    book = read_file(mark + text(";").encode(encoding))
    assert book.sheets[0].rows == LINES


def test_an_encoding_that_is_said_is_not_guessed() -> None:
    content = "Метрика;Неделя;Значение\nдемо;2026-11-09;31\n".encode("cp1251")
    assert read_file(content, encoding="cp1251").sheets[0].rows[1][0] == "демо"
    with pytest.raises(Invalid, match="cannot be read as UTF-8"):
        read_file(content, encoding="utf-8")


# What the collection csv-spectrum holds, by name.
@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param(
            'first,address\nJohn,"120 any st., Anytown"\n',
            [["first", "address"], ["John", "120 any st., Anytown"]],
            id="comma_in_quotes",
        ),
        pytest.param(
            'a,b,c\n1,"",""\n2,3,4\n',
            [["a", "b", "c"], ["1", "", ""], ["2", "3", "4"]],
            id="empty",
        ),
        pytest.param(
            'a,b,c\r\n1,"",""\r\n2,3,4\r\n',
            [["a", "b", "c"], ["1", "", ""], ["2", "3", "4"]],
            id="empty_crlf",
        ),
        pytest.param(
            'a,b\n1,"ha ""ha"" ha"\n3,4\n',
            [["a", "b"], ["1", 'ha "ha" ha'], ["3", "4"]],
            id="escaped_quotes",
        ),
        pytest.param(
            'key,val\n1,"{""type"": ""Point"", ""x"": [1.0, 2]}"\n',
            [["key", "val"], ["1", '{"type": "Point", "x": [1.0, 2]}']],
            id="json",
        ),
        pytest.param(
            'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
            [["a", "b", "c"], ["1", "2", "3"], ["Once upon \na time", "5", "6"], ["7", "8", "9"]],
            id="newlines",
        ),
        pytest.param(
            'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
            [["a", "b"], ["1", 'ha \n"ha" \nha'], ["3", "4"]],
            id="quotes_and_newlines",
        ),
        pytest.param("a,b,c\n1,2,3", [["a", "b", "c"], ["1", "2", "3"]], id="simple"),
        pytest.param(
            "a,b,c\n1,2,3\n4,5,ʤ\n", [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "ʤ"]], id="utf8"
        ),
        pytest.param("sep=;\na;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]], id="separator_named"),
    ],
)
def test_quotes_and_lines_are_read_as_the_standard_has_them(
    content: str, rows: list[list[str]]
) -> None:
    assert read_file(content.encode()).sheets[0].rows == rows
    assert read_text(content).sheets[0].rows == rows


def test_a_comma_before_the_decimals_is_no_separator() -> None:
    book = read_text("Metric;Week;Value\na;2026-11-09;1,5\nb;2026-11-09;2,5\nc;2026-11-09;3,5\n")
    assert book.separator == ";"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "nothing in it"),
        (b"\xef\xbb\xbf  \r\n\r\n", "nothing in it"),
        (b'a,b\n1,"2\n3,4\n', "a quote is opened and not closed"),
        (b'a,b\n1,"2"3\n', "line 2"),
        (b"\xff\xfe\x00\xd8", "UTF-16"),
        (b"a,b\n" + b"x" * 10_001 + b",1\n", "more than 10,000 characters"),
        (b"a,b\n" + b"x" * 140_000 + b",1\n", "more than 10,000 characters"),
        (b",".join([b"x"] * 501), "at most 500 columns"),
        (b"a\n" * 100_003, "at most 100,000 rows"),
        (b"x" * (10 * 1024 * 1024 + 1), "at most 10,485,760 bytes"),
    ],
)
def test_what_is_no_table_or_too_much_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        read_file(content)
    assert refused.value.code == "file_unreadable"


def test_what_no_encoding_reads_is_refused() -> None:
    noise = bytes(range(128, 256)) * 20
    with pytest.raises(Invalid, match="Save it as CSV in UTF-8"):
        decoded(b"a;b\n" + noise)


def test_a_table_is_kept_as_it_is() -> None:
    cells = [
        ["a", ["n", "1.5"]],
        [],
        ["\x00 \ud800".encode("utf-8", "replace").decode(), ["e", "#N/A"]],
    ]
    book = Book("workbook", [Sheet("S", cells, ["note"], True)])
    assert unpack(pack(book)) == book


def test_columns_have_their_letters() -> None:
    assert [letter(place) for place in (0, 25, 26, 51, 52, 701, 702)] == [
        *("A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"),
    ]
    assert text_of(["p", "12.5"]) == "12.5%"


def test_the_separator_is_looked_for_in_a_part_of_a_large_file() -> None:
    lines = "a;b;c\n" * 90_000
    assert reading_tables.recognised_separator(lines) == ";"
