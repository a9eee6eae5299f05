from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cadence.answers.models import KeptAnswer
from cadence.answers.rules import FIELD, KEPT_FOR, Answer, checked_key
from cadence.errors import Invalid


@transaction.atomic
def answer_once(
    *, actor: Membership, at: datetime, key: str, request_digest: str, act: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """Act and keep the answer, or give the one that was kept for this key of this member; and
    whether it is given again.

    The key is taken first. Whoever brings it meanwhile waits for the end of this transaction, and
    then finds the answer, or nothing when ``act`` has raised. Invalid:
    ``idempotency_key_invalid``, ``idempotency_key_reused``.
    """
    kept, is_first = KeptAnswer.objects.get_or_create(
        organization_id=actor.organization_id,
        member=actor,
        key=checked_key(key),
        defaults={"request_digest": request_digest, "kept_at": at},
    )
    if not is_first:
        return _again(kept, request_digest), True
    answer = act()
    kept.status, kept.content_type, kept.body = answer.status, answer.content_type, answer.body
    kept.save(update_fields=["status", "content_type", "body"])
    return answer, False


def forget_answers(*, at: datetime) -> int:
    """Delete the answers that were kept long enough, of all organizations, and count them."""
    deleted, _ = KeptAnswer.objects.filter(kept_at__lte=at - KEPT_FOR).delete()
    return deleted


def _again(kept: KeptAnswer, request_digest: str) -> Answer:
    if kept.request_digest != request_digest:
        raise Invalid.field(
            FIELD,
            "This key was sent before, with another request. Another request needs another key.",
            code="idempotency_key_reused",
        )
    assert kept.status is not None
    return Answer(kept.status, kept.content_type, kept.body)
