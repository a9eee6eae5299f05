"""History, run through the real actions, beside a plain recomputation from the same file."""

import csv
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Membership, Organization, Role
from cadence.ledger.models import Head
from cadence.management.replay.figures import FiguresError, read_figures
from cadence.management.replay.plan import PlanError, read_plan
from cadence.notices.derive import derive_notices
from cadence.notices.models import Cursor, Delivery, Notice
from cadence.people.invitations import invite
from tests import needs

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PLAN = EXAMPLES / "website.yaml"
CEILING = Decimal(5000)

Weeks = dict[date, list[dict[str, str]]]


def replay(file: Path, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "replay", str(file), "--plan", str(PLAN), "--json", *options, stdout=out, stderr=StringIO()
    )
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def plain_weeks(file: Path, parse: Callable[[str], date]) -> Weeks:
    """The rows of every whole week, by its Sunday, with the csv module and nothing else."""
    weeks: Weeks = {}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            day = parse(row["Date"])
            weeks.setdefault(day - timedelta(days=(day.weekday() + 1) % 7), []).append(row)
    return {start: rows for start, rows in weeks.items() if len(rows) == 7}


def plain_figures(rows: list[dict[str, str]], column: str) -> list[Decimal] | None:
    cells = [row[column].replace(",", "") for row in rows]
    return [Decimal(cell) for cell in cells] if all(cells) else None


def plain_results(weeks: Weeks) -> dict[str, dict[date, str | None]]:
    """For each metric what each week came to: below, above, inside, or None without a reading."""
    views: dict[date, str | None] = {}
    defects: dict[date, str | None] = {}
    for start, rows in sorted(weeks.items()):
        seen, target = plain_figures(rows, "PageViews"), plain_figures(rows, "PageViews__Target")
        found = plain_figures(rows, "Defects/Million")
        views[start] = defects[start] = None
        if seen and target:
            views[start] = "below" if sum(seen) < sum(target) else "inside"
        if found:
            defects[start] = "above" if sum(found) / 7 > CEILING else "inside"
    return {"page-views": views, "defects-per-million": defects}


def plain_episodes(results: dict[date, str | None], side: str) -> list[tuple[str, str | None]]:
    """From the first week beyond to the first inside again; missing weeks do not count."""
    episodes: list[tuple[str, str | None]] = []
    is_open = False
    for start, result in sorted(results.items()):
        if result == side and not is_open:
            episodes.append((start.isoformat(), None))
            is_open = True
        elif result == "inside" and is_open:
            episodes[-1] = (episodes[-1][0], start.isoformat())
            is_open = False
    return episodes


def check(found: dict[str, Any], weeks: Weeks) -> None:
    expected = plain_results(weeks)
    metrics = {metric["key"]: metric for metric in found["metrics"]}
    assert found["weeks"] == len(weeks)
    for key, side in (("page-views", "below"), ("defects-per-million", "above")):
        metric, results = metrics[key], expected[key]
        beyond = [day.isoformat() for day, result in sorted(results.items()) if result == side]
        missing = [day.isoformat() for day, result in sorted(results.items()) if result is None]
        assert beyond and metric[f"weeks_{side}"] == beyond
        assert metric["weeks_without_reading"] == missing
        crossed = [b for b in metric["breaches"] if b["kind"] == "threshold"]
        assert [(b["from"], b["recovered"]) for b in crossed] == plain_episodes(results, side)
    assert found["ledger"]["verified"] is True


def some_weeks(folder: Path) -> Path:
    """Ten weeks of the example in which both metrics are crossed: short enough to run often."""
    lines = (EXAMPLES / "website.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    file = folder / "website.csv"
    file.write_text("".join([lines[0], *lines[85:155]]), encoding="utf-8")
    return file


def american(text: str) -> date:
    return datetime.strptime(text, "%a, %d-%b-%Y").date()  # noqa: DTZ007  # only its date is used


@pytest.mark.django_db
def test_the_example_comes_to_what_its_own_file_says() -> None:
    file = EXAMPLES / "website.csv"
    found = replay(file, "--decide")
    check(found, plain_weeks(file, date.fromisoformat))
    reviews = found["reviews"]
    assert reviews["still_open"] == 0 and reviews["refused"] > 0 and reviews["missed"] == 0
    assert reviews["opened"] == reviews["closed"] and found["decisions"]["recorded"] > 0


@pytest.mark.django_db
def test_nobody_is_told_of_what_was_replayed_and_of_what_follows_they_are(tmp_path: Path) -> None:
    found = replay(some_weeks(tmp_path), "--decide")
    organization = Organization.objects.get(slug=found["organization"])
    now = timezone.now()
    assert derive_notices(at=now) == 0
    assert not Notice.objects.exists() and not Delivery.objects.exists()
    nora, _ = invite(
        actor=Membership.objects.get(organization=organization, role=Role.ADMINISTRATOR),
        at=now,
        email="nora@website.example",
        name="Nora",
    )
    assert nora and derive_notices(at=now) == 0
    cursor = Cursor.objects.get(organization=organization)
    assert cursor.sequence == Head.objects.get(organization=organization).sequence


@pytest.mark.django_db
def test_without_decisions_the_reviews_stay_open(tmp_path: Path) -> None:
    found = replay(some_weeks(tmp_path))
    reviews = found["reviews"]
    assert found["decisions"]["recorded"] == 0
    assert reviews["still_open"] == reviews["refused"] == reviews["opened"] - reviews["closed"]
    assert reviews["refused"] > 0


@pytest.mark.django_db
def test_two_years_of_a_real_business() -> None:
    needs.sqlite()
    file = needs.shared_data() / "wbr" / "sample" / "dataset.csv"
    found = replay(file, "--decide")
    check(found, plain_weeks(file, american))
    views = next(metric for metric in found["metrics"] if metric["key"] == "page-views")
    # The figures stop on Saturday 25 September 2021: every week after has no reading, and says so.
    assert views["weeks_without_reading"][0] == "2021-09-26"
    last = views["breaches"][-1]
    assert (last["kind"], last["from"], last["recovered"]) == ("missing", "2021-09-26", None)
    assert views["readings"] == 630 and len(views["weeks_below"]) == 39
    assert found["reviews"]["refused"] > 0 and found["reviews"]["still_open"] == 0


@pytest.mark.django_db
def test_the_table_says_the_same_in_words(tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    file = str(some_weeks(tmp_path))
    call_command("replay", file, "--plan", str(PLAN), "--decide", stdout=out, stderr=err)
    text = out.getvalue()
    assert "10 weeks" in text and "no reading" in text and "verified" in text
    assert "Day 71 of 71" in err.getvalue()


@pytest.mark.django_db
def test_a_replay_that_cannot_begin_leaves_nothing(tmp_path: Path) -> None:
    file = some_weeks(tmp_path)
    replay(file, "--slug", "first")
    count = Organization.objects.count()
    with pytest.raises(CommandError, match="slug"):
        replay(file, "--slug", "first")
    assert Organization.objects.count() == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column"),
        ("Date\n", "no column"),
        ("Date,A\n", "no rows"),
        ("Date,A\nyesterday,1\n", "Line 2, column “Date”"),
        ("Date,A\n2025-01-02,1\n2025-01-01,1\n", "Line 3, column “Date”"),
        ("Date,A\n2025-01-02,1\n2025-01-02,1\n", "is not after"),
        ("Date,A\n2025-01-02,one\n", "Line 2, column “A”"),
        ("Date,A\n2025-01-02,NaN\n", "finite"),
        ("Date,A\n9999-01-02,1\n", "not a date"),
        ("Date,A\n2025-01-02," + "9" * 40 + "\n", "digits"),
    ],
)
def test_a_file_says_where_it_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "figures.csv"
    file.write_text(text)
    with pytest.raises(FiguresError, match=words):
        read_figures(file, "Date", ["A"], "")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    file.write_bytes(b"Date,A\n2025-01-02,\xff\n")
    with pytest.raises(FiguresError, match="UTF-8"):
        read_figures(file, "Date", ["A"], "")


def test_figures_are_read_as_businesses_write_them(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    file.write_text(
        '\ufeffDate,A,B\n"Sun, 05-Jan-2020","1,234",56.00%\n06-Jan-2020,,1\n2020-01-07,2\n'
    )
    found = read_figures(file, "Date", ["A", "B"], "")
    assert [day.day for day in found.days] == [5, 6, 7]
    assert list(found.columns["A"].values()) == [Decimal(1234), Decimal(2)]
    assert list(found.columns["B"].values()) == [Decimal(56), Decimal(1)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("week_ends_on: saturday", "week_ends_on: someday", "week_ends_on"),
        ("team: Website", "crew: Website", "crew|team"),
        ("aggregation: mean", "aggregation: median", r"metrics\[2\].aggregation"),
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=SECONDLY", r"reviews\[1\].rule"),
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;INTERVAL=0;BYDAY=MO", r"reviews\[1\].rule"),
        ("ceiling: 5000", "ceiling: .nan", r"metrics\[2\].threshold.ceiling"),
        ("ceiling: 5000", "roof: 5000", "roof"),
        ("kind: agreed", "kind: note", "decisions.threshold.kind"),
        ("periods: 2", "periods: two", "decisions.threshold.periods"),
        ("periods: 2", "periods: 9", "decisions.threshold.periods"),
        ("metrics:", "metrics: [", "not YAML"),
        ("key: defects-per-million", "key: page-views", "twice"),
    ],
)
def test_a_plan_says_where_it_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = PLAN.read_text()
    assert old in text
    file = tmp_path / "plan.yaml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(PlanError, match=words):
        read_plan(file)
