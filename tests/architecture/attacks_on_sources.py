"""Connections, sources and their runs, and where a metric is said to come from."""

from datetime import timedelta

from accounts.models import Membership, Role
from tests.architecture.attack import Attempt, again, attack, insert, never_deleted, update
from tests.architecture.rows import changed, rule
from tests.cast import AT, Cast
from tests.sources.rows import connection, run, source

LATER = AT + timedelta(hours=1)

never_deleted("a_connection_is_never_deleted", lambda cast: connection(cast))
never_deleted("a_source_is_never_deleted", lambda cast: source(cast))


@attack("a_connection_keeps_its_kind")
def a_connection_turned_into_another(cast: Cast, attempt: Attempt) -> None:
    one = connection(cast)
    attempt.allowed(update(one, name="Another name"))
    attempt.keeps(
        one,
        kind={"kind": "url", "file": "", "url": "https://figures.example"},
        machine_id=_machine(cast),
        created_by_id=cast.elena.pk,
        created_at=LATER,
    )


@attack("an_ended_connection_stays_ended")
def an_ended_connection_brought_back(cast: Cast, attempt: Attempt) -> None:
    one = connection(cast, host="db.example", ended_at=AT)
    attempt.keeps(
        one,
        name="Another name",
        host="thief.example",
        port=1,
        database="others",
        username="postgres",
        file={"ended_at": LATER},
        url={"ended_at": LATER},
        secret={"ended_at": None, "secret": "s1:x"},
        ended_at=None,
    )


@attack("a_connection_in_use_does_not_end")
def a_connection_pulled_from_under_a_source(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(connection(cast), ended_at=AT))
    attempt.refused(update(source(cast).connection, ended_at=AT))


rule(
    "one_connection_of_a_name_per_organization",
    lambda cast: connection(cast, name="Warehouse"),
    {"name": "Lake"},
    {},
    {"name": "WAREHOUSE"},
)
rule(
    "a_connection_has_the_parts_of_its_kind",
    lambda cast: connection(cast, host="db.example"),
    {"name": "a"},
    {"name": "b", "host": ""},
    {"name": "c", "port": None},
    {"name": "d", "port": 65536},
    {"name": "e", "database": ""},
    {"name": "f", "encryption": "prefer"},
    {"name": "g", "file": "too.sqlite3"},
    {"name": "h", "kind": "sqlite", "file": "too.sqlite3"},
    {"name": "i", "kind": "url", "url": "https://figures.example"},
    {"name": "j", "kind": "carrier pigeon"},
)
changed(
    "a_secret_is_sealed",
    lambda cast: connection(cast, host="db.example"),
    {"secret": "s1:sealed"},
    {"secret": "in clear"},
    {"secret": " s1:"},
)
changed(
    "an_ended_connection_has_no_secret",
    lambda cast: connection(cast, host="db.example", secret="known"),
    {"ended_at": AT, "secret": ""},
    {"ended_at": AT},
)


@attack("a_source_keeps_its_metric")
def a_source_turned_to_another_metric(cast: Cast, attempt: Attempt) -> None:
    one = source(cast)
    attempt.allowed(update(one, query="SELECT 1"))
    attempt.keeps(one, metric_id=cast.revenue.pk, set_up_by_id=cast.lars.pk, set_up_at=LATER)


@attack("an_ended_source_stays_ended")
def an_ended_source_brought_back(cast: Cast, attempt: Attempt) -> None:
    one = source(cast, ended_at=AT)
    attempt.keeps(
        one,
        connection_id=connection(cast).pk,
        query="SELECT 1",
        extract="a",
        period_column="week",
        value_column="demos",
        ended_at=None,
    )


@attack("a_source_reads_from_a_live_connection")
def a_source_of_a_connection_that_has_ended(cast: Cast, attempt: Attempt) -> None:
    one = source(cast)
    ended = connection(cast, ended_at=AT)
    attempt.allowed(update(one, connection_id=connection(cast).pk))
    attempt.refused(update(one, connection_id=ended.pk))
    attempt.refused(insert(again(one, connection=ended, metric=cast.metric())))


@attack("a_pulled_metric_has_a_source")
def a_metric_said_to_come_by_itself(cast: Cast, attempt: Attempt) -> None:
    source(cast, metric=cast.revenue)
    attempt.allowed(update(cast.demos, comes_from="api"))
    attempt.refused(update(cast.demos, comes_from="pulled"))
    attempt.refused(insert(again(cast.demos, key="other", comes_from="pulled")))


@attack("a_source_ends_after_its_metric_let_go")
def a_source_ended_behind_the_back_of_its_metric(cast: Cast, attempt: Attempt) -> None:
    one = source(cast)
    attempt.refused(update(one, ended_at=AT))
    cast.demos.comes_from = "typed"
    cast.demos.save()
    attempt.allowed(update(one, ended_at=AT))


@attack("a_run_stays_as_it_was")
def a_run_told_otherwise(cast: Cast, attempt: Attempt) -> None:
    one = run(source(cast), error="It answered 500.")
    attempt.refused(update(one, error=""))
    attempt.refused(update(one, new_count=9))


rule("one_source_per_metric", lambda cast: source(cast), {"ended_at": AT}, {})
changed(
    "a_source_runs_hourly_daily_or_weekly",
    lambda cast: source(cast),
    {"every": "week", "weekday": 6},
    {"every": "week"},
    {"weekday": 1},
    {"every": "week", "weekday": 7},
    {"every": "year"},
)
changed(
    "a_source_of_periods_names_its_value",
    lambda cast: source(cast),
    {"period_column": "", "value_column": ""},
    {"value_column": ""},
)
changed(
    "a_metric_comes_from_somewhere",
    lambda cast: cast.demos,
    {"comes_from": "file"},
    {"comes_from": "somewhere"},
)


def _machine(cast: Cast) -> int:
    return Membership.objects.create(
        organization=cast.acme, name="Another", role=Role.MACHINE, joined_at=AT
    ).pk
