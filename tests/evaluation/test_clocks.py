"""Pausing an initiative stops its clocks; resuming starts them anew."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.decisions.models import Commitment
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.lifecycle import resume_initiative
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from tests.cast import AT, Cast

BACK = AT + timedelta(weeks=4)  # Monday 14 December
# Five working days later.
LIMIT = datetime(2026, 12, 21, 22, 59, 59, tzinfo=UTC)
EARLY, FAR = AT + timedelta(days=4), AT + timedelta(weeks=12)


def promise(cast: Cast, due_at: datetime) -> Commitment:
    return Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Call the ten oldest leads.",
        person=cast.nils,
        due_on=due_at.date(),
        due_at=due_at,
        created_by=cast.olu,
        created_at=AT,
    )


def pause(cast: Cast) -> None:
    Metric.objects.update(checked_to=BACK.date())
    Initiative.objects.filter(pk=cast.pipeline.pk).update(paused_at=AT)


def resume(cast: Cast) -> None:
    resume_initiative(actor=cast.dana, at=BACK, initiative=cast.pipeline)


def test_what_waited_has_a_whole_limit_again_and_never_less_than_it_had(cast: Cast) -> None:
    things = [
        (cast.breach(due_at=EARLY), LIMIT),
        (cast.breach(cast.metric(), due_at=FAR), FAR),
        (cast.verdict(cast.decision(cast.breach(cast.metric())), due_at=EARLY), LIMIT),
        (promise(cast, EARLY), LIMIT),
        (promise(cast, FAR), FAR),
    ]
    pause(cast)
    assert escalate_overdue(at=BACK, organization=cast.acme) == 0
    resume(cast)
    for thing, due_at in things:
        thing.refresh_from_db()
        assert thing.due_at == due_at, thing
    assert things[3][0].due_on == EARLY.date()
    assert escalate_overdue(at=LIMIT, organization=cast.acme) == 0
    assert escalate_overdue(at=LIMIT + timedelta(seconds=1), organization=cast.acme) == 3


def test_the_ledger_says_what_has_more_time(cast: Cast) -> None:
    breach = cast.breach(due_at=EARLY)
    pause(cast)
    resume(cast)
    data = Entry.objects.get(event="initiative.resumed").data
    assert data["due_anew"] == {"breaches": [{"id": breach.pk, "due_at": LIMIT.isoformat()}]}


def test_the_next_review_is_the_owners_time_and_not_of_whom_it_went_up_to(cast: Cast) -> None:
    cast.planned_review(starts_at=BACK + timedelta(days=1), hold_by=BACK + timedelta(days=8))
    owners = cast.breach(due_at=EARLY)
    higher = cast.breach(cast.metric(), due_at=EARLY, level=1, answerable=cast.dana)
    pause(cast)
    resume(cast)
    owners.refresh_from_db()
    higher.refresh_from_db()
    assert owners.due_at == datetime(2026, 12, 15, 22, 59, 59, tzinfo=UTC)
    assert higher.due_at == LIMIT


def test_what_is_done_and_what_is_of_other_work_is_left_alone(cast: Cast) -> None:
    decided, other = cast.breach(due_at=EARLY), cast.initiative()
    cast.decision(decided)
    elsewhere = cast.breach(cast.metric(initiative=other), due_at=EARLY)
    shared = cast.verdict(cast.decision(cast.breach(cast.metric()), elsewhere), due_at=EARLY)
    pause(cast)
    resume(cast)
    for thing in (decided, elsewhere, shared):
        thing.refresh_from_db()
        assert thing.due_at == EARLY


def test_an_escalation_has_its_day_again(cast: Cast) -> None:
    breach = cast.breach(due_at=EARLY, level=1, answerable=cast.dana)
    cast.decision(breach, kind="escalate", check_on=date(2026, 11, 20))
    pause(cast)
    resume(cast)
    breach.refresh_from_db()
    assert breach.due_at == LIMIT


def test_many_verdicts_cost_no_more_queries_than_one(cast: Cast) -> None:
    def cost(work: Initiative, number: int) -> int:
        for _ in range(number):
            metric = cast.metric(initiative=work, checked_to=BACK.date())
            cast.verdict(cast.decision(cast.breach(metric)), due_at=EARLY)
        Initiative.objects.filter(pk=work.pk).update(paused_at=AT)
        with CaptureQueriesContext(connection) as queries:
            resume_initiative(actor=cast.dana, at=BACK, initiative=work)
        return len(queries)

    # The first entry of all begins the ledger.
    cost(cast.initiative(owner=cast.olu), 1)
    few = cost(cast.initiative(owner=cast.olu), 1)
    assert cost(cast.initiative(owner=cast.olu), 12) == few
