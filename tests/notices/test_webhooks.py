"""Who sets up webhooks and Slack channels, and what the ledger says of it."""

import json
from datetime import timedelta

import pytest
from pytest_django import Settings

from accounts.models import Organization
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.evaluation.leaving import deactivate_member
from cadence.ledger.models import Entry
from cadence.notices import slack, webhooks
from cadence.notices.derive import derive_notices
from cadence.notices.facts import FACTS
from cadence.notices.leases import LEASE
from cadence.notices.models import Delivery, SlackHook
from cadence.notices.news.line import News
from cadence.notices.outbox import rows_for
from cadence.notices.payloads import escaped
from cadence.notices.routing import ROUTES, Told
from cadence.ownership.leaves import change_leave, plan_leave
from cadence.web.delivery_lines import lines
from tests.architecture.attacks_on_work import entries
from tests.cast import AT, Cast
from tests.notices import rows

URL = "https://receiver.example/hook/t0ken?key=s3cret"
SLACK = "https://hooks.slack.com/services/T0/B0/s3cret"


def ledger() -> str:
    return json.dumps(list(Entry.objects.values_list("event", "data")))


def test_no_secret_is_in_the_ledger(cast: Cast) -> None:
    ada, later = cast.ada, AT + timedelta(hours=1)
    hook, secret = webhooks.create_webhook(actor=ada, at=AT, url=URL, description="Warehouse")
    moved = {"url": URL + "2", "description": "", "events": ["review.closed"]}
    webhooks.change_webhook(actor=ada, at=AT, webhook=hook, **moved)
    _, other = webhooks.rotate_secret(actor=ada, at=later, webhook=hook)
    webhooks.send_test(actor=ada, at=later, webhook=hook)
    webhooks.pause_webhook(actor=ada, at=later, webhook=hook)
    webhooks.resume_webhook(actor=ada, at=later, webhook=hook)
    hook = webhooks.end_webhook(actor=ada, at=later, webhook=hook)
    slack.connect_slack(actor=cast.dana, at=AT, team=cast.demand, url=SLACK)
    slack.send_slack_test(actor=cast.dana, at=AT, team=cast.demand)
    slack.disconnect_slack(actor=cast.dana, at=AT, team=cast.demand)
    written = ledger()
    assert Entry.objects.count() == 10
    for word in (secret, other, "s3cret", "t0ken"):
        assert word not in written
    assert "https://receiver.example" in written
    assert (hook.secret, hook.old_secret) == ("", "")
    assert SlackHook.objects.get().url == "https://hooks.slack.com"


def test_a_secret_without_a_slash_before_it_is_not_in_the_ledger_either(cast: Cast) -> None:
    bare = "https://hooks.example?token=s3cret"
    hook, _ = webhooks.create_webhook(actor=cast.ada, at=AT, url=bare)
    moved = {"url": bare + "2", "description": "", "events": []}
    webhooks.change_webhook(actor=cast.ada, at=AT, webhook=hook, **moved)
    told = rows.to_webhook(hook)
    slack.connect_slack(actor=cast.dana, at=AT, team=cast.demand, url=bare)
    slack.disconnect_slack(actor=cast.dana, at=AT, team=cast.demand)
    assert "s3cret" not in ledger()
    assert SlackHook.objects.get().url == "https://hooks.example"
    assert lines([told], cast.ada)[0]["to"] == "https://hooks.example"


def test_only_administrators_set_up_webhooks(cast: Cast) -> None:
    hook = rows.webhook(cast)
    for member in (cast.elena, cast.dana, cast.olu, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            webhooks.create_webhook(actor=member, at=AT, url=URL)
        with pytest.raises(Forbidden):
            webhooks.rotate_secret(actor=member, at=AT, webhook=hook)
        with pytest.raises(Forbidden):
            slack.retry_delivery(actor=member, at=AT, delivery=rows.to_webhook(hook))
    with pytest.raises(NotFound):
        webhooks.end_webhook(actor=cast.sven, at=AT, webhook=hook)


def test_a_team_is_connected_by_its_lead_or_above_an_executive_or_an_administrator(
    cast: Cast,
) -> None:
    for member in (cast.dana, cast.lars, cast.elena, cast.ada):
        slack.connect_slack(actor=member, at=AT, team=cast.demand, url=SLACK)
    assert SlackHook.objects.filter(ended_at=None).count() == 1
    for member in (cast.olu, cast.fay, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            slack.connect_slack(actor=member, at=AT, team=cast.demand, url=SLACK)
    with pytest.raises(Forbidden):
        slack.connect_slack(actor=cast.dana, at=AT, team=cast.commercial, url=SLACK)
    with pytest.raises(NotFound):
        slack.connect_slack(actor=cast.sven, at=AT, team=cast.demand, url=SLACK)


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://receiver.example/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://user:pass@receiver.example/"},
        {"url": ""},
        {"url": None},
        {"url": 5},
        {"url": URL, "events": ["no.such"]},
        {"url": URL, "events": "review.closed"},
        {"url": URL, "events": [{"a": 1}]},
        {"url": URL, "description": "x" * 201},
    ],
)
def test_what_cannot_be_called_is_not_saved(cast: Cast, given: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        webhooks.create_webhook(actor=cast.ada, at=AT, **given)  # type: ignore[arg-type]


def test_pausing_drops_what_waits_and_an_ended_one_stays_ended(cast: Cast) -> None:
    hook = rows.webhook(cast)
    told = rows.to_webhook(hook)
    webhooks.pause_webhook(actor=cast.ada, at=AT, webhook=hook)
    assert Delivery.objects.get(pk=told.pk).state == "dropped"
    with pytest.raises(Conflict, match="paused"):
        webhooks.send_test(actor=cast.ada, at=AT, webhook=hook)
    webhooks.end_webhook(actor=cast.ada, at=AT, webhook=hook)
    with pytest.raises(Conflict, match="ended"):
        webhooks.resume_webhook(actor=cast.ada, at=AT, webhook=hook)


def test_what_was_given_up_can_be_tried_again_and_what_was_sent_cannot(cast: Cast) -> None:
    hook = rows.webhook(cast)
    failed = rows.to_webhook(hook, failed_at=AT, attempts=20)
    waits = rows.to_webhook(hook, due_at=AT + timedelta(hours=9), attempts=2)
    slack.retry_delivery(actor=cast.ada, at=AT, delivery=failed)
    assert Delivery.objects.get(pk=failed.pk).state == "retrying"
    assert Delivery.objects.get(pk=waits.pk).due_at == AT
    with pytest.raises(Conflict, match="delivered already"):
        slack.retry_delivery(actor=cast.ada, at=AT, delivery=rows.to_webhook(hook, sent_at=AT))
    with pytest.raises(NotFound):
        slack.retry_delivery(actor=cast.sven, at=AT, delivery=failed)


def test_trying_a_mail_again_makes_no_other_due(cast: Cast) -> None:
    """The mail server is everybody's: the button of one organization is not for all mails."""
    later = AT + timedelta(hours=9)
    mine, beside, elsewhere = (
        rows.to_person(one, due_at=later, attempts=1) for one in (cast.olu, cast.nils, cast.sven)
    )
    slack.retry_delivery(actor=cast.ada, at=AT, delivery=mine)
    due = dict(Delivery.objects.values_list("pk", "due_at"))
    assert due == {mine.pk: AT, beside.pk: later, elsewhere.pk: later}


def test_ids_differ_between_installations_and_stay_the_same_for_one_message(cast: Cast) -> None:
    hook = rows.webhook(cast)
    (entry,) = entries(cast, 1)
    told = Told(entry, ROUTES["review.closed"], News(title="Ten", path="/o/acme/x"))
    (one,), (again,) = rows_for(AT, cast.acme, [told]), rows_for(AT, cast.acme, [told])
    assert one.message_id == again.message_id
    assert one.message_id == f"webhook-{entry.sequence}-{hook.pk}-{entry.hash[:24]}"


def test_a_webhook_hears_what_it_asked_for_and_slack_its_team_and_those_below(
    cast: Cast, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://plan.example.org"
    everything = rows.webhook(cast)
    some = rows.webhook(cast, events=["review.closed"])
    rows.webhook(cast, paused_at=AT)
    rows.webhook(cast, ended_at=AT, secret="")
    demand, commercial = rows.slack(cast, cast.demand), rows.slack(cast, cast.commercial)
    rows.slack(cast, cast.partners)
    (entry,) = entries(cast, 1)
    news = News(title="Ten <b> & more", path="/o/acme/x", teams=frozenset({cast.demand.pk}))
    told = Told(entry, ROUTES["review.closed"], news)
    found = rows_for(AT, cast.acme, [told])
    assert [one.webhook for one in found if one.webhook] == [everything]
    assert {one.slack for one in found if one.slack} == {demand, commercial}
    assert some not in [one.webhook for one in found]
    assert len({one.message_id for one in found}) == 3
    body = next(one.body for one in found if one.webhook)
    assert body["type"] == entry.event
    assert body["timestamp"] == "2026-11-16T10:00:00.000000Z"
    assert body["data"]["url"] == "https://plan.example.org/o/acme/x"
    text = next(one.body["text"] for one in found if one.slack)
    assert text == "*Ten &lt;b&gt; &amp; more*\n<https://plan.example.org/o/acme/x|Open in Cadence>"


def test_nobody_calls_a_whole_channel_by_the_name_of_a_thing() -> None:
    assert escaped("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


# Once, and not too often


def test_an_address_is_told_once(cast: Cast) -> None:
    first, _ = webhooks.create_webhook(actor=cast.ada, at=AT, url=URL)
    with pytest.raises(Conflict, match="this address already") as refused:
        webhooks.create_webhook(actor=cast.ada, at=AT, url=URL)
    assert refused.value.code == "webhook_exists"
    other, _ = webhooks.create_webhook(actor=cast.ada, at=AT, url=URL + "2")
    same = {"url": URL, "description": "", "events": []}
    with pytest.raises(Conflict, match="this address already"):
        webhooks.change_webhook(actor=cast.ada, at=AT, webhook=other, **same)
    webhooks.change_webhook(actor=cast.ada, at=AT, webhook=first, **same)
    webhooks.end_webhook(actor=cast.ada, at=AT, webhook=first)
    webhooks.create_webhook(actor=cast.ada, at=AT, url=URL)
    # That of another organization is no concern of this one.
    beta = cast.sven
    beta.role = "administrator"
    beta.save(update_fields=["role"])
    webhooks.create_webhook(actor=beta, at=AT, url=URL)


def test_a_second_rotation_does_not_end_the_secret_that_works(cast: Cast) -> None:
    hook, first = webhooks.create_webhook(actor=cast.ada, at=AT, url=URL)
    webhooks.rotate_secret(actor=cast.ada, at=AT, webhook=hook)
    soon, until = AT + timedelta(hours=23, minutes=59), AT + webhooks.ROTATION
    with pytest.raises(Conflict, match="both sign until Tuesday 17 November") as refused:
        webhooks.rotate_secret(actor=cast.ada, at=soon, webhook=hook)
    assert refused.value.code == "secret_rotating"
    assert refused.value.details == {"until": "2026-11-17T10:00:00.000000Z"}
    hook.refresh_from_db()
    assert hook.old_secret == first
    _, third = webhooks.rotate_secret(actor=cast.ada, at=until, webhook=hook)
    hook.refresh_from_db()
    assert (hook.secret, hook.old_secret != first) == (third, True)


def test_one_test_at_a_time_in_an_organization(cast: Cast) -> None:
    hook, channel = rows.webhook(cast), rows.slack(cast)
    told = webhooks.send_test(actor=cast.ada, at=AT, webhook=hook)
    with pytest.raises(Conflict, match="under way"):
        webhooks.send_test(actor=cast.ada, at=AT, webhook=hook)
    with pytest.raises(Conflict, match="under way") as refused:
        slack.send_slack_test(actor=cast.dana, at=AT, team=channel.team)
    assert refused.value.code == "test_under_way"
    # One that failed is tried again for three days, and is not waited for.
    Delivery.objects.filter(pk=told.pk).update(attempts=1, due_at=AT + timedelta(hours=1))
    second = slack.send_slack_test(actor=cast.dana, at=AT, team=channel.team)
    # Nor one that nobody has tried, because the worker stands still.
    Delivery.objects.filter(pk=second.pk).update(attempts=0)
    webhooks.send_test(actor=cast.ada, at=AT + LEASE, webhook=hook)


def test_the_demo_sends_no_test(cast: Cast) -> None:
    hook, channel = rows.webhook(cast), rows.slack(cast)
    Organization.objects.filter(pk=cast.acme.pk).update(is_demo=True)
    with pytest.raises(Conflict, match="demo") as refused:
        webhooks.send_test(actor=cast.ada, at=AT, webhook=hook)
    assert refused.value.code == "demo_sends_nothing"
    with pytest.raises(Conflict, match="demo"):
        slack.send_slack_test(actor=cast.dana, at=AT, team=channel.team)
    assert not Delivery.objects.exists()


# What goes outside


def test_every_event_that_goes_outside_says_which_of_its_facts_do() -> None:
    assert set(FACTS) == {event for event, route in ROUTES.items() if route.outside}


def test_why_somebody_left_and_what_a_leave_is_for_stay_inside(cast: Cast) -> None:
    rows.webhook(cast)
    for team in (cast.demand, cast.commercial):
        rows.slack(cast, team)
    days = {"starts_on": AT.date() + timedelta(days=30), "ends_on": AT.date() + timedelta(days=40)}
    leave = plan_leave(
        actor=cast.olu, at=AT, member=cast.olu, stand_in=cast.nils, note="In hospital", **days
    )
    last = {"stand_in": cast.nils, "ends_on": AT.date() + timedelta(days=50)}
    change_leave(actor=cast.olu, at=AT, leave=leave, note="In hospital again", **last)
    deactivate_member(
        actor=cast.ada,
        at=AT,
        member=cast.olu,
        reason="Dismissed for theft",
        leave_orphaned=True,
    )
    derive_notices(at=AT)
    told = list(Delivery.objects.exclude(body=None))
    sent = json.dumps([one.body for one in told])
    assert "Dismissed" not in sent and "hospital" not in sent
    assert "Dismissed for theft" in ledger() and "In hospital" in ledger()
    facts = {one.event: one.body["data"]["facts"] for one in told if one.channel == "webhook"}
    assert {"leave.planned", "leave.changed", "ownership.ended"} <= set(facts)
    assert facts["member.left"] == {"led": []}
