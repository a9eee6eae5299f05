"""One thing of each resource, for tests that call every address."""

from datetime import date, timedelta

from accounts.models import ApiToken, ClosingDay, Invitation, Membership, Team
from accounts.tokens import new_secret
from cadence.behaviour.models import Rebasing
from cadence.decisions.models import Commitment
from cadence.decks.models import Annotation
from cadence.initiatives.models import Initiative
from cadence.ledger.actions import append
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from cadence.notices.models import Notice
from cadence.ownership.models import Interim, Leave
from cadence.people.calendar_links import create_calendar_link
from cadence.reviews.models import CheckIn, Review
from tests.cast import AT, Cast
from tests.imports.rows import brought, table_of
from tests.notices.rows import to_webhook, webhook
from tests.sources.rows import connection, source

Things = dict[str, int]
"""An id, by the first word of the routes that take it."""


def things(cast: Cast) -> Things:
    """Of Acme: a breach that is decided with its verdict, another that holds a review open."""
    return _things(cast, cast.olu, cast.demand, cast.pipeline, cast.demos)


def things_of_beta(cast: Cast) -> Things:
    """Sven's, of which Acme must see nothing."""
    return _things(cast, cast.sven, cast.betas_team, cast.betas_initiative, cast.betas_metric)


def _things(
    cast: Cast, person: Membership, team: Team, initiative: Initiative, metric: Metric
) -> Things:
    organization = person.organization
    threshold = metric.thresholds.first() or cast.threshold(metric)
    breach = cast.breach(metric)
    decision = cast.decision(breach, decided_by=person, recorded_by=person)
    cast.verdict(decision)
    series = cast.series(team, organization=organization, facilitator=person)
    review = cast.open_review(series)
    cast.on_agenda(review, breach)
    commitment = Commitment.objects.create(
        organization=organization,
        initiative=initiative,
        text="Call them.",
        person=person,
        due_on=AT.date(),
        due_at=AT + timedelta(days=7),
        created_by=person,
        created_at=AT,
    )
    check_in = CheckIn.objects.create(
        organization=organization,
        initiative=initiative,
        author=person,
        starts_on=AT.date(),
        confidence="on_track",
        written_at=AT,
    )
    entry = append(
        organization=organization, event="tests.ran", actor=person, at=AT, subject=breach
    )
    notice = notice_of(person, entry)
    cast.step(breach, person)
    hook = webhook(cast, "https://127.0.0.1/hook", organization=organization, created_by=person)
    one = table_of(brought(cast, organization=organization, started_by=person)).of
    of = connection(cast, organization=organization, created_by=person)
    pulled = source(cast, of, metric, organization=organization, set_up_by=person)
    return {
        "connections": of.pk,
        "sources": pulled.pk,
        "imports": one.pk,
        "deliveries": to_webhook(hook, failed_at=AT).pk,
        "webhooks": hook.pk,
        "people": person.pk,
        "teams": team.pk,
        "priorities": initiative.priority_id,
        "initiatives": initiative.pk,
        "ownerships": cast.owned_by(person, initiative, accepted=False).pk,
        "leaves": leave_of(person).pk,
        "interims": interim_of(person, initiative).pk,
        "metrics": metric.pk,
        "annotations": annotation_of(person, review).pk,
        "rebasings": rebasing_of(person, metric).pk,
        "notices": notice.pk,
        "thresholds": threshold.pk,
        "readings": cast.reading(31, metric=metric).pk,
        "breaches": breach.pk,
        "decisions": decision.pk,
        "commitments": commitment.pk,
        "series": series.pk,
        "reviews": review.pk,
        "check-ins": check_in.pk,
        "machines": machine_of(person).pk,
        "tokens": token_of(person).pk,
        "invitations": invitation_of(person).pk,
        "closing-days": ClosingDay.objects.create(organization=organization, day=AT.date()).pk,
        "calendar-links": create_calendar_link(actor=person, at=AT)[0].pk,
    }


def annotation_of(person: Membership, review: Review) -> Annotation:
    return Annotation.objects.create(
        organization=person.organization,
        review=review,
        key="below",
        text="Two of these are one cause.",
        written_by=person,
        written_at=AT,
    )


def rebasing_of(person: Membership, metric: Metric) -> Rebasing:
    return Rebasing.objects.create(
        organization=person.organization,
        metric=metric,
        starts_on=date(2026, 9, 7),
        reason="The work is done in another way now.",
        rebased_by=person,
        rebased_at=AT,
    )


def notice_of(person: Membership, entry: Entry) -> Notice:
    return Notice.objects.create(
        organization=person.organization,
        member=person,
        entry=entry,
        kind="breach",
        title="Qualified demos is below its floor",
        path="/o/acme/my-week",
        created_at=AT,
    )


def leave_of(person: Membership) -> Leave:
    """A planned one, far ahead: nobody is away in these tests."""
    return Leave.objects.create(
        organization=person.organization,
        member=person,
        starts_on=date(2199, 1, 1),
        ends_on=date(2199, 1, 2),
        planned_by=person,
        planned_at=AT,
    )


def interim_of(person: Membership, initiative: Initiative) -> Interim:
    """One that is over: the work is owned."""
    return Interim.objects.create(
        organization=person.organization,
        initiative=initiative,
        person=person,
        named_by=person,
        named_at=AT,
        until=AT.date(),
        ended_at=AT,
        ending="withdrawn",
    )


def machine_of(person: Membership) -> Membership:
    return Membership.objects.create(
        organization=person.organization, name="Warehouse", role="machine", joined_at=AT
    )


def token_of(person: Membership) -> ApiToken:
    _, prefix, digest = new_secret()
    return ApiToken.objects.create(
        organization=person.organization,
        membership=person,
        name="Export",
        prefix=prefix,
        digest=digest,
        created_at=AT,
        expires_at=AT + timedelta(days=1),
    )


def invitation_of(person: Membership) -> Invitation:
    _, _, digest = new_secret()
    return Invitation.objects.create(
        organization=person.organization,
        email=f"{digest[:12]}@elsewhere.example",
        name="Nora",
        digest=digest,
        invited_by=person,
        invited_at=AT,
        expires_at=AT + timedelta(days=7),
    )
