"""What is not mailed because it is not so any more, and what still is."""

from django.core import mail

from cadence.breaches.models import Breach
from cadence.notices.derive import derive_notices
from tests.cast import AT, Cast
from tests.notices.things import SOON, happened, post


def test_an_approval_is_mailed_also_after_an_escalation(cast: Cast) -> None:
    breach = cast.breach()
    escalated = cast.decision(breach, kind="escalate", decided_at=AT)
    Breach.objects.filter(pk=breach.pk).update(answerable=cast.dana)
    held = cast.decision(
        breach, kind="hold_course", decided_by=cast.dana, recorded_by=cast.dana, replaces=escalated
    )
    happened(cast, "decision.recorded", held, cast.dana, breaches=[breach.pk])
    derive_notices(at=SOON)
    post(SOON)
    assert "lars@acme.example" in [message.to[0] for message in mail.outbox]
    assert "waits for your approval" in mail.outbox[0].subject
