"""Which texts a spreadsheet would run instead of showing them.

Excel, LibreOffice and Google Sheets take a cell for a formula when it begins with one of these
signs; in some languages the full-width ones too. See OWASP, "CSV Injection".
"""

import re

_SIGNS = "=+\\-@＝＋－＠"
# A program that takes another sign than the comma for the separator, or does not know of quotes,
# begins a new cell after a semicolon, a tab or a line break inside of this one.
_BEGINS = re.compile(rf"(^|[;\t\r\n])([\s\ufeff\u200b]*)(?=[{_SIGNS}])")
_RUNS = re.compile(rf"[\s\ufeff\u200b]*[{_SIGNS}]")


def is_run(text: str) -> bool:
    """Whether a cell of this text would be taken for a formula."""
    return _RUNS.match(text) is not None


def harmless(text: str) -> str:
    """The text with an apostrophe before what would be run: spreadsheets then show it."""
    marked = _BEGINS.sub(_mark, text)
    return f"'{marked}" if marked.startswith(("\t", "\r", "\n")) else marked


def _mark(found: re.Match[str]) -> str:
    begin, space = found.groups()
    return f"{begin}{space}'" if begin or re.search(r"[\t\r\n]", space) else f"'{space}"
