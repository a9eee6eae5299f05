"""What changed and is not in the ledger yet: rows first, then the ledger, which is held to the end
of the transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Membership
from cadence.ledger.actions import append
from cadence.ownership.models import Interim, Leave


@dataclass(frozen=True)
class Told:
    """An entry of the ledger that is still to be written."""

    event: str
    subject: Leave | Interim
    data: dict[str, Any]


def tell(actor: Membership | None, at: datetime, told: Iterable[Told]) -> None:
    for one in told:
        append(
            organization=one.subject.organization_id,
            event=one.event,
            actor=actor,
            at=at,
            subject=one.subject,
            data=one.data,
        )
