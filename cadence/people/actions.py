"""Founding an organization, its settings, the days on which it is closed."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import ClosingDay, Membership, Organization, Role, User
from cadence.errors import Conflict, NotFound, Problem
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.people import checks
from cadence.people.queries import locked_member, locked_organization
from cadence.permissions import Act, require


@transaction.atomic
def found_organization(
    *,
    at: datetime,
    name: object,
    slug: object,
    time_zone: object,
    administrator_email: object,
    administrator_name: object,
    password: object = None,
    week_start: object = 0,
    country: object = "",
    subdivision: object = "",
    currency: object = "EUR",
    is_demo: bool = False,
) -> tuple[Organization, Membership]:
    """A new organization and its first administrator.

    Somebody who has an account already joins with it, and no password may be given. Without a
    password a new user cannot sign in. Whoever calls this vouches for the e-mail address.
    """
    inputs = Inputs()
    settings = {
        "name": inputs.text("name", name, longest=120),
        "slug": checks.slug(inputs, "slug", slug),
        "time_zone": checks.time_zone(inputs, "time_zone", time_zone),
        "week_start": inputs.whole("week_start", week_start, least=0, most=6),
        "currency": checks.currency(inputs, "currency", currency),
        **checks.place(inputs, country, subdivision),
    }
    email = checks.email_address(inputs, "administrator_email", administrator_email)
    person = inputs.text("administrator_name", administrator_name, longest=120)
    user = User.objects.filter(email=email).first() if not inputs.problems else None
    secret: str | None = None
    if password is not None and user is not None:
        inputs.refuse("password", "There is an account with this e-mail address: it keeps its own.")
    elif password is not None:
        secret = checks.new_password(inputs, "password", password, email=email, name=person)
    inputs.done()
    try:
        with transaction.atomic():
            organization = Organization.objects.create(**settings, created_at=at, is_demo=is_demo)
    except IntegrityError:
        raise _taken("slug", "slug_taken", "Another organization has this slug.") from None
    if user is None:
        user = new_user(email=email, name=person, password=secret)
    administrator = Membership.objects.create(
        organization=organization,
        user=user,
        name=user.name,
        role=Role.ADMINISTRATOR,
        joined_at=at,
    )
    append(
        organization=organization,
        event="organization.founded",
        actor=administrator,
        at=at,
        subject=organization,
        data=settings,
    )
    return organization, administrator


def new_user(*, email: str, name: str, password: str | None) -> User:
    """A user who was not there a moment ago. Raises Conflict when somebody was quicker."""
    try:
        with transaction.atomic():
            return User.objects.create_user(email, name, password)
    except IntegrityError:
        raise Conflict(
            "Somebody with this e-mail address has an account: sign in first.",
            code="account_exists",
        ) from None


@transaction.atomic
def change_settings(
    *,
    actor: Membership,
    at: datetime,
    name: object,
    time_zone: object,
    week_start: object,
    country: object,
    subdivision: object,
    currency: object,
    decision_days: object,
    offer_days: object,
    grace_days: object,
    load_limit: object,
    sponsor: Membership | None,
    fiscal_year_ends: object = None,
) -> Organization:
    """All settings of the organization at once; the fiscal year stays where none is given.

    Limits are in working days, 1 to 30; grace from 0. The load limit is 1 to 100 initiatives.
    Deadlines that run already stay as they are.
    """
    checks.check_within(actor, sponsor)
    organization = locked_organization(actor.organization_id)
    sponsor = None if sponsor is None else locked_member(actor, sponsor)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    checks.answering_person(inputs, "sponsor", sponsor)
    if sponsor is not None and sponsor.role != Role.EXECUTIVE:
        inputs.refuse("sponsor", "The sponsor is an executive: every escalation ends there.")
    changed = put(
        organization,
        name=inputs.text("name", name, longest=120),
        time_zone=checks.time_zone(inputs, "time_zone", time_zone),
        week_start=inputs.whole("week_start", week_start, least=0, most=6),
        currency=checks.currency(inputs, "currency", currency),
        decision_days=inputs.whole("decision_days", decision_days, least=1, most=30),
        offer_days=inputs.whole("offer_days", offer_days, least=1, most=30),
        grace_days=inputs.whole("grace_days", grace_days, least=0, most=30),
        load_limit=inputs.whole("load_limit", load_limit, least=1, most=100),
        fiscal_year_ends=inputs.whole(
            "fiscal_year_ends",
            organization.fiscal_year_ends if fiscal_year_ends is None else fiscal_year_ends,
            least=1,
            most=12,
        ),
        sponsor=sponsor,
        **checks.place(inputs, country, subdivision),
    )
    inputs.done()
    # The periods of the readings there are would start on another day.
    if "week_start" in changed and organization.metrics.exists():
        raise Conflict(
            "The week keeps its first day once there are metrics.",
            code="week_start_in_use",
            problems=[Problem("week_start", "There are metrics with readings by this week.")],
        )
    if not changed:
        return organization
    organization.save(update_fields=list(changed))
    append(
        organization=organization,
        event="settings.changed",
        actor=actor,
        at=at,
        subject=organization,
        data={"changed": changed},
    )
    return organization


@transaction.atomic
def add_closing_day(
    *, actor: Membership, at: datetime, day: object, name: object = ""
) -> ClosingDay:
    """A day on which the organization does not work, besides weekends and public holidays."""
    organization = locked_organization(actor.organization_id)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    date = inputs.day("day", day)
    label = inputs.text("name", name, longest=120, needed=False)
    inputs.done()
    assert date is not None
    if organization.closing_days.filter(day=date).exists():
        raise _taken("day", "closing_day_exists", "This day is a closing day already.")
    closing_day = ClosingDay.objects.create(organization=organization, day=date, name=label)
    append(
        organization=organization,
        event="closing_day.added",
        actor=actor,
        at=at,
        subject=closing_day,
        data={"day": date, "name": label},
    )
    return closing_day


@transaction.atomic
def remove_closing_day(*, actor: Membership, at: datetime, closing_day: ClosingDay) -> None:
    checks.check_within(actor, closing_day)
    organization = locked_organization(actor.organization_id)
    require(actor, Act.ADMINISTER)
    # Through the queryset: the object keeps the id that the ledger names.
    deleted, _ = organization.closing_days.filter(pk=closing_day.pk).delete()
    if not deleted:
        raise NotFound("There is no such closing day.")
    append(
        organization=organization,
        event="closing_day.removed",
        actor=actor,
        at=at,
        subject=closing_day,
        data={"day": closing_day.day, "name": closing_day.name},
    )


def _taken(field: str, code: str, message: str) -> Conflict:
    return Conflict(message, code=code, problems=[Problem(field, message)])
