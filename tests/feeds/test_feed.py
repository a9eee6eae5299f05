"""The address a calendar subscribes to: what it answers, to whom, and what stands in it."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from accounts.models import CalendarLink, Membership, Team
from cadence.decisions.models import Commitment
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ownership.models import Ownership
from cadence.people.calendar_links import (
    create_calendar_link,
    renew_calendar_link,
    revoke_calendar_link,
)
from cadence.reviews.models import Review
from cadence.reviews.room import take_facilitation
from cadence.reviews.series import create_series
from config.logs import without_secrets
from tests.cast import AT, Cast
from tests.feeds.reading import summaries, uids


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


def link_of(member: Membership, team: Team | None = None) -> str:
    return create_calendar_link(actor=member, at=AT, team=team)[1]


def path(secret: str) -> str:
    return f"/feeds/{secret}/cadence.ics"


def commitment(cast: Cast, text: str = "Call them", **facts: object) -> Commitment:
    return Commitment.objects.create(
        **{
            "organization": cast.acme,
            "initiative": cast.pipeline,
            "text": text,
            "person": cast.olu,
            "due_on": AT.date() + timedelta(days=3),
            "due_at": AT + timedelta(days=3),
            "created_by": cast.fay,
            "created_at": AT,
            **facts,
        }
    )


def weekly(cast: Cast, team: Team, name: str, facilitator: Membership | None = None) -> int:
    lead = cast.lars if team == cast.commercial else cast.dana
    return create_series(
        actor=lead,
        at=AT,
        team=team,
        name=name,
        kind="weekly",
        rule="FREQ=WEEKLY;BYDAY=TH",
        starts_on="2026-11-02",
        time_of_day="09:00",
        facilitator=facilitator or cast.fay,
    ).pk


def test_it_is_a_calendar(cast: Cast, client: Client) -> None:
    weekly(cast, cast.demand, "Demand, weekly; all")
    answer = client.get(path(link_of(cast.olu)))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in answer and "Cookie" not in answer.get("Vary", "")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    assert str(calendar["X-WR-CALNAME"]) == "Olu in Acme"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in answer.content
    assert set(summaries(answer.content)) == {"Demand, weekly; all"}


def test_what_did_not_change_is_not_sent_again(cast: Cast, client: Client, _now: object) -> None:
    weekly(cast, cast.demand, "Weekly")
    commitment(cast)
    cast.breach()
    secret = link_of(cast.olu)
    first = client.get(path(secret))
    for days in (0, 1, 5):
        with time_machine.travel(AT + timedelta(days=days), tick=False):
            again = client.get(path(secret))
            assert again.content == first.content
            known = client.get(path(secret), headers={"If-None-Match": first["ETag"]})
            assert (known.status_code, known.content) == (304, b"")
    head = client.head(path(secret))
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])
    Commitment.objects.update(kept_at=AT)
    known = client.get(path(secret), headers={"If-None-Match": first["ETag"]})
    assert known.status_code == 200
    assert uids(known.content) == [one for one in uids(first.content) if "commitment" not in one]


@pytest.mark.parametrize("secret", ["x", "cad_guessed", "ÿ", "x" * 3000, "%00"])
def test_a_guess_is_not_there(db: None, client: Client, secret: str) -> None:
    assert client.get(path(secret)).status_code == 404
    assert client.post(path(secret)).status_code == 405


def test_it_ends_at_once(cast: Cast, client: Client) -> None:
    link, old = create_calendar_link(actor=cast.olu, at=AT)
    renewed, new = renew_calendar_link(actor=cast.olu, at=AT, link=link)
    assert [client.get(path(one)).status_code for one in (old, new)] == [404, 200]
    revoke_calendar_link(actor=cast.olu, at=AT, link=renewed)
    assert client.get(path(new)).status_code == 404


def test_it_ends_with_who_leaves_or_may_not_sign_in(cast: Cast, client: Client) -> None:
    own, teams = link_of(cast.nils), link_of(cast.nils, cast.demand)
    assert client.get(path(own)).status_code == client.get(path(teams)).status_code == 200
    assert cast.nils.user is not None
    cast.nils.user.is_active = False
    cast.nils.user.save(update_fields=["is_active"])
    assert client.get(path(own)).status_code == client.get(path(teams)).status_code == 404
    cast.nils.user.is_active = True
    cast.nils.user.save(update_fields=["is_active"])
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=AT)
    assert client.get(path(own)).status_code == client.get(path(teams)).status_code == 404


def test_when_it_was_used_is_noted_to_the_hour(cast: Cast, client: Client) -> None:
    secret = link_of(cast.olu)
    used = []
    for minutes in (0, 30, 59, 61):
        with time_machine.travel(AT + timedelta(minutes=minutes), tick=False):
            client.get(path(secret))
            used.append(CalendarLink.objects.get().last_used_at)
    assert used == [AT, AT, AT, AT + timedelta(minutes=61)]


def test_whose_reviews_stand_in_it(cast: Cast, client: Client) -> None:
    weekly(cast, cast.commercial, "Above")
    weekly(cast, cast.demand, "Demand")
    weekly(cast, cast.partners, "Below")
    weekly(cast, cast.partners, "Mine", facilitator=cast.nils)

    def seen(member: Membership, team: Team | None = None) -> list[str]:
        return sorted(set(summaries(client.get(path(link_of(member, team))).content)))

    assert seen(cast.olu) == ["Above", "Demand"]  # owns work of Demand
    assert seen(cast.lars) == ["Above"]  # leads Commercial: not every review below it
    assert seen(cast.dana) == ["Above", "Below", "Demand", "Mine"]  # acts for Partners
    assert "Mine" in seen(cast.nils)
    assert seen(cast.obi, cast.demand) == ["Above", "Demand"]
    assert seen(cast.obi, cast.commercial) == ["Above"]


def test_one_that_somebody_took_over_is_in_their_calendar(cast: Cast, client: Client) -> None:
    series = weekly(cast, cast.partners, "Below")
    review = cast.dana.organization.reviews.filter(series=series).earliest("starts_at")
    take_facilitation(actor=cast.lars, at=AT, review=review)
    body = client.get(path(link_of(cast.lars))).content
    assert uids(body) == [f"review-{review.pk}@localhost"]
    theirs = client.get(path(link_of(cast.dana))).content.replace(b"\r\n ", b"")
    assert b"Facilitated by Lars." in theirs


def test_what_is_due_stands_in_it(cast: Cast, client: Client) -> None:
    mine = commitment(cast, "Call them")
    other = commitment(cast, "Write to them", person=cast.nils)
    breach = cast.breach(answerable=cast.olu)
    checked = cast.decision(cast.breach(cast.metric("Leads")), decided_by=cast.olu)
    judged = cast.decision(cast.breach(cast.metric("Calls")), decided_by=cast.olu)
    verdict = cast.verdict(judged)
    offer = cast.owned_by(cast.olu, cast.initiative("Partner webinars"), accepted=False)
    body = client.get(path(link_of(cast.olu))).content
    assert set(uids(body)) == {
        f"commitment-{mine.pk}@localhost",
        f"breach-{breach.pk}@localhost",
        f"verdict-{verdict.pk}@localhost",
        f"ownership-{offer.pk}@localhost",
        f"decision-{checked.pk}@localhost",
    }
    for one in Calendar.from_ical(body).walk("VEVENT"):
        assert str(one["TRANSP"]) == "TRANSPARENT"
        assert not isinstance(one["DTSTART"].dt, datetime)
    teams = client.get(path(link_of(cast.olu, cast.demand))).content
    assert set(uids(teams)) == {*uids(body), f"commitment-{other.pk}@localhost"}
    assert "Due: Write to them (Nils)" in summaries(teams)


def left_behind(cast: Cast, **facts: object) -> Ownership:
    """The ownership of somebody who left work of Demand that nobody owns since."""
    gone = {"ended_at": AT, "ending": "left", "successor_due_at": AT + timedelta(days=5)}
    return cast.owned_by(cast.nils, cast.initiative("Fairs"), **{**gone, **facts})


def not_held(cast: Cast, **facts: object) -> Review:
    late = {"missed_at": AT, "due_at": AT + timedelta(days=5)}
    return cast.planned_review(cast.series(name="Weekly of Demand"), **{**late, **facts})


def test_what_went_up_stands_with_whom_it_went_to(cast: Cast, client: Client) -> None:
    up = {"escalated_to": cast.lars, "level": 2}
    review, ownership = not_held(cast, **up), left_behind(cast, **up)
    promise = commitment(cast, **up)
    judged = cast.decision(cast.breach(), decided_by=cast.olu)
    verdict = cast.verdict(judged, **up)

    def of(member: Membership, team: Team | None = None) -> dict[str, str]:
        """Summaries by what they are of, without the series themselves."""
        events = Calendar.from_ical(client.get(path(link_of(member, team))).content).walk("VEVENT")
        due = [one for one in events if "Due" in one["CATEGORIES"].cats]
        return {str(one["UID"]).split("@")[0]: str(one["SUMMARY"]) for one in due}

    gone_up = {
        f"review-{review.pk}": "Hold Weekly of Demand again",
        f"ownership-{ownership.pk}": "Find an owner for Fairs",
        f"commitment-{promise.pk}": "Due: Call them (Olu)",
        f"verdict-{verdict.pk}": "Acknowledge: D-1, worked",
    }
    assert of(cast.lars) == gone_up
    assert not {f"review-{review.pk}", f"ownership-{ownership.pk}"} & of(cast.dana).keys()
    named = {f"review-{review.pk}": "Hold Weekly of Demand again (Lars)"}
    named |= {f"ownership-{ownership.pk}": "Find an owner for Fairs (Lars)"}
    assert named.items() <= of(cast.olu, cast.demand).items()


def test_what_went_nowhere_yet_stands_with_who_answers_for_it(cast: Cast, client: Client) -> None:
    review, ownership = not_held(cast), left_behind(cast)
    seen = {one: uids(client.get(path(link_of(one))).content) for one in (cast.fay, cast.dana)}
    assert f"review-{review.pk}@localhost" in seen[cast.fay]
    assert f"review-{review.pk}@localhost" not in seen[cast.dana]
    assert f"ownership-{ownership.pk}@localhost" in seen[cast.dana]
    assert f"ownership-{ownership.pk}@localhost" not in seen[cast.fay]
    cast.owned_by(cast.fay, ownership.initiative, accepted=False)
    cast.close(cast.open_review(review.series))
    for one in (cast.fay, cast.dana):
        found = " ".join(uids(client.get(path(link_of(one, cast.demand))).content))
        assert f" review-{review.pk}@" not in f" {found}"
        assert f" ownership-{ownership.pk}@" not in f" {found}"


@pytest.mark.parametrize("how", ["paused_at", "ended_at"])
def test_nothing_is_due_of_work_that_stands_still(cast: Cast, client: Client, how: str) -> None:
    work = cast.initiative("Fairs", owner=cast.olu)
    on_it = [cast.metric(initiative=work) for _ in range(3)]
    both = cast.decision(cast.breach(on_it[0]), cast.breach(), decided_by=cast.olu)
    cast.verdict(cast.decision(cast.breach(on_it[1]), decided_by=cast.olu))
    cast.breach(on_it[2])
    commitment(cast, initiative=work)
    links = link_of(cast.olu), link_of(cast.olu, cast.demand)
    assert [len(uids(client.get(path(one)).content)) for one in links] == [4, 4]
    if how == "paused_at":
        Initiative.objects.filter(pk=work.pk).update(paused_at=AT)
    else:
        Initiative.objects.filter(pk=work.pk).update(
            ended_at=AT, ended_as="stopped", ended_reason="Enough."
        )
    for one in links:
        # It is about other work too, and that goes on.
        assert uids(client.get(path(one)).content) == [f"decision-{both.pk}@localhost"]


def test_a_moment_is_due_on_the_day_it_has_in_the_organization(cast: Cast, client: Client) -> None:
    cast.acme.time_zone = "Asia/Tokyo"
    cast.acme.save()
    cast.breach(answerable=cast.olu, due_at=datetime(2026, 11, 20, 16, tzinfo=UTC))
    (one,) = Calendar.from_ical(client.get(path(link_of(cast.olu))).content).walk("VEVENT")
    assert one["DTSTART"].dt.isoformat() == "2026-11-21"


def test_nothing_of_another_organization(cast: Cast, client: Client) -> None:
    cast.breach(cast.betas_metric, answerable=cast.sven)
    cast.series(cast.betas_team, organization=cast.beta, facilitator=cast.sven)
    for member, team in ((cast.elena, None), (cast.elena, cast.demand), (cast.olu, None)):
        assert uids(client.get(path(link_of(member, team))).content) == []
    assert uids(client.get(path(link_of(cast.sven))).content) != []


def test_as_many_questions_for_many_as_for_one(cast: Cast, client: Client) -> None:
    def make(number: int) -> None:
        for one in range(number):
            weekly(cast, cast.demand, f"Weekly {one}")
            commitment(cast, f"Call {one}")
            cast.breach(cast.metric(), answerable=cast.olu)
            cast.verdict(cast.decision(cast.breach(cast.metric()), decided_by=cast.olu))
            cast.decision(cast.breach(cast.metric()), decided_by=cast.olu)
            cast.owned_by(cast.olu, cast.initiative(), accepted=False)
            left_behind(cast, escalated_to=cast.olu, level=1)
            not_held(cast, escalated_to=cast.olu, level=1)

    secrets = [link_of(cast.olu), link_of(cast.olu, cast.demand)]
    counts = []
    for number in (1, 4):
        make(number)
        for secret in secrets:
            client.get(path(secret))
            with CaptureQueriesContext(
                connection,
            ) as asked:
                client.get(path(secret))
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


def test_the_secret_is_in_no_ledger_and_no_log(
    cast: Cast, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    link, _ = create_calendar_link(actor=cast.olu, at=AT, team=cast.demand)
    renewed, other = renew_calendar_link(actor=cast.olu, at=AT, link=link)
    revoke_calendar_link(actor=cast.olu, at=AT, link=renewed)
    entries = Entry.objects.filter(event__startswith="calendar_link").order_by("sequence")
    assert [one.event for one in entries] == [
        "calendar_link.created",
        "calendar_link.renewed",
        "calendar_link.revoked",
    ]
    for one in entries:
        assert one.data == {"member": cast.olu.pk, "team": cast.demand.pk}
    with caplog.at_level(logging.WARNING):
        client.get(path(other))
    assert any("/feeds/" in one.getMessage() for one in caplog.records)
    from_root = [
        one.format(record)
        for one in logging.root.handlers
        for record in caplog.records
        if type(one) is logging.StreamHandler
    ]
    assert from_root and all(other not in line for line in from_root)
    assert any("/feeds/[secret]/cadence.ics" in line for line in from_root)


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("GET /feeds/cad_x/cadence.ics HTTP/1.1", "GET /feeds/[secret]/cadence.ics HTTP/1.1"),
        ('{"path": "/invitation/cad_y"}', '{"path": "/invitation/[secret]"}'),
        ("/password/reset/MQ/abc-def", "/password/reset/MQ/[secret]"),
        ("/o/acme/reviews/7", "/o/acme/reviews/7"),
    ],
)
def test_a_path_that_is_a_key_is_not_written(line: str, written: str) -> None:
    assert without_secrets(None, "", line) == written
