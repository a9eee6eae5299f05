"""From a file to readings: brought, mapped, checked, recorded; and everything that stops it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.breaches.models import Breach
from cadence.errors import Conflict, Forbidden, Invalid
from cadence.imports.actions import commit_import, drop_import, map_import
from cadence.imports.forgetting import forget_imports
from cadence.imports.models import Import, ImportedTable, Mapping
from cadence.imports.running import LEASE, lease, run, run_owed, run_small
from cadence.ledger.models import Entry
from cadence.metrics.actions import retire_metric
from cadence.metrics.models import Correction, Reading
from tests.cast import AT, LAST_WEEK, Cast
from tests.imports.bringing import bring, faults, found, landed, mapped, now, proposal

LONG = "Metric;Week;Value\nqualified-demos;2026-11-09;31\nqualified-demos;2026-11-02;47,5\n"


def test_a_file_of_rows_lands_and_opens_its_breach(cast: Cast) -> None:
    one = mapped(cast, LONG)
    assert (one.state, one.counts["new"]) == ("ready", 2)
    assert not Reading.objects.exists()
    one = landed(one)
    assert one.state == "landed" and one.opened == [Breach.objects.get().pk]
    values = dict(Reading.objects.values_list("starts_on", "value"))
    assert values == {LAST_WEEK: Decimal(31), date(2026, 11, 2): Decimal("47.5")}
    assert list(Entry.objects.order_by("pk").values_list("event", flat=True))[-2:] == [
        "readings.recorded",
        "import.landed",
    ]


def test_a_column_for_each_metric_and_empty_cells_that_are_no_readings(cast: Cast) -> None:
    other = cast.metric("Calls made", key="calls")
    one = mapped(cast, "Week,Qualified demos,calls,Whatever\n2026-11-09,31,,x\n2026-11-02,,7,\n")
    assert one.choices["roles"] == [
        *("period", f"metric:{cast.demos.pk}", f"metric:{other.pk}", ""),
    ]
    assert one.counts == {"new": 2, "corrected": 0, "unchanged": 0, "problems": 0}
    landed(one)
    values = {(r.metric_id, r.starts_on, r.value) for r in Reading.objects.all()}
    assert values == {(cast.demos.pk, LAST_WEEK, 31), (other.pk, date(2026, 11, 2), 7)}


def test_a_row_for_each_metric_and_periods_across(cast: Cast) -> None:
    one = mapped(cast, "KPI\t2026-W45\t2026-W46\nQualified demos\t47\t31\n")
    assert one.choices["roles"] == ["metric", "across", "across"]
    landed(one)
    values = dict(Reading.objects.values_list("starts_on", "value"))
    assert values == {date(2026, 11, 2): 47, LAST_WEEK: 31}


def test_a_table_without_a_heading_is_read_too(cast: Cast) -> None:
    one = mapped(cast, "qualified-demos\t09.11.2026\t31\nqualified-demos\t02.11.2026\t4\n")
    assert one.choices["header_row"] == 0 and one.counts["new"] == 2


def test_titles_above_a_table_are_passed_over(cast: Cast) -> None:
    one = mapped(cast, "Sales report;;\n;;\nMetric;Week;Value\nqualified-demos;9.11.2026;31\n")
    assert one.choices["header_row"] == 3 and one.counts["new"] == 1


def test_a_check_says_what_is_new_corrected_and_the_same_and_writes_nothing(cast: Cast) -> None:
    cast.reading(30)
    cast.reading("47.5", starts_on=date(2026, 11, 2))
    before = Entry.objects.count()
    one = mapped(cast, LONG + "qualified-demos;2026-10-26;50\n")
    assert one.counts == {"new": 1, "corrected": 1, "unchanged": 1, "problems": 0}
    lines = [(line.row, line.old, line.new, line.status) for line in found(one).lines]
    assert lines == [
        (2, "30", "31", "corrected"),
        (3, "47.5", "47.5", "unchanged"),
        (4, None, "50", "new"),
    ]
    assert Reading.objects.count() == 2 and Entry.objects.count() == before


def test_a_correction_needs_a_reason_once_for_the_whole_file(cast: Cast) -> None:
    cast.reading(30)
    one = mapped(cast, LONG)
    with pytest.raises(Invalid) as refused:
        commit_import(actor=cast.olu, at=AT, one=one)
    assert [problem.field for problem in refused.value.problems] == ["reason"]
    landed(one, reason="The till was counted twice")
    correction = Correction.objects.get()
    assert (correction.old_value, correction.reason) == (30, "The till was counted twice")
    notes = dict(Reading.objects.values_list("starts_on", "note"))
    assert notes[date(2026, 11, 2)] == "", "the reason stands where a value changed, and only there"


def test_a_machine_corrects_without_a_reason(cast: Cast) -> None:
    cast.reading(30)
    one = landed(mapped(cast, LONG, actor=cast.robo))
    assert one.counts["corrected"] == 1


def test_every_problem_is_named_with_its_cell_and_nothing_can_be_committed(cast: Cast) -> None:
    cast.metric("Hers", key="hers", initiative=cast.initiative("Other", owner=cast.nils))
    retired = cast.metric("Old", key="old", retired_at=AT)
    one = mapped(
        cast,
        "Metric;Week;Value;Note\n"
        "qualified-demos;2026-11-09;31;\n"
        "nothing;2026-11-09;1;\n"
        "qualified-demos;2026-11-10;1;\n"
        "qualified-demos;2026-11-09;2;\n"
        "qualified-demos;Total;;\n"
        "qualified-demos;2027-11-08;many;\n"
        "hers;2026-11-09;1;\n"
        f"{retired.key};2026-11-09;1;\n"
        "\n"
        f"qualified-demos;2026-10-26;1;{'x' * 501}\n"
        "qualified-demos;2026-10-19;1;;beside the table\n",
    )
    assert one.state == "problems"
    assert faults(one) == [
        (3, 1, "There is no such metric."),
        (4, 2, "2026-11-10 is not the start of a week: its week starts on 2026-11-09."),
        (5, 2, "Row 2 is of the same metric and period."),
        (
            6,
            2,
            "'Total' is not a week: write its first day as YYYY-MM-DD, or its number as YYYY-Www.",
        ),
        (6, 3, "This number is needed."),
        (7, 2, "This period has not begun yet."),
        (7, 3, "This must be a number."),
        (8, 1, cast_sentence()),
        (9, 1, "This metric is retired."),
        (11, 4, "This is too long: at most 500 characters, not 501."),
    ]
    with pytest.raises(Conflict) as refused:
        commit_import(actor=cast.olu, at=AT, one=one)
    assert refused.value.code == "import_has_problems"
    assert not Reading.objects.exists()


def cast_sentence() -> str:
    return (
        "Readings are recorded by the owner, who stands in, a lead above, an executive or a "
        "machine."
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("12%", "This is a percentage, and “Qualified demos” is in demos."),
        ("1,5", ""),
        ("2.5", "This number is written otherwise than the others of its column."),
        ("1" * 16, "This number has too many digits: at most 15."),
        ("0,1234567891", "This number has too many decimals: at most 9."),
        ("NaN", "This must be a finite number."),
        ("9" * 5000, "This must be a number of at most 15 digits."),
        ("=1+1", "This must be a number."),
    ],
)
def test_a_value_is_read_as_its_column_or_refused(cast: Cast, value: str, says: str) -> None:
    cast.demos.unit = "demos"
    cast.demos.save()
    lines = ["Metric;Week;Value", f"qualified-demos;2026-11-09;{value}"]
    lines += ["qualified-demos;2026-11-02;1,5", "qualified-demos;2026-10-26;2,5"]
    one = mapped(cast, "\n".join(lines))
    assert [message for *_, message in faults(one)] == ([says] if says else [])


def test_what_the_file_leaves_open_is_asked(cast: Cast) -> None:
    content = "Metric;Week;Value\nqualified-demos;02/11/2026;1,234\n"
    one = bring(cast, content)
    given = {"columns": ["metric", "period", "value"]}
    with pytest.raises(Invalid) as refused:
        map_import(actor=cast.olu, at=AT, one=one, given=given)
    assert [(problem.field, problem.message) for problem in refused.value.problems] == [
        ("numbers", "Say how numbers are written: 1,234 can be 1234 or 1.234."),
        ("dates", "Say how dates are written: 02/11/2026 can be 2026-11-02 or 2026-02-11."),
    ]
    said = {**given, "numbers": "comma", "dates": "day"}
    one = run_small(map_import(actor=cast.olu, at=AT, one=one, given=said), now=now)
    (line,) = found(one).lines
    assert (line.period, line.new) == ("2026-11-02", "1.234")


def test_another_row_of_the_column_decides_what_is_ambiguous(cast: Cast) -> None:
    lines = "Metric;Week;Value\nqualified-demos;02/11/2026;1,234\nqualified-demos;26/10/2026;5.5\n"
    assert [line.new for line in found(mapped(cast, lines)).lines] == ["1234", "5.5"]


def test_a_date_may_name_any_day_of_its_week(cast: Cast) -> None:
    content = "Metric;Week;Value\nqualified-demos;2026-11-15;31\n"
    assert mapped(cast, content).state == "problems"
    one = mapped(cast, content, days="any")
    assert [line.period for line in found(one).lines] == ["2026-11-09"]


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        (["metric", "period", ""], "columns"),
        (["metric", "metric", "value"], "columns.1"),
        (["", "period", "value"], "columns"),
        (["metric", "", "value"], "columns"),
        (["nonsense", "period", "value"], "columns.0"),
        (["metric:999999", "period", ""], "columns.0"),
        (["metric", "period", "across"], "columns"),
        (["qualified-demos", "period", "qualified-demos"], "columns.2"),
        (["metric", "period", "value", "note"], "columns"),
        ([1, None, {}], "columns.0"),
        ("period", "columns"),
        (None, "columns"),
    ],
)
def test_columns_that_make_no_reading_are_refused(cast: Cast, columns: object, field: str) -> None:
    one = bring(cast, LONG)
    with pytest.raises(Invalid) as refused:
        map_import(actor=cast.olu, at=AT, one=one, given={"columns": columns})
    assert refused.value.problems[0].field == field


def test_what_the_columns_were_is_remembered_for_the_next_file(cast: Cast) -> None:
    other = cast.metric("Calls made", key="calls")
    content = "Tag;Anrufe;Rest\n2026-11-09;5;x\n"
    landed(mapped(cast, content, columns=["period", "calls", ""]))
    assert Mapping.objects.get().choices["roles"] == ["period", f"metric:{other.pk}", ""]
    again = bring(cast, "TAG;anrufe;REST\n2026-11-02;6;y\n", actor=cast.elena)
    assert proposal(again).roles == ("period", f"metric:{other.pk}", "")
    retire_metric(actor=cast.dana, at=AT, metric=other, reason="Not counted any more.")
    assert proposal(again).roles == ("period", "", "")
    assert Mapping.objects.count() == 1


def test_only_who_brought_a_file_decides_about_it(cast: Cast) -> None:
    one = mapped(cast, LONG)
    for act in (commit_import, drop_import):
        with pytest.raises(Forbidden):
            act(actor=cast.elena, at=AT, one=one)
    with pytest.raises(Forbidden):
        map_import(actor=cast.elena, at=AT, one=one, given={})


def test_who_may_record_nothing_brings_nothing(cast: Cast) -> None:
    for member in (cast.obi, cast.nils):
        with pytest.raises(Forbidden):
            bring(cast, LONG, actor=member)


def test_a_file_of_another_organization_names_none_of_ours(cast: Cast) -> None:
    one = mapped(cast, LONG, actor=cast.sven, columns=["metric", "period", "value"])
    assert {message for *_, message in faults(one)} == {"There is no such metric."}
    theirs = {"columns": [f"metric:{cast.demos.pk}", "period", ""]}
    with pytest.raises(Invalid):
        map_import(actor=cast.sven, at=AT, one=one, given=theirs)


def test_what_landed_is_not_recorded_again(cast: Cast) -> None:
    one = landed(mapped(cast, LONG))
    for act in (commit_import, drop_import):
        with pytest.raises(Conflict) as refused:
            act(actor=cast.olu, at=AT, one=one)
        assert refused.value.code == "import_landed"


def test_what_was_dropped_stays_so(cast: Cast) -> None:
    one = drop_import(actor=cast.olu, at=AT, one=mapped(cast, LONG))
    with pytest.raises(Conflict) as refused:
        commit_import(actor=cast.olu, at=AT, one=one)
    assert refused.value.code == "import_dropped"


def test_a_file_without_a_reading_is_not_committed(cast: Cast) -> None:
    one = mapped(cast, "Week,Qualified demos\n2026-11-09,\n")
    with pytest.raises(Conflict) as refused:
        commit_import(actor=cast.olu, at=AT, one=one)
    assert refused.value.code == "import_empty"


def test_what_changed_since_the_check_is_looked_at_again(cast: Cast) -> None:
    one = mapped(cast, LONG)
    cast.reading(30)
    one = landed(one)
    assert one.state == "ready" and one.counts["corrected"] == 1
    assert Reading.objects.get().value == 30
    assert landed(one, reason="The till was counted twice").state == "landed"


def test_who_may_no_longer_record_commits_nothing(cast: Cast) -> None:
    one = mapped(cast, LONG)
    cast.demos.initiative.ownerships.update(ended_at=AT, ending="handed_over")
    with pytest.raises(Forbidden):
        commit_import(actor=cast.olu, at=AT, one=one)
    assert not Reading.objects.exists()


def test_a_worker_does_what_is_owed_and_says_how_far_it_is(cast: Cast) -> None:
    one = bring(cast, _many(cast, 2_400))
    guess = proposal(one).as_data()
    one = map_import(actor=cast.olu, at=AT, one=one, given={**guess, "columns": guess["roles"]})
    assert run_small(one, now=now).state == "checking", "so many rows are left to a worker"
    assert run_owed(now=now) == 1
    one.refresh_from_db()
    assert (one.state, one.counts["new"], one.done) == ("ready", 2_400, 2_000)
    one = run_small(commit_import(actor=cast.olu, at=AT, one=one), now=now)
    assert one.state == "recording"
    assert run_owed(now=now) == 1
    one.refresh_from_db()
    assert one.state == "landed" and Reading.objects.count() == 2_400
    assert run_owed(now=now) == 0


def _many(cast: Cast, count: int) -> str:
    metric = cast.metric("Daily", key="daily", read_per="day", judged_per="day")
    days = [LAST_WEEK - timedelta(days=back) for back in range(count)]
    return "Metric,Day,Value\n" + "".join(
        f"{metric.key},{day},{n}.5\n" for n, day in enumerate(days)
    )


def test_what_a_killed_worker_left_is_done_again_when_its_lease_is_over(cast: Cast) -> None:
    one = commit_import(actor=cast.olu, at=AT, one=mapped(cast, LONG))
    dead = lease(one, AT)
    assert dead is not None
    assert lease(one, AT + LEASE / 2) is None, "somebody is at it"
    with pytest.raises(Conflict) as refused:
        commit_import(actor=cast.olu, at=AT, one=one)
    assert refused.value.code == "import_busy"
    later = AT + LEASE
    assert run_owed(now=lambda: later) == 1
    run(dead, now=lambda: later)  # It was not dead, only slow: the lease is no longer its own.
    one.refresh_from_db()
    assert one.state == "landed"
    assert Entry.objects.filter(event="import.landed").count() == 1
    assert Entry.objects.filter(event="readings.recorded").count() == 1


def test_what_kills_every_worker_is_given_up(cast: Cast) -> None:
    one = commit_import(actor=cast.olu, at=AT, one=mapped(cast, LONG))
    at = AT
    for _ in range(3):
        assert lease(one, at) is not None
        at += LEASE
    assert run_owed(now=lambda: at) == 1
    one.refresh_from_db()
    assert one.state == "failed" and "three times" in one.failure
    assert landed(one).state == "landed", "it can be tried again by who brought it"


def test_cells_are_forgotten_and_what_nobody_finished_is_dropped(cast: Cast) -> None:
    done = landed(mapped(cast, LONG))
    left = bring(cast, LONG)
    assert forget_imports(at=AT + timedelta(days=6)) == 0
    assert forget_imports(at=AT + timedelta(days=7)) == 1
    assert not ImportedTable.objects.filter(of=done).exists()
    assert forget_imports(at=AT + timedelta(days=30)) == 1
    left.refresh_from_db()
    assert left.state == "dropped"
    assert Import.objects.count() == 2


def test_a_large_file_asks_no_more_than_a_small_one(cast: Cast) -> None:
    metrics = [cast.metric(f"M{number}", key=f"m-{number}") for number in range(40)]
    lines = [f"{metric.key};2026-11-{day:02};5" for metric in metrics for day in (2, 9)]
    asked = []
    landed(mapped(cast, LONG.replace("Metric", "metric")))
    for rows in (lines[:2], lines[2:]):
        with CaptureQueriesContext(connection) as queries:
            landed(mapped(cast, "Metric;Week;Value\n" + "\n".join(rows)))
        asked.append(len(queries))
    assert asked[0] == asked[1]
