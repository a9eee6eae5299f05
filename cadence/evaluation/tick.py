"""One look at everything that is due. It may be missed, doubled or run twice at once."""

from datetime import datetime

from accounts.models import Organization
from cadence.evaluation.actions import sweep_missing
from cadence.evaluation.duties import follow_owners
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.verdicts import give_verdicts
from cadence.ownership.actions import lapse_offers
from cadence.ownership.interims import end_interims
from cadence.ownership.leaves import follow_leaves
from cadence.reviews.actions import join_orphans, open_due
from cadence.reviews.missed import mark_missed
from cadence.reviews.series import plan_reviews


def tick(*, at: datetime, organization: Organization | None = None) -> dict[str, int]:
    """Do what is due, in one organization or in all, and count it.

    Leaves come first: they say whose duties these are. Duties, missing readings and verdicts come
    before reviews, so that one that opens finds them. What is overdue moves up before reviews are
    missed, or their breaches would move twice.
    """
    done = {"duties": 0, "breaches": 0, "verdicts": 0, "escalated": 0, "joined": 0}
    done["lapsed"] = lapse_offers(at=at, organization=organization)
    done["leaves"] = follow_leaves(at=at, organization=organization)
    done["interims"] = end_interims(at=at, organization=organization)
    done["planned"] = plan_reviews(at=at, organization=organization)
    everybody = Organization.objects.order_by("pk")
    for one in everybody if organization is None else [organization]:
        done["duties"] += follow_owners(at=at, organization=one)
        done["breaches"] += len(sweep_missing(at=at, organization=one).opened)
        done["verdicts"] += len(give_verdicts(at=at, organization=one))
        done["escalated"] += escalate_overdue(at=at, organization=one)
        done["joined"] += join_orphans(at=at, organization=one)
    done["missed"] = mark_missed(at=at, organization=organization)
    done["opened"] = open_due(at=at, organization=organization)
    return done
