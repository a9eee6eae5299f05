"""A deck on paper: one HTML file that needs no other, and the PDF made of it.

The style sheet is the page's own, so there is one layout to keep.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.template.loader import render_to_string

from cadence.decks.drawing import TOTALS, Drawn

SHEETS = ("tokens", "base", "shell", "components", "tables", "charts", "decks", "print")


class NoPaper(RuntimeError):
    """What PDFs are made with is not installed, or a library of the system is missing."""


def document(title: str, blocks: Sequence[Drawn], *, subtitle: str = "") -> str:
    """The deck as one HTML file, its style sheet inside."""
    sheet = b64encode(stylesheet().encode()).decode()
    return _written(title, blocks, subtitle, f"data:text/css;charset=utf-8;base64,{sheet}")


def pdf(title: str, blocks: Sequence[Drawn], *, subtitle: str = "") -> bytes:
    """The deck as a tagged PDF (PDF/UA-1). Raises NoPaper when it cannot be made here.

    Nothing is fetched for it: whatever an address in it names stays where it is.
    """
    printer = _printer()
    fetcher = printer.urls.URLFetcher(allowed_protocols={"data"})
    html = printer.HTML(string=_written(title, blocks, subtitle, ""), url_fetcher=fetcher)
    found: bytes = html.write_pdf(stylesheets=[_sheet(printer)], pdf_variant="pdf/ua-1")
    return found


def stylesheet() -> str:
    folder = Path(apps.get_app_config("cadence").path) / "static" / "cadence" / "css"
    return "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS)


def _written(title: str, blocks: Sequence[Drawn], subtitle: str, sheet: str) -> str:
    context: dict[str, Any] = {
        "title": title,
        "subtitle": subtitle,
        "blocks": blocks,
        "totals": TOTALS,
        "sheet": sheet,
    }
    return render_to_string("cadence/decks/paper.html", context)


def _printer() -> Any:
    """Imported only here: it takes three seconds and much memory, and few ask for it."""
    try:
        return import_module("weasyprint")
    except ImportError:
        raise NoPaper(
            "PDFs need WeasyPrint: install cadence-tracker[pdf]. The page can be printed instead."
        ) from None
    except OSError as error:
        # Pango is a library of the system; its name is in the message.
        raise NoPaper(f"PDFs need a library of the system: {str(error)[:120]}") from None


@cache
def _sheet(printer: Any) -> Any:
    """Read once: to parse it takes as long as a page of charts."""
    return printer.CSS(string=stylesheet())
