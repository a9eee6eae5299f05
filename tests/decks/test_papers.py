"""A deck as one file and as a PDF, from a configuration of the wbr-app."""

import re
import zlib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cadence.decks.drawing import drawn
from cadence.decks.papers import document, pdf

CONFIG = """
setup:
  week_ending: 25-SEP-2021
  week_number: 38
  title: "Shop <b>"
metrics:
  Orders: {column: Orders, aggf: sum}
  Visits: {column: Visits, aggf: sum}
  Rate:
    metric_comparison_method: bps
    function: {divide: [{metric: {name: Orders}}, {metric: {name: Visits}}]}
deck:
  - block: {ui_type: section, title: Traffic}
  - block:
      ui_type: 6_12Graph
      title: Orders
      metrics: {Orders: {line_style: primary, graph_prior_year_flag: true}}
  - block:
      ui_type: 6_12Graph
      title: Rate
      y_scaling: "##.1%"
      metrics: {Rate: {line_style: primary, graph_prior_year_flag: false}}
  - block:
      ui_type: 6_WeeksTable
      title: Weeks
      rows:
        - row: {header: Reach}
        - row: {header: Orders, metric: Orders}
        - row: {header: to the week before, metric: OrdersWOW}
        - row: {header: Rate to the week before, metric: RateWOW}
  - block: {ui_type: embedded_content, source: "https://example.org/board", title: Board}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    config, data = tmp_path / "deck.yaml", tmp_path / "days.csv"
    config.write_text(CONFIG, encoding="utf-8")
    lines = ["Date,Orders,Visits"]
    # The last week sells 20 a day of 100, all before it 10.
    lines += [f"2021-08-{day:02},10,100" for day in range(1, 32)]
    lines += [f"2021-09-{day:02},{20 if day > 18 else 10},100" for day in range(1, 26)]
    data.write_text("\n".join(lines), encoding="utf-8")
    return config, data


def written(files: tuple[Path, Path], form: str) -> Path:
    target = files[0].parent / f"deck.{form}"
    call_command("wbr", *map(str, files), f"--{form}", str(target))
    return target


def unpacked(paper: bytes) -> bytes:
    """A PDF with what stands in its compressed streams."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.DOTALL)
    return paper + b"".join(zlib.decompress(one) for one in streams if one[:1] == b"\x78")


def test_the_page_needs_no_other_file(files: tuple[Path, Path]) -> None:
    html = written(files, "html").read_text(encoding="utf-8")
    assert html.count("<svg") == 2
    assert not re.findall(r'(?:src|href)="(?!data:|https://example\.org/board)', html)
    assert "<script" not in html and " style=" not in html
    assert "<title>Shop &lt;b&gt;</title>" in html


def test_the_page_says_what_the_figures_are(files: tuple[Path, Path]) -> None:
    html = " ".join(written(files, "html").read_text(encoding="utf-8").split())
    assert "Week 38, ending 25 September 2021" in html
    assert "wk 38, Orders: 140" in html
    assert "+100.0%" in html  # the last week beside the one before
    assert "+1,000 bps" in html
    assert '<th scope="rowgroup" colspan="9">Reach</th>' in html


def test_the_pdf_is_tagged_and_says_its_title(files: tuple[Path, Path]) -> None:
    paper = unpacked(written(files, "pdf").read_bytes())
    assert paper.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in paper and b"/Table" in paper and b"/Figure" in paper
    assert b"pdfuaid" in paper


def test_a_folder_that_is_not_there_is_said(files: tuple[Path, Path]) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("wbr", *map(str, files), "--html", "/nowhere/at/all.html")


def test_nothing_is_fetched_for_a_pdf() -> None:
    block = {"kind": "link", "title": "x", "address": "https://127.0.0.1:1/secret"}
    assert pdf("Deck", [drawn(block)]).startswith(b"%PDF-")
    assert "127.0.0.1" in document("Deck", [drawn(block)])


def test_a_deck_without_blocks_says_so() -> None:
    assert "Nothing in this deck" in document("Deck", [])
