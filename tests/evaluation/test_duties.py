"""Who has to decide is who answers for the work now."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.evaluation.duties import follow_owners
from cadence.evaluation.queries import to_approve
from cadence.evaluation.tick import tick
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from cadence.ownership.models import Ending, Ownership
from tests.cast import AT, Cast


def end(ownership: Ownership, ending: Ending = Ending.HANDED_OVER) -> None:
    ownership.ended_at, ownership.ending, ownership.reason = AT, ending, "Left."
    ownership.save(update_fields=["ended_at", "ending", "reason"])


def leaves(member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(ended_at=AT)


def answerable(cast: Cast, breach: Breach) -> Membership | None:
    follow_owners(at=AT, organization=cast.acme)
    breach.refresh_from_db()
    return breach.answerable


def test_a_duty_goes_with_the_work_to_its_new_owner(cast: Cast) -> None:
    breach = cast.breach()
    end(cast.ownership)
    cast.owned_by(cast.nils, cast.pipeline, accepted_at=AT)
    assert follow_owners(at=AT, organization=cast.acme) == 1
    breach.refresh_from_db()
    assert breach.answerable == cast.nils
    entry = Entry.objects.get(event="duty.moved")
    moved = {"breach": breach.pk, "from": cast.olu.pk, "to": cast.nils.pk}
    assert (entry.data, entry.actor) == ({"duties": [moved]}, None)


def test_where_nobody_owns_the_acting_owner_has_the_duty(cast: Cast) -> None:
    breach = cast.breach()
    end(cast.ownership, Ending.LEFT)
    leaves(cast.olu)
    assert answerable(cast, breach) == cast.dana


def test_a_duty_that_went_up_stays_with_whom_it_went_to(cast: Cast) -> None:
    breach = cast.breach(level=2, answerable=cast.lars)
    end(cast.ownership)
    cast.owned_by(cast.nils, cast.pipeline, accepted_at=AT)
    assert answerable(cast, breach) == cast.lars


def test_what_is_decided_or_ended_keeps_its_names(cast: Cast) -> None:
    breach = cast.breach()
    cast.decision(breach)
    end(cast.ownership)
    assert answerable(cast, breach) == cast.olu
    other = cast.initiative()
    cast.breach(cast.metric(initiative=other), answerable=cast.nils)
    Initiative.objects.filter(pk=other.pk).update(
        ended_at=AT, ended_as="stopped", ended_reason="Over."
    )
    assert follow_owners(at=AT, organization=cast.acme) == 0


def test_nobody_of_another_organization_is_touched(cast: Cast) -> None:
    breach = cast.breach(cast.betas_metric)
    assert answerable(cast, breach) is None
    assert follow_owners(at=AT, organization=cast.beta) == 1


def test_it_says_so_once_and_the_tick_counts_it(cast: Cast) -> None:
    Metric.objects.update(checked_to=AT.date())
    cast.breach()
    end(cast.ownership)
    assert tick(at=AT, organization=cast.acme)["duties"] == 1
    assert tick(at=AT, organization=cast.acme)["duties"] == 0
    assert Entry.objects.filter(event="duty.moved").count() == 1


def test_as_many_queries_for_many_duties_as_for_one(cast: Cast) -> None:
    def cost(number: int) -> int:
        for _ in range(number):
            cast.breach(cast.metric(), answerable=cast.nils)
        with CaptureQueriesContext(connection) as queries:
            assert follow_owners(at=AT, organization=cast.acme) == number
        return len(queries)

    cost(1)
    assert cost(1) == cost(12)


def test_an_approval_waits_for_who_may_give_it_and_for_no_other(cast: Cast) -> None:
    owned = cast.decision(cast.breach(), kind="hold_course")
    orphan = cast.metric(initiative=cast.initiative())
    nobodys = cast.decision(cast.breach(orphan), kind="hold_course", decided_at=AT + timedelta(1))
    people = (cast.ada, cast.elena, cast.lars, cast.dana, cast.olu, cast.nils, cast.sven)
    waiting = {person.name: to_approve(person) for person in people if to_approve(person)}
    # Dana acts where nobody owns: she is not above herself.
    assert waiting == {
        "Elena": [owned, nobodys],
        "Lars": [owned, nobodys],
        "Dana": [owned],
    }
