"""An organization made in bulk is as if its readings had come in week by week."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.calendar.periods import containing
from cadence.decisions.models import Decision, Verdict
from cadence.evaluation.breaching import Surroundings, follow
from cadence.evaluation.judging import judge_periods
from cadence.evaluation.tick import tick
from cadence.ledger.queries import verify
from cadence.management.generate.making import Made, make
from cadence.management.generate.plan import PlanError, Sizes, kinds, metrics
from cadence.metrics.models import Judgement, Metric, Reading
from cadence.notices.models import Cursor
from cadence.reviews.models import Review

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)  # a Friday
SMALL = Sizes(initiatives=12, metrics=120, readings=2400, seed=7)
TINY = Sizes(initiatives=2, metrics=20, readings=300, seed=7)


def quiet(what: str, done: int, whole: int) -> None:
    pass


def made(sizes: Sizes = SMALL, slug: str = "large") -> Made:
    return make(sizes, name=slug, slug=slug, at=AT, secret="a long enough secret", say=quiet)


def judgements(organization: Organization) -> dict[tuple[str, date], tuple[Any, ...]]:
    rows = Judgement.objects.filter(organization=organization)
    return {
        (key, day): tuple(facts)
        for key, day, *facts in rows.values_list(
            "metric__key", "starts_on", "value", "floor", "ceiling", "threshold", "result"
        )
    }


@pytest.mark.django_db
def test_what_was_judged_and_what_opened_is_what_the_readings_come_to() -> None:
    organization = made().people.organization
    found = Metric.objects.filter(organization=organization)
    by_id = {metric.pk: metric for metric in found.select_related("initiative__organization")}
    touched: dict[int, set[date]] = {}
    for key, day in Reading.objects.filter(metric__in=by_id).values_list("metric", "starts_on"):
        metric = by_id[key]
        start = containing(metric.read_per, day, metric.judged_per, 0)  # type: ignore[arg-type]
        touched.setdefault(key, set()).add(start)
    before = judgements(organization)
    assert {facts[-1] for facts in before.values()} == {"inside", "below", "above", "unknown"}
    judged = judge_periods(organization, by_id, touched)
    outcome = follow(Surroundings(organization, AT), by_id, judged.periods)
    assert judgements(organization) == before
    assert (outcome.opened, outcome.recovered) == ([], [])
    # Nor does a tick find anything that was left over. Planning looks six weeks ahead from now.
    done = tick(at=AT, organization=organization)
    assert [name for name, count in done.items() if count] == ["planned"]


@pytest.mark.django_db
def test_there_is_of_everything_some_in_a_ledger_that_is_whole() -> None:
    organization = made().people.organization
    assert organization.initiatives.count() == SMALL.initiatives
    assert Metric.objects.filter(organization=organization).count() == SMALL.metrics
    assert Reading.objects.filter(organization=organization).count() == SMALL.readings
    breaches = Breach.objects.filter(organization=organization)
    assert breaches.undecided().exists()
    assert breaches.exclude(decision=None).exists()
    assert Decision.objects.filter(organization=organization).count() > 10
    assert Verdict.objects.filter(organization=organization).exclude(acknowledged_at=None).exists()
    reviews = Review.objects.filter(organization=organization)
    assert reviews.closed().exists()
    assert reviews.open().exists()
    owned = organization.ownerships.current().values("initiative")
    assert organization.initiatives.exclude(pk__in=owned).count() == 0
    found = verify(organization)
    assert found.fault is None
    assert found.entries > SMALL.metrics * 2
    # Nobody is mailed what happened years ago.
    assert Cursor.objects.get(organization=organization).sequence == found.entries


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_and_another_one_makes_another() -> None:
    first, second = made(TINY), made(TINY, slug="again")
    other = made(replace(TINY, seed=8), slug="other")
    assert first.digest == second.digest != other.digest
    one, two = (judgements(world.people.organization) for world in (first, second))
    # All but the id of the threshold.
    facts = [{key: row[:3] + row[4:] for key, row in rows.items()} for rows in (one, two)]
    assert facts[0] == facts[1]


@pytest.mark.django_db
def test_what_is_there_is_not_touched(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--initiatives", "2", "--metrics", "20", "--readings", "300"]
    call_command("generate", *sizes, "--at", AT.isoformat(), "--name", "Large")
    assert "Digest of seed 1: " in capsys.readouterr().out
    with pytest.raises(CommandError, match="already"):
        call_command("generate", *sizes, "--name", "Large")
    with pytest.raises(CommandError, match="ten each at least"):
        call_command("generate", "--initiatives", "2", "--metrics", "20", "--readings", "1")
    assert Organization.objects.count() == 1
    assert Reading.objects.count() == 300


@pytest.mark.parametrize(
    "sizes",
    [
        Sizes(),
        Sizes(1, 1, 10),
        Sizes(1, 10, 1000),
        Sizes(2000, 10_000, 3_333_333),
        Sizes(5, 17, 9000),
    ],
)
def test_readings_are_shared_out_to_the_last_one(sizes: Sizes) -> None:
    sizes.check()
    plans = metrics(sizes)
    assert sum(plan.readings for plan in plans) == sizes.readings
    assert [plan.read_per for plan in plans] == kinds(sizes)
    assert {plan.initiative for plan in plans} == set(range(sizes.initiatives))


@pytest.mark.parametrize(
    "sizes", [Sizes(0, 1, 10), Sizes(2, 1, 10), Sizes(1, 1, 9), Sizes(1, 1, 9999)]
)
def test_sizes_that_cannot_be_are_refused(sizes: Sizes) -> None:
    with pytest.raises(PlanError):
        sizes.check()
