"""XLSX (ECMA-376) with the few parts that a table needs.

The sheets are written as text: a library that builds an element for each cell takes twenty times as
long, and makes a formula of every text that begins with ``=``. Nothing here can write a formula.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from cadence.spreadsheets.harm import is_run
from cadence.spreadsheets.tables import Table

NARROWEST, WIDEST = 9, 56
# Widths stand before the rows; so many rows are looked at for them.
LOOKED_AT = 200
LONGEST_TEXT = 32_767  # of a cell
LONGEST_TITLE = 31

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# ``_x0041_`` is how a workbook writes a character that XML does not have; Excel reads it as A.
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")

# Places in the list of styles below.
_HEAD, _DAY, _MOMENT, _QUOTED, _LINES = 1, 2, 3, 4, 5
_STYLES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">\
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>\
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFEEEBE3"/></patternFill></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf/></cellStyleXfs>\
<cellXfs count="6"><xf/>\
<xf fontId="1" fillId="2" applyFont="1" applyFill="1" applyAlignment="1">\
<alignment vertical="top" wrapText="1"/></xf>\
<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>\
<xf numFmtId="49" quotePrefix="1" applyNumberFormat="1"/>\
<xf applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PARTS = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no zones


def workbook_of(*tables: Table) -> bytes:
    """A workbook with a sheet for each table: heads stay in sight, numbers are numbers, days are
    days, and a text is a text, whatever it begins with."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _content_types(len(tables)))
        archive.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        archive.writestr("xl/workbook.xml", _book(tables))
        sheets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(tables) + 1)]
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _relations([*sheets, ("styles", "styles.xml")])
        )
        archive.writestr("xl/styles.xml", _STYLES)
        for number, table in enumerate(tables, start=1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as sheet:
                for part in _sheet(table):
                    sheet.write(part.encode())
    return written.getvalue()


def storable(text: str) -> str:
    """What a cell can hold: characters that XML has, and at most 32,767 of them."""
    clean = _ESCAPED.sub("_x005F_", _UNSTORABLE.sub("\ufffd", text))
    if len(clean) <= LONGEST_TEXT:
        return clean
    mark = f" … (cut: {len(text):,} characters)"
    return clean[: LONGEST_TEXT - len(mark)] + mark


def title_of(name: str) -> str:
    """A name as a sheet may bear it."""
    return _NOT_IN_TITLES.sub(" ", name)[:LONGEST_TITLE].strip() or "Table"


def _sheet(table: Table) -> Iterator[str]:
    rows = table.all_rows()
    first = list(islice(rows, LOOKED_AT))
    columns = [_column(number) for number in range(1, len(table.head) + 1)]
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(_widths(table.head, first), start=1)
    )
    yield (
        f'{_XML}<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
    )
    heads = "".join(
        _text(f"{at}1", words, _HEAD) for at, words in zip(columns, table.head, strict=True)
    )
    yield f'<row r="1">{heads}</row>'
    last = 1
    for last, row in enumerate(chain(first, rows), start=2):
        cells = "".join(_cell(f"{at}{last}", value) for at, value in zip(columns, row, strict=True))
        yield f'<row r="{last}">{cells}</row>'
    yield f'</sheetData><autoFilter ref="A1:{columns[-1]}{last}"/></worksheet>'


def _cell(place: str, value: object) -> str:
    match value:
        case None | "":
            return ""
        case str():
            style = _QUOTED if is_run(value) else _LINES if "\n" in value else 0
            return _text(place, value, style)
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case datetime():
            days = (value - _EPOCH).total_seconds() / 86_400
            return f'<c r="{place}" s="{_MOMENT}"><v>{days!r}</v></c>'
        case date():
            return f'<c r="{place}" s="{_DAY}"><v>{(value - _EPOCH.date()).days}</v></c>'
        case int():
            return f'<c r="{place}"><v>{value}</v></c>'
        case Decimal():
            return f'<c r="{place}"><v>{value:f}</v></c>'
    raise TypeError(f"A cell holds no {type(value).__name__}.")


def _text(place: str, words: str, style: int) -> str:
    # A carriage return as it is would be read as a line break.
    text = escape(storable(words), {"\r": "&#13;"})
    styled = f' s="{style}"' if style else ""
    return f'<c r="{place}"{styled} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _column(number: int) -> str:
    """A, B, … Z, AA, …"""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _widths(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[int]:
    """Wide enough for the rows that were looked at, within reason; a head may take two lines."""
    longest = [max(NARROWEST, max(map(len, words.split()), default=0)) for words in head]
    for row in rows:
        for place, value in enumerate(row):
            longest[place] = max(longest[place], _length(value))
    return [min(width, WIDEST) + 2 for width in longest]


def _length(value: object) -> int:
    match value:
        case None:
            return 0
        case str():
            return max(map(len, value.split("\n")))
        case datetime():
            return len("2026-11-22 14:05")
        case Decimal():
            return len(f"{value:f}")
    return len(str(value))


def _content_types(sheets: int) -> str:
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>'
        for n in range(1, sheets + 1)
    )
    return (
        f'{_XML}<Types xmlns="{_PARTS}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{parts}</Types>'
    )


def _relations(parts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(parts, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PARTS}/relationships">{rows}</Relationships>'


def _book(tables: Sequence[Table]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(title_of(table.name))} sheetId="{n}" r:id="rId{n}"/>'
        for n, table in enumerate(tables, start=1)
    )
    return f'{_XML}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
