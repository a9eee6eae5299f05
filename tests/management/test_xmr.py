"""``cadence xmr``: numbers in, limits and signals out, or where a number is none."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

WHEELER = "5045 4350 4350 3975 4290 4430 4485 4285\n3980;3925, 3645 3760 3300 3685 3463 5200\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    def typed(text: str, *options: str) -> str:
        out = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        call_command("xmr", *options, stdout=out)
        return out.getvalue()

    return typed


def test_numbers_on_standard_input_give_limits_and_signals(typed: Any) -> None:
    found = json.loads(typed(WHEELER, "--json"))
    assert found["mean"] == 4135.5
    assert found["average_moving_range"] == pytest.approx(355.9333, abs=1e-4)
    assert found["lower_limit"] == pytest.approx(3188.7173, abs=1e-4)
    assert found["upper_limit"] == pytest.approx(5082.2827, abs=1e-4)
    assert found["upper_range_limit"] == pytest.approx(1163.1901, abs=1e-4)
    assert found["signals"] == {"beyond_limits": [15], "near_limit": [], "run": []}
    assert "beyond a limit (positions from 0):\n      15  5200" in typed(WHEELER)


def test_few_numbers_are_said_to_be_few(typed: Any) -> None:
    assert json.loads(typed("1 2 3", "--json"))["upper_limit"] is None
    assert "Fewer than 6 values give no limits." in typed("1 2 3")
    assert "trial limits" in typed("1 2 3 4 5 6")
    assert "routine variation" in typed("1 2 1 2 1 2 1 2 1 2 1 2")


def test_a_column_of_a_file_with_commas_percent_and_gaps(typed: Any, tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    file.write_bytes(
        b'\xef\xbb\xbfDay,Visits,Share\n1,"1,000",50%\n2,"2,000",\n\n3,"1,000",25.5%\n'
    )
    visits = json.loads(typed("", str(file), "--column", "Visits", "--json"))
    assert (visits["count"], visits["average_moving_range"]) == (3, 1000)
    share = json.loads(typed("", str(file), "--column", "Share", "--json"))
    assert (share["count"], share["mean"], share["average_moving_range"]) == (2, 0.3775, None)
    piped = json.loads(typed(file.read_text(encoding="utf-8"), "--column", "Visits", "--json"))
    assert piped == visits


def test_the_median_gives_other_limits(typed: Any) -> None:
    found = json.loads(typed("1 2 3 4 5 90", "--median", "--json"))
    assert (found["centre"], found["moving_range"], found["upper_limit"]) == (3.5, 1, 6.645)
    assert found["mean"] == 17.5
    assert "median" in typed("1 2 3 4 5 90", "--median")


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", (), "There are no numbers."),
        ("1 2\n3 x", (), "Line 2: “x” is not a number."),
        ("1 NaN", (), "Line 1: “NaN” is not a number."),
        ("1 1e999", (), "more than 40 digits"),
        ("1" * 5000, (), "is not a number"),
        ("A,B\n1,2\n1,z\n", ("--column", "B"), "Line 3, column “B”: “z” is not a number."),
        ("A,B\n1,2\n", ("--column", "C"), "There is no column “C”. There are: A, B."),
        ('A\n"1\n', ("--column", "A"), "Line 2: unexpected end of data."),
        ("", ("--column", "A"), "There are no rows."),
    ],
)
def test_what_is_no_number_is_named(
    typed: Any, text: str, options: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(says)):
        typed(text, *options)


def test_a_file_that_is_not_there_is_named(typed: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv cannot be read"):
        typed("", str(tmp_path / "none.csv"), "--column", "A")
    (tmp_path / "two.csv").write_text("A,B\n1,2\n")
    with pytest.raises(CommandError, match="Say which --column: A, B"):
        typed("", str(tmp_path / "two.csv"))
