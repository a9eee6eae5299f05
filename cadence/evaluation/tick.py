"""One look at everything that is due. It may be missed, doubled or run twice at once."""

from datetime import datetime

from accounts.models import Organization
from cadence.evaluation.actions import sweep_missing
from cadence.evaluation.verdicts import give_verdicts
from cadence.ownership.actions import lapse_offers
from cadence.reviews.actions import mark_missed, open_due
from cadence.reviews.series import plan_reviews


def tick(*, at: datetime) -> dict[str, int]:
    """Do what is due and count it: verdicts and missing readings first, so that a review that
    opens finds them on its agenda."""
    done = {"breaches": 0, "verdicts": 0}
    done["lapsed"] = lapse_offers(at=at)
    done["planned"] = plan_reviews(at=at)
    for organization in Organization.objects.order_by("pk"):
        done["breaches"] += len(sweep_missing(at=at, organization=organization).opened)
        done["verdicts"] += len(give_verdicts(at=at, organization=organization))
    done["missed"] = mark_missed(at=at)
    done["opened"] = open_due(at=at)
    return done
