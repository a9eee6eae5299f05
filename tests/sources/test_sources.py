"""Whoever may change a metric says where its readings come from, and tries it before."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric, Reading
from cadence.sources import leases, trying
from cadence.sources.actions import (
    Wanted,
    change_source,
    end_source,
    pause_source,
    resume_source,
    run_source_now,
    say_where_from,
    set_up_source,
)
from cadence.sources.models import Connection, Run, Source
from cadence.sources.trying import try_source
from tests.cast import AT, LAST_WEEK, Cast
from tests.sources.conftest import Weeks
from tests.sources.rows import WEEKS, connection, source

DAILY = Wanted(query=WEEKS, period_column="period", value_column="value", time_of_day="06:30")


def set_up(cast: Cast, of: Connection, who: str = "dana", wanted: Wanted = DAILY) -> Source:
    return set_up_source(
        actor=getattr(cast, who), at=AT, metric=cast.demos, connection=of, wanted=wanted
    )


def test_a_metric_with_a_source_is_said_to_be_pulled(cast: Cast) -> None:
    made = set_up(cast, connection(cast))
    cast.demos.refresh_from_db()
    assert cast.demos.comes_from == "pulled"
    assert (made.next_at, made.time_of_day, made.weekday) == (AT, time(6, 30), None)


@pytest.mark.parametrize("who", ["ada", "olu", "obi", "robo", "nils"])
def test_who_may_not_change_the_metric_may_not_say_where_it_comes_from(
    cast: Cast, who: str
) -> None:
    of = connection(cast)
    with pytest.raises(Forbidden):
        set_up(cast, of, who)
    actor = getattr(cast, who)
    with pytest.raises(Forbidden):
        say_where_from(actor=actor, at=AT, metric=cast.demos, comes_from="api")
    with pytest.raises(Forbidden):
        try_source(actor=actor, at=AT, metric=cast.demos, connection=of, wanted=DAILY)
    made = source(cast, of)
    for act in (pause_source, resume_source, run_source_now, end_source):
        with pytest.raises(Forbidden):
            act(actor=actor, at=AT, source=made)
    with pytest.raises(Forbidden):
        change_source(actor=actor, at=AT, source=made, connection=of, wanted=DAILY)


def test_a_connection_of_others_is_not_there(cast: Cast) -> None:
    betas = connection(cast, organization=cast.beta, created_by=cast.sven)
    with pytest.raises(NotFound):
        set_up(cast, betas)
    with pytest.raises(NotFound):
        try_source(actor=cast.dana, at=AT, metric=cast.demos, connection=betas, wanted=DAILY)
    mine = source(cast)
    with pytest.raises(NotFound):
        change_source(actor=cast.dana, at=AT, source=mine, connection=betas, wanted=DAILY)
    with pytest.raises(NotFound):
        pause_source(actor=cast.sven, at=AT, source=mine)


def test_one_source_is_enough(cast: Cast) -> None:
    of = connection(cast)
    set_up(cast, of)
    with pytest.raises(Conflict) as refused:
        set_up(cast, of)
    assert refused.value.code == "metric_has_source"


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"query": ""}, {"query"}),
        ({"query": "x" * 4001}, {"query"}),
        ({"query": 7}, {"query"}),
        ({"value_column": ""}, {"value_column"}),
        ({"period_column": ""}, {"period_column"}),
        ({"extract": "a.b"}, {"extract"}),
        ({"every": "minute"}, {"every"}),
        ({"every": "week"}, {"weekday"}),
        ({"every": "week", "weekday": 7}, {"weekday"}),
        ({"time_of_day": "25:00"}, {"time_of_day"}),
        ({"time_of_day": "6"}, {"time_of_day"}),
        ({"time_of_day": None, "every": [], "query": None}, {"time_of_day", "every", "query"}),
    ],
)
def test_every_fault_is_named_beside_its_field(
    cast: Cast, facts: dict[str, Any], fields: set[str]
) -> None:
    wanted = Wanted(**{**vars(DAILY), **facts})
    with pytest.raises(Invalid) as refused:
        set_up(cast, connection(cast), wanted=wanted)
    assert {problem.field for problem in refused.value.problems} == fields
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"query": "@elsewhere.example/"}, "query"),
        ({"query": "/../x"}, "query"),
        ({"extract": "a["}, "extract"),
    ],
)
def test_of_a_web_address_path_and_way_are_checked(
    cast: Cast, facts: dict[str, Any], field: str
) -> None:
    of = connection(cast, url="https://figures.example/v1")
    with pytest.raises(Invalid) as refused:
        set_up(cast, of, wanted=Wanted(**{**vars(DAILY), "query": "/demos", **facts}))
    assert [problem.field for problem in refused.value.problems] == [field]


def test_what_follows_an_address_is_not_in_the_ledger(cast: Cast) -> None:
    of = connection(cast, url="https://figures.example/v1")
    set_up(cast, of, wanted=Wanted(query="/demos?key=s3cret"))
    assert "s3cret" not in str(list(Entry.objects.values_list("data", flat=True)))


def test_a_change_runs_at_once_and_drops_what_is_on_its_way(cast: Cast) -> None:
    made = source(cast, failures=3, next_at=AT + timedelta(days=1))
    Source.objects.update(next_at=AT)
    assert leases.lease(made.pk, AT) is not None
    changed = change_source(
        actor=cast.dana, at=AT, source=made, connection=made.connection, wanted=DAILY
    )
    assert (changed.lease, changed.failures, changed.next_at) == ("", 0, AT)
    assert Entry.objects.latest("sequence").data["changed"] == {"time_of_day": ["06:00", "06:30"]}


def test_pausing_resuming_and_ending(cast: Cast) -> None:
    made = source(cast, failures=2)
    assert pause_source(actor=cast.dana, at=AT, source=made).state == "paused"
    for act, code in ((pause_source, "source_paused"), (run_source_now, "source_paused")):
        with pytest.raises(Conflict) as refused:
            act(actor=cast.dana, at=AT, source=made)
        assert refused.value.code == code
    later = AT + timedelta(hours=1)
    resumed = resume_source(actor=cast.dana, at=later, source=made)
    assert (resumed.state, resumed.next_at) == ("on", later)
    with pytest.raises(Conflict) as refused:
        resume_source(actor=cast.dana, at=later, source=made)
    assert refused.value.code == "source_not_paused"
    assert end_source(actor=cast.dana, at=later, source=made).state == "ended"
    cast.demos.refresh_from_db()
    assert cast.demos.comes_from == "typed"
    with pytest.raises(Conflict) as refused:
        end_source(actor=cast.dana, at=later, source=made)
    assert refused.value.code == "source_ended"
    set_up(cast, made.connection)


def test_a_run_before_its_time(cast: Cast) -> None:
    made = source(cast, next_at=AT + timedelta(days=1))
    assert run_source_now(actor=cast.dana, at=AT, source=made).next_at == AT


def test_where_readings_come_from_can_be_said(cast: Cast) -> None:
    assert say_where_from(
        actor=cast.dana, at=AT, metric=cast.demos, comes_from="api"
    ).comes_from == ("api")
    entries = Entry.objects.count()
    say_where_from(actor=cast.dana, at=AT, metric=cast.demos, comes_from="api")
    assert Entry.objects.count() == entries
    for said in ("pulled", "elsewhere", None, 7):
        with pytest.raises(Invalid):
            say_where_from(actor=cast.dana, at=AT, metric=cast.demos, comes_from=said)
    source(cast)
    with pytest.raises(Conflict) as refused:
        say_where_from(actor=cast.dana, at=AT, metric=cast.demos, comes_from="typed")
    assert refused.value.code == "metric_has_source"


def test_what_takes_no_readings_has_no_source(cast: Cast) -> None:
    cast.demos.retired_at = AT
    cast.demos.save()
    with pytest.raises(Conflict) as refused:
        set_up(cast, connection(cast))
    assert refused.value.code == "takes_no_readings"


def test_trying_shows_what_would_come_in_and_writes_nothing(cast: Cast, weeks: Weeks) -> None:
    before, this = LAST_WEEK - timedelta(weeks=1), LAST_WEEK + timedelta(weeks=1)
    weeks((str(before), 50), (str(LAST_WEEK), 61), (str(this), 3))
    cast.reading(60)
    entries = Entry.objects.count()
    tried = try_source(
        actor=cast.dana, at=AT, metric=cast.demos, connection=connection(cast), wanted=DAILY
    )
    assert [(one.pulled.starts_on, one.change, one.on_record) for one in tried.rows] == [
        (this, "skipped", None),
        (LAST_WEEK, "corrected", Decimal(60)),
        (before, "new", None),
    ]
    assert tried.error == ""
    assert Entry.objects.count() == entries
    assert Reading.objects.count() == 1
    assert not Source.objects.exists()
    assert not Run.objects.exists()
    assert Metric.objects.get(pk=cast.demos.pk).comes_from == "typed"


def test_trying_says_why_nothing_would_come_in(cast: Cast, weeks: Weeks) -> None:
    weeks()
    wanted = Wanted(**{**vars(DAILY), "query": "SELECT day, demos FROM weeks"})
    tried = try_source(
        actor=cast.dana, at=AT, metric=cast.demos, connection=connection(cast), wanted=wanted
    )
    assert tried.error == "It answered no column “period”; it has “day”, “demos”."


def test_only_two_try_at_a_time(cast: Cast, weeks: Weeks) -> None:
    """Each holds a thread of the web server until its source has answered."""
    weeks()
    of = connection(cast)
    with trying._TRIES, trying._TRIES, pytest.raises(Conflict) as refused:
        try_source(actor=cast.dana, at=AT, metric=cast.demos, connection=of, wanted=DAILY)
    assert refused.value.code == "try_under_way"
    assert try_source(
        actor=cast.dana, at=AT, metric=cast.demos, connection=of, wanted=DAILY
    ).error == ("")
