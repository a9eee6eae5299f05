"""From bytes or pasted text to a table: encoding, separator and quotes are recognised.

Nothing is thrown away in silence: what cannot be read is refused with its line.
"""

import codecs
import csv
import io
import re
from collections import Counter
from itertools import islice

from charset_normalizer import from_bytes

from cadence.errors import Invalid
from cadence.imports.limits import LONGEST_CELL, MOST_BYTES, MOST_ROWS, too_much, unreadable
from cadence.imports.tables import Book, Row, Sheet, within_limits
from cadence.imports.workbooks import is_workbook, read_workbook

# What may be chosen where the guess is wrong, and what is guessed among.
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Western (Windows-1252)",
    "iso8859-15": "Western (ISO 8859-15)",
    "mac-roman": "Western (Macintosh)",
    "cp850": "Western (DOS)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "euc_kr": "Korean (EUC-KR)",
}
_GUESSED = [name for name in ENCODINGS if not name.startswith("utf")]
# The longer first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = (",", ";", "\t", "|")
_HALF = re.compile("[\ud800-\udfff]")
_LOOKED_AT = 200
_SAMPLE = 64 * 1024


def read_file(content: bytes, *, encoding: str = "") -> Book:
    """The tables of a file: a workbook, or text with separators. Raises Invalid."""
    if len(content) > MOST_BYTES:
        raise too_much("bytes", MOST_BYTES)
    if is_workbook(content):
        return read_workbook(content)
    text, found = decoded(content, encoding)
    return read_text(text, encoding=found)


def read_text(text: str, *, encoding: str = "") -> Book:
    """A table from text, such as cells pasted from a spreadsheet. Raises Invalid."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise unreadable("There is nothing in it.")
    if _HALF.search(text):
        raise unreadable("It holds half a character (an unpaired surrogate).")
    separator = _named_separator(text)
    if separator:
        text = text.split("\n", 1)[1] if "\n" in text else ""
    separator = separator or recognised_separator(text)
    sheet = Sheet("", _rows(text, separator))
    while sheet.rows and not any(cell.strip() for cell in sheet.rows[-1] if isinstance(cell, str)):
        sheet.rows.pop()
    if not sheet.rows:
        raise unreadable("There is nothing in it.")
    within_limits([sheet])
    return Book("text", [sheet], encoding, separator)


def decoded(content: bytes, encoding: str = "") -> tuple[str, str]:
    """The text and the name of its encoding: by its mark, as UTF-8, or guessed."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _decode(content, "utf-8-sig" if name == "utf-8" else name), name
    if encoding:
        return _decode(content, encoding), encoding
    half = _half_of_utf16(content)
    if half:
        return _decode(content, half), "utf-16"
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        pass
    # The guess is made from a part: it is the slow step.
    best = from_bytes(_with_accents(content), cp_isolation=_GUESSED).best()
    name = best.encoding.replace("_", "-") if best else "cp1252"
    name = name if name in ENCODINGS else best.encoding if best else name
    return _decode(content, name), name


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        named = ENCODINGS.get(encoding, encoding)
        raise unreadable(
            f"It cannot be read as {named}. Save it as CSV in UTF-8, or say its encoding."
        ) from None


def _half_of_utf16(content: bytes) -> str:
    """UTF-16 without its mark: every other byte of Western text is empty."""
    sample = content[:2000]
    if len(sample) < 4 or len(content) % 2:
        return ""
    half = len(sample) // 2
    if sample[1::2].count(0) > half * 0.7:
        return "utf-16-le"
    return "utf-16-be" if sample[::2].count(0) > half * 0.7 else ""


def _with_accents(content: bytes) -> bytes:
    """A part of the bytes around the first that is not ASCII."""
    first = next((place for place, byte in enumerate(content) if byte > 127), 0)
    start = max(0, first - _SAMPLE // 2)
    return content[start : start + _SAMPLE]


def _named_separator(text: str) -> str:
    """Excel's own first line ``sep=;``."""
    first = text[:20].split("\n", 1)[0].strip().strip('"')
    named = first[4:] if first.lower().startswith("sep=") else ""
    return named if named in SEPARATORS else "\t" if first.lower() == "sep=" else ""


def recognised_separator(text: str) -> str:
    """The one that gives the same number of columns in most rows; a comma where none does."""
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        counts = _counts(text, separator)
        if not counts:
            continue
        # Of the counts above one, the most common: titles above a table are one cell wide.
        widths = Counter(count for count in counts if count > 1)
        if not widths:
            continue
        width, rows = max(widths.items(), key=lambda one: (one[1], one[0]))
        # A tab stands in no number and no sentence.
        score = rows / len(counts) + min(width, 20) / 1000 + (0.2 if separator == "\t" else 0)
        if score > best_score:
            best, best_score = separator, score
    return best


def _counts(text: str, separator: str) -> list[int]:
    lines = csv.reader(io.StringIO(text[: _SAMPLE * 4], newline=""), delimiter=separator)
    try:
        return [len(cells) for cells in islice(lines, _LOOKED_AT) if cells]
    except csv.Error:
        return []


def _rows(text: str, separator: str) -> list[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    try:
        for cells in lines:
            rows.append(cells)  # type: ignore[arg-type]
            if len(rows) > MOST_ROWS + 1:
                if any(map(str.strip, cells)):
                    raise too_much("rows", MOST_ROWS)
                rows.pop()
    except csv.Error as error:
        if "field larger" in str(error):
            raise _too_long() from None
        reason = "a quote is opened and not closed" if "end of data" in str(error) else str(error)
        raise unreadable(f"It is no table: {reason}, line {lines.line_num}.") from None
    if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
        raise _too_long()
    return rows


def _too_long() -> Invalid:
    return unreadable(f"A cell holds more than {LONGEST_CELL:,} characters.")
