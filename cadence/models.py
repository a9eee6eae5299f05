"""The schema's table of contents: every model and every guard. Only Django imports this."""

from accounts import models as accounts
from cadence.answers.models import KeptAnswer
from cadence.behaviour import models as behaviour
from cadence.behaviour.models import Rebasing
from cadence.breaches import models as breaches
from cadence.breaches.models import Breach
from cadence.decisions import models as decisions
from cadence.decisions.models import Approval, Commitment, Decision, DecisionBreach, Verdict
from cadence.decks import models as decks
from cadence.decks.models import Annotation, Arrangement, PreRead
from cadence.escalations import models as escalations
from cadence.escalations.models import Escalation
from cadence.guards import Guard, tenancy
from cadence.imports import models as imports
from cadence.imports.models import Import, ImportedTable, Mapping
from cadence.initiatives import models as initiatives
from cadence.initiatives.models import Initiative, Priority
from cadence.ledger import models as ledger
from cadence.ledger.models import Entry, Head
from cadence.metrics import models as metrics
from cadence.metrics.models import Correction, Judgement, Metric, Reading, Threshold
from cadence.metrics.operands import Operand
from cadence.notices import models as notices
from cadence.notices.models import (
    Attempt,
    Cursor,
    Delivery,
    Notice,
    Postbox,
    Preference,
    SlackHook,
    Webhook,
)
from cadence.ownership import models as ownership
from cadence.ownership.models import Interim, Leave, Ownership
from cadence.people import guards as people
from cadence.reviews import models as reviews
from cadence.reviews.models import AgendaItem, Attendance, CheckIn, Review, ReviewSeries
from cadence.sources import models as sources
from cadence.sources.models import Connection, Run, Source

MODELS = (
    Approval,
    AgendaItem,
    Annotation,
    Arrangement,
    Attempt,
    Attendance,
    Breach,
    CheckIn,
    Commitment,
    Connection,
    Correction,
    Cursor,
    Decision,
    DecisionBreach,
    Delivery,
    Entry,
    Escalation,
    Head,
    Import,
    ImportedTable,
    Initiative,
    Interim,
    Judgement,
    KeptAnswer,
    Leave,
    Mapping,
    Metric,
    Notice,
    Operand,
    Ownership,
    Postbox,
    Preference,
    PreRead,
    Priority,
    Reading,
    Rebasing,
    Review,
    ReviewSeries,
    Run,
    SlackHook,
    Source,
    Threshold,
    Verdict,
    Webhook,
)
ACCOUNTS = (
    accounts.Team,
    accounts.Membership,
    accounts.Invitation,
    accounts.ApiToken,
    accounts.CalendarLink,
    accounts.ClosingDay,
)


def declared_guards() -> tuple[Guard, ...]:
    """Every guard of the schema. A function, for the tenancy guards need all models loaded."""
    return (
        *people.GUARDS,
        *ledger.GUARDS,
        *initiatives.GUARDS,
        *ownership.GUARDS,
        *metrics.GUARDS,
        *behaviour.GUARDS,
        *breaches.GUARDS,
        *escalations.GUARDS,
        *reviews.GUARDS,
        *decisions.GUARDS,
        *notices.GUARDS,
        *sources.GUARDS,
        *decks.GUARDS,
        *imports.GUARDS,
        *(guard for model in (*ACCOUNTS, *MODELS) for guard in tenancy(model)),
    )


__all__ = ["declared_guards", *(model.__name__ for model in MODELS)]
