"""The schema's table of contents: every model and every guard. Only Django imports this."""

from accounts import models as accounts
from cadence.breaches import models as breaches
from cadence.breaches.models import Breach
from cadence.decisions import models as decisions
from cadence.decisions.models import Approval, Commitment, Decision, DecisionBreach, Verdict
from cadence.guards import Guard, one_organization
from cadence.initiatives import models as initiatives
from cadence.initiatives.models import Initiative, Priority
from cadence.ledger import models as ledger
from cadence.ledger.models import Entry, Head
from cadence.metrics import models as metrics
from cadence.metrics.models import Correction, Judgement, Metric, Reading, Threshold
from cadence.ownership import models as ownership
from cadence.ownership.models import Ownership
from cadence.reviews import models as reviews
from cadence.reviews.models import AgendaItem, Attendance, CheckIn, Review, ReviewSeries

MODELS = (
    Approval,
    AgendaItem,
    Attendance,
    Breach,
    CheckIn,
    Commitment,
    Correction,
    Decision,
    DecisionBreach,
    Entry,
    Head,
    Initiative,
    Judgement,
    Metric,
    Ownership,
    Priority,
    Reading,
    Review,
    ReviewSeries,
    Threshold,
    Verdict,
)
ACCOUNTS = (accounts.Team, accounts.Membership, accounts.Invitation, accounts.ApiToken)

TEAM_TREE = (
    Guard(
        "a_team_tree_has_no_circle",
        "accounts.Team",
        "A team does not lie below itself.",
        ("INSERT", "UPDATE"),
        "NEW.parent_id IS NOT NULL AND NEW.id IN (WITH RECURSIVE up(id) AS ("
        "SELECT NEW.parent_id UNION SELECT t.parent_id FROM accounts_team t "
        "JOIN up ON t.id = up.id WHERE t.parent_id IS NOT NULL) SELECT id FROM up)",
    ),
)


def declared_guards() -> tuple[Guard, ...]:
    """Every guard of the schema. A function, for the tenancy guards need all models loaded."""
    tenancy = (one_organization(model) for model in (*ACCOUNTS, *MODELS))
    return (
        *TEAM_TREE,
        *ledger.GUARDS,
        *initiatives.GUARDS,
        *ownership.GUARDS,
        *metrics.GUARDS,
        *breaches.GUARDS,
        *reviews.GUARDS,
        *decisions.GUARDS,
        *(guard for guard in tenancy if guard is not None),
    )


__all__ = ["declared_guards", *(model.__name__ for model in MODELS)]
