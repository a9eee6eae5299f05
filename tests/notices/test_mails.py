"""What mails say, and what is not sent because it is not so any more."""

from datetime import date, timedelta
from email.mime.image import MIMEImage

import pytest
from django.core import mail
from pytest_django import Settings

from accounts.models import Membership
from cadence.decisions.actions import acknowledge_verdict, commit, keep_commitment
from cadence.decisions.models import Verdict
from cadence.errors import Invalid
from cadence.metrics.models import Judgement
from cadence.notices.derive import derive_notices
from cadence.notices.models import Delivery, Mode, NoticeKind
from cadence.notices.preferences import modes_of, postbox_of, set_preferences
from cadence.ownership.actions import accept_ownership, offer_ownership
from tests.cast import AT, LAST_WEEK, Cast
from tests.notices.things import SOON, happened, post


def a_breach(cast: Cast) -> None:
    happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[cast.breach().pk])
    derive_notices(at=SOON)


def test_a_mail_says_what_happened_where_to_act_and_why_one_gets_it(
    cast: Cast, settings: Settings
) -> None:
    a_breach(cast)
    assert post(SOON) == 1
    message = mail.outbox[0]
    assert message.to == ["olu@acme.example"]
    assert message.subject == "Qualified demos is below its floor: 31, floor 45, week of 9 November"
    text = str(message.body)
    assert f"{settings.PUBLIC_URL}/o/acme/breaches/" in text
    why = "A metric of yours calls for a decision, or got one"
    assert f"You are told because: {why} (Acme)." in text
    assert f"{settings.PUBLIC_URL}/o/acme/account/notices" in text
    headers = message.extra_headers
    assert headers["Message-ID"] == f"<{Delivery.objects.get().message_id}>"
    assert headers["List-Unsubscribe"] == f"<{settings.PUBLIC_URL}/o/acme/account/notices>"
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    assert "prefers-color-scheme: dark" in str(html)
    assert "<img" not in str(html) and "src=" not in str(html)


def test_the_mail_of_a_breach_brings_the_chart_and_fetches_nothing(cast: Cast) -> None:
    for weeks_ago, value in enumerate((31, 47, 52)):
        Judgement.objects.create(
            organization=cast.acme,
            metric=cast.demos,
            starts_on=LAST_WEEK - timedelta(weeks=weeks_ago),
            value=value,
            floor=45,
            result="below" if value < 45 else "inside",
        )
    a_breach(cast)
    post(SOON)
    message = mail.outbox[0]
    ((html, _),) = message.alternatives
    assert 'src="cid:chart"' in str(html) and "alt=" in str(html)
    (picture,) = message.attachments
    assert isinstance(picture, MIMEImage)
    assert (picture["Content-ID"], picture.get_filename()) == ("<chart>", "qualified-demos.png")
    assert picture.get_payload(decode=True)[:8] == b"\x89PNG\r\n\x1a\n"  # type: ignore[index]
    assert b"Content-Type: image/png" in message.message().as_bytes()


def test_a_name_cannot_write_into_the_page_or_the_head_of_a_mail(cast: Cast) -> None:
    metric = cast.metric("Calls <script>alert(1)</script>")
    happened(cast, "readings.recorded", cast.acme, opened=[cast.breach(metric).pk])
    derive_notices(at=SOON)
    post(SOON)
    ((html, _),) = mail.outbox[0].alternatives
    assert "<script>" not in str(html)
    assert "<script>" in str(mail.outbox[0].body)
    assert "\n" not in mail.outbox[0].subject


def test_a_breach_that_was_decided_is_not_mailed(cast: Cast) -> None:
    breach = cast.breach()
    happened(cast, "readings.recorded", cast.acme, opened=[breach.pk])
    derive_notices(at=SOON)
    cast.decision(breach)
    assert post(SOON) == 0


def test_a_breach_that_somebody_else_is_to_decide_now_is_not_mailed(cast: Cast) -> None:
    breach = cast.breach()
    happened(cast, "readings.recorded", cast.acme, opened=[breach.pk])
    derive_notices(at=SOON)
    breach.answerable = cast.nils
    breach.save(update_fields=["answerable"])
    assert post(SOON) == 0


def test_of_several_breaches_one_that_waits_is_enough(cast: Cast) -> None:
    one, other = cast.breach(), cast.breach(cast.metric("Calls"))
    happened(cast, "readings.recorded", cast.acme, opened=[one.pk, other.pk])
    derive_notices(at=SOON)
    cast.decision(one)
    assert post(SOON) == 1


def test_an_offer_that_was_answered_is_not_mailed(cast: Cast) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.nils)
    derive_notices(at=SOON)
    accept_ownership(actor=cast.nils, at=AT, ownership=offer)
    assert post(SOON) == 0


def test_a_step_up_is_not_mailed_once_it_is_decided(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.dana)
    step = {"from": cast.olu, "to": cast.dana, "due_at": AT}
    happened(cast, "breach.escalated", breach, **step)
    derive_notices(at=SOON)
    cast.decision(breach)
    assert post(SOON) == 0
    later = cast.breach(cast.metric(), answerable=cast.dana)
    happened(cast, "breach.escalated", later, **step)
    derive_notices(at=SOON)
    assert post(SOON) == 2


def at_once(*people: Membership) -> None:
    for person in people:
        modes = {NoticeKind.VERDICT: Mode.AT_ONCE, NoticeKind.COMMITMENT: Mode.AT_ONCE}
        set_preferences(actor=person, at=AT, modes=modes)


def test_a_verdict_that_was_acknowledged_is_not_mailed(cast: Cast) -> None:
    at_once(cast.olu)
    decision = cast.decision(cast.breach())
    verdict: Verdict = cast.verdict(decision)
    happened(cast, "verdict.given", decision, result="worked", undecided_again=[])
    derive_notices(at=SOON)
    acknowledge_verdict(actor=cast.olu, at=verdict.given_at, decision=decision)
    assert post(SOON) == 0


def test_a_commitment_that_was_kept_is_not_mailed(cast: Cast) -> None:
    at_once(cast.nils)
    made = commit(
        actor=cast.dana, at=AT, initiative=cast.pipeline, text="Call.", person=cast.nils,
        due_on=date(2026, 11, 20),
    )  # fmt: skip
    derive_notices(at=SOON)
    keep_commitment(actor=cast.nils, at=AT + timedelta(hours=1), commitment=made)
    assert post(SOON) == 0


def test_an_approval_that_was_given_is_not_mailed(cast: Cast) -> None:
    decision = cast.decision(cast.breach(), kind="hold_course")
    happened(cast, "decision.recorded", decision, cast.olu, breaches=[])
    derive_notices(at=SOON)
    cast.approval(decision, cast.lars)
    assert post(SOON) == 0


def test_whose_account_is_closed_reads_nothing(cast: Cast) -> None:
    a_breach(cast)
    assert cast.olu.user is not None
    cast.olu.user.is_active = False
    cast.olu.user.save(update_fields=["is_active"])
    assert post(SOON) == 0


def test_preferences_start_with_what_others_wait_for(cast: Cast) -> None:
    modes = modes_of(cast.olu)
    at_once = {kind for kind, mode in modes.items() if mode == Mode.AT_ONCE}
    assert at_once == {"offer", "breach", "escalation", "approval", "minutes", "receiver", "week"}
    assert postbox_of(cast.olu).pk is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"modes": {"gossip": "daily"}},
        {"modes": {"offer": "hourly"}},
        {"modes": {"week": "daily"}},
        {"modes": {}, "time_zone": "Europe/Atlantis"},
        {"modes": {}, "time_zone": "../etc/passwd"},
        {"modes": {}, "digest_at": "25:00"},
    ],
)
def test_what_makes_no_sense_is_refused(cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        set_preferences(actor=cast.olu, at=AT, **wrong)  # type: ignore[arg-type]
    assert modes_of(cast.olu)["offer"] == Mode.AT_ONCE
