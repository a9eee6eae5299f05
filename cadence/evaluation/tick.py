"""One look at everything that is due. It may be missed, doubled or run twice at once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from accounts.models import Organization
from cadence.evaluation.actions import sweep_missing
from cadence.evaluation.attempts import Attempts
from cadence.evaluation.duties import follow_owners
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.verdicts import give_verdicts
from cadence.evaluation.watching import Memory, heads_of_ledgers
from cadence.ownership.actions import lapse_offers
from cadence.ownership.interims import end_interims
from cadence.ownership.leaves import follow_leaves
from cadence.reviews.actions import join_orphans, open_due
from cadence.reviews.missed import mark_missed
from cadence.reviews.series import plan_reviews

# Leaves come first: they say whose duties these are. Duties, missing readings and verdicts come
# before reviews, so that one that opens finds them. What is overdue moves up before reviews are
# missed, or their breaches would move twice.
STEPS: dict[str, Callable[[datetime, Organization], int]] = {
    "leaves": lambda at, one: follow_leaves(at=at, organization=one),
    "lapsed": lambda at, one: lapse_offers(at=at, organization=one),
    "interims": lambda at, one: end_interims(at=at, organization=one),
    "planned": lambda at, one: plan_reviews(at=at, organization=one),
    "duties": lambda at, one: follow_owners(at=at, organization=one),
    "breaches": lambda at, one: len(sweep_missing(at=at, organization=one).opened),
    "verdicts": lambda at, one: len(give_verdicts(at=at, organization=one)),
    "escalated": lambda at, one: escalate_overdue(at=at, organization=one),
    "joined": lambda at, one: join_orphans(at=at, organization=one),
    "missed": lambda at, one: mark_missed(at=at, organization=one),
    "opened": lambda at, one: open_due(at=at, organization=one),
}


def tick(
    *, at: datetime, organization: Organization | None = None, memory: Memory | None = None
) -> dict[str, int]:
    """Do what is due, in one organization or in all, and count it.

    What fails is raised after all the rest was done, as an ``ExceptionGroup``.
    """
    attempts = Attempts()
    everybody = Organization.objects.order_by("pk")
    look(attempts, at, list(everybody) if organization is None else [organization], memory)
    attempts.finish()
    return attempts.done


def look(
    attempts: Attempts,
    at: datetime,
    organizations: Sequence[Organization],
    memory: Memory | None = None,
) -> None:
    """Every step for each organization.

    With a memory an organization is passed over in which nothing can be due since the last look:
    one query for all of them. A look in which something failed is not remembered.
    """
    heads = heads_of_ledgers() if memory is not None else {}
    for one in organizations:
        head = heads.get(one.pk)
        if memory is not None and memory.is_quiet(one, head, at):
            continue
        failed = len(attempts.failures)
        _look(attempts, at, one)
        if memory is not None and len(attempts.failures) == failed:
            memory.keep(one, head, at)


def _look(attempts: Attempts, at: datetime, organization: Organization) -> None:
    """One step that fails holds up neither the later ones nor others: they find what is there, and
    what is missing they find a minute later."""
    for name, step in STEPS.items():
        attempts.make(name, lambda step=step: step(at, organization), organization)  # type: ignore[misc]
