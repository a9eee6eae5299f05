"""Who sets up webhooks and Slack channels, and what the ledger says of it."""

import json
from datetime import timedelta

import pytest
from pytest_django import Settings

from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.notices import slack, webhooks
from cadence.notices.models import Delivery, SlackHook
from cadence.notices.news.line import News
from cadence.notices.outbox import rows_for
from cadence.notices.payloads import escaped
from cadence.notices.routing import ROUTES, Told
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
