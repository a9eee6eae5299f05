"""``cadence wbr``: a configuration and figures in, a deck out, or what is wrong in which file."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

CONFIG = """\
setup: {week_ending: 07-JAN-2024, week_number: 1, title: Small, block_starting_number: 4}
metrics: {Visits: {column: Visits, aggf: sum}}
deck:
  - block: {ui_type: 6_12Graph, title: Visits of a week, metrics: {Visits: {legend_name: V}}}
  - block: {ui_type: 6_WeeksTable, title: Table, rows: [{row: {header: All, metric: Visits}}]}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    config, data = tmp_path / "deck.yaml", tmp_path / "figures.csv"
    config.write_text(CONFIG)
    rows = "".join(f'"Mon, {day:02}-Jan-2024","1,00{day}"\n' for day in range(1, 8))
    data.write_bytes(b"\xef\xbb\xbf" + f"Date,Visits\n{rows}".encode())
    return config, data


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("wbr", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_deck_comes_as_json(files: tuple[Path, Path]) -> None:
    deck = json.loads(run(*files, "--json"))
    graph, table = deck["blocks"]
    assert (deck["title"], graph["title"]) == ("Small", "Visits of a week")
    assert graph["metrics"][0]["weeks"] == [None] * 5 + [7028]
    assert graph["metrics"][0]["totals"] == [7028, None, None, 7028, None, 7028, None, 7028, None]
    assert len(graph["axis"]) == 18
    assert table["rows"][0]["values"][-2:] == [7028, 7028]


def test_the_deck_comes_as_tables(files: tuple[Path, Path]) -> None:
    printed = run(*files)
    assert "4. Visits of a week" in printed and "5. Table" in printed
    assert "7,028" in printed and "–" in printed


def test_a_fault_names_its_file_and_line(files: tuple[Path, Path]) -> None:
    config, data = files
    data.write_text("Date,Visits\n2024-01-01,many\n")
    with pytest.raises(CommandError, match=r"figures\.csv: Line 2, column “Visits”: “many”"):
        run(config, data)
    config.write_text(CONFIG.replace("aggf: sum", "aggf: total"))
    with pytest.raises(CommandError, match=r"deck\.yaml: Line 2: “aggf” is one of"):
        run(config, data)
    with pytest.raises(CommandError, match=r"none\.yaml cannot be read"):
        run(config.with_name("none.yaml"), data)
