"""From the ledger to people: every entry once, in order, however often and late it is asked."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from cadence.ledger.models import Entry, Head
from cadence.notices import derive
from cadence.notices.derive import derive_notices
from cadence.notices.mails import message_for
from cadence.notices.models import Cursor, Delivery, Mode, Notice, NoticeKind, Preference
from cadence.notices.preferences import set_preferences
from tests.cast import AT, Cast
from tests.notices.things import SOON, happened


def opened(cast: Cast, count: int = 1) -> None:
    """So many entries, each about another breach of Olu."""
    for _ in range(count):
        breach = cast.breach(cast.metric())
        happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breach.pk])


def test_an_entry_is_told_once(cast: Cast) -> None:
    opened(cast)
    assert derive_notices(at=SOON) == 1
    assert derive_notices(at=SOON) == 0
    assert Notice.objects.count() == Delivery.objects.count() == 1
    assert (
        Cursor.objects.get(organization=cast.acme).sequence
        == Head.objects.get(organization=cast.acme).sequence
    )


def test_many_entries_are_told_in_batches_and_in_order(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "BATCH", 3)
    opened(cast, 8)
    assert derive_notices(at=SOON) == 8
    told = list(Notice.objects.order_by("pk").values_list("entry__sequence", flat=True))
    assert told == sorted(told)
    assert len(set(told)) == 8


def test_what_was_rolled_back_is_told_again(cast: Cast) -> None:
    opened(cast)
    with pytest.raises(RuntimeError), transaction.atomic():
        derive_notices(at=SOON)
        raise RuntimeError("killed")
    assert not Notice.objects.exists()
    assert derive_notices(at=SOON) == 1


def test_an_event_of_a_later_version_is_passed_over(cast: Cast) -> None:
    happened(cast, "gate.opened", cast.pipeline)
    opened(cast)
    assert derive_notices(at=SOON) == 1
    assert Entry.objects.count() == 2


def test_a_cursor_at_the_head_tells_no_old_news(cast: Cast) -> None:
    opened(cast)
    head = Head.objects.get(organization=cast.acme)
    Cursor.objects.create(organization=cast.acme, sequence=head.sequence)
    assert derive_notices(at=SOON) == 0
    opened(cast)
    assert derive_notices(at=SOON) == 1


def test_at_once_is_mailed_daily_waits_never_is_not(cast: Cast) -> None:
    opened(cast)
    derive_notices(at=SOON)
    mail = Delivery.objects.get()
    notice = Notice.objects.get()
    assert mail.member == cast.olu
    assert mail.message_id == f"notice-{notice.pk}@localhost"
    assert [*mail.notices.all()] == [notice]
    for mode in (Mode.DAILY, Mode.NEVER):
        set_preferences(actor=cast.olu, at=AT, modes={NoticeKind.BREACH: mode})
        opened(cast)
        derive_notices(at=SOON)
    assert Notice.objects.count() == 3
    assert Delivery.objects.count() == 1
    assert Preference.objects.count() == 1


def test_the_demo_has_a_bell_and_no_mail(cast: Cast) -> None:
    cast.acme.is_demo = True
    cast.acme.save(update_fields=["is_demo"])
    opened(cast)
    assert derive_notices(at=SOON) == 1
    assert not Delivery.objects.exists()


def test_many_entries_take_as_many_queries_as_one(cast: Cast) -> None:
    def everything() -> None:
        breach = cast.breach(cast.metric())
        decision = cast.decision(breach, kind="hold_course")
        happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breach.pk])
        happened(cast, "decision.recorded", decision, cast.olu)
        happened(cast, "ownership.accepted", cast.ownership, cast.olu)
        happened(cast, "review.missed", cast.planned_review())
        happened(cast, "verdict.given", decision, result="worked", undecided_again=[])
        step = {"from": cast.olu, "to": cast.dana, "due_at": AT + timedelta(days=5)}
        happened(cast, "breach.escalated", breach, **step)
        happened(cast, "ownership.escalated", cast.ownership, **step)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert derive_notices(at=SOON) > 0
        return len(asked)

    everything()
    derive_notices(at=SOON)
    everything()
    one = queries()
    for _ in range(6):
        everything()
    assert queries() == one


def test_a_long_name_of_this_host_fits_into_the_id_of_a_mail(
    cast: Cast, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://" + ".".join(["plan" * 12] * 5)
    opened(cast)
    derive_notices(at=SOON)
    mail = Delivery.objects.get()
    assert len(mail.message_id) > 250
    message = message_for(mail, SOON)
    assert message is not None
    headers = message_from_bytes(message.message().as_bytes())
    assert headers["Message-ID"].strip() == f"<{mail.message_id}>"
