"""Links that let somebody join once. Part of the actions of people."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Invitation, Membership, Team, User
from accounts.tokens import digest_of, new_secret
from cadence.errors import Conflict, Forbidden, NotFound, Problem
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.people import checks
from cadence.people.actions import new_user
from cadence.people.members import PERSON_ROLES
from cadence.people.queries import locked_organization
from cadence.people.rules import INVITATION_DAYS
from cadence.permissions import Act, require


@transaction.atomic
def invite(
    *,
    actor: Membership,
    at: datetime,
    email: object,
    name: object,
    role: object = PERSON_ROLES[0],
    team: Team | None = None,
) -> tuple[Invitation, str]:
    """An invitation and the secret of its link, which is nowhere else and cannot be shown again.

    It expires after seven days. An earlier one to the same address no longer works.
    Conflict: ``already_member``.
    """
    checks.check_within(actor, team)
    organization = locked_organization(actor.organization_id)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    address = checks.email_address(inputs, "email", email)
    person = inputs.text("name", name, longest=120)
    chosen = inputs.choice("role", role, PERSON_ROLES)
    inputs.done()
    if organization.memberships.current().filter(user__email=address).exists():
        message = "Somebody with this e-mail address is a member already."
        raise Conflict(message, code="already_member", problems=[Problem("email", message)])
    replaced = organization.invitations.filter(
        email=address, accepted_at=None, revoked_at=None
    ).update(revoked_at=at)
    secret, _, digest = new_secret()
    invitation = Invitation.objects.create(
        organization=organization,
        email=address,
        name=person,
        role=chosen,
        team=team,
        digest=digest,
        invited_by=actor,
        invited_at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
    )
    # Without the address: what is in the ledger stays there for ever.
    data = {"name": person, "role": chosen, "team": team, "replaced": replaced}
    _append("invitation.sent", actor, at, invitation, data)
    return invitation, secret


@transaction.atomic
def revoke_invitation(*, actor: Membership, at: datetime, invitation: Invitation) -> Invitation:
    """Conflicts: ``invitation_used``, ``invitation_revoked``."""
    checks.check_within(actor, invitation)
    locked_organization(actor.organization_id)
    require(actor, Act.ADMINISTER)
    invitation = Invitation.objects.get(pk=invitation.pk)
    _check_unused(invitation)
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])
    _append("invitation.revoked", actor, at, invitation, {"name": invitation.name})
    return invitation


@transaction.atomic
def accept_invitation(
    *,
    at: datetime,
    secret: str,
    name: object = None,
    password: object = None,
    user: User | None = None,
) -> Membership:
    """Join by a link: with a new account (name, password), or with the one that is signed in.

    A link never opens an account that exists, for it may have been forwarded: its user has to
    sign in first (``sign_in_to_accept``). Somebody who had left returns.
    Raises NotFound for an unknown link, Forbidden when it was sent to another address.
    Conflicts: ``invitation_used``, ``invitation_revoked``, ``invitation_expired``,
    ``already_member``, ``account_exists``.
    """
    found = Invitation.objects.filter(digest=digest_of(secret)).first()
    if found is None:
        raise NotFound("There is no such invitation.")
    organization = locked_organization(found.organization_id)
    # Again, now that nobody else can accept or revoke it.
    invitation = Invitation.objects.select_related("team").get(pk=found.pk)
    if user is not None and (user.email != invitation.email or not user.is_active):
        raise Forbidden("This invitation is for somebody else: sign out to accept it.")
    _check_unused(invitation)
    if not invitation.is_open(at):
        raise Conflict("This invitation has expired: ask for a new one.", code="invitation_expired")
    if user is None:
        user = _account(invitation, name, password)
    member = organization.memberships.filter(user=user).first()
    if member is not None and member.is_current:
        raise Conflict("You are a member already.", code="already_member")
    place = {"role": invitation.role, "team": invitation.team}
    if member is None:
        member = Membership.objects.create(
            organization=organization, user=user, name=user.name, joined_at=at, **place
        )
        event = "member.joined"
    else:
        member.save(update_fields=list(put(member, ended_at=None, **place)))
        event = "member.returned"
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    _append(event, member, at, member, place | {"invitation": invitation})
    return member


def _account(invitation: Invitation, name: object, password: object) -> User:
    if User.objects.filter(email=invitation.email).exists():
        raise Conflict(
            "There is an account with this e-mail address: sign in to accept.",
            code="sign_in_to_accept",
        )
    inputs = Inputs()
    person = inputs.text("name", invitation.name if name is None else name, longest=120)
    secret = checks.new_password(inputs, "password", password, email=invitation.email, name=person)
    inputs.done()
    return new_user(email=invitation.email, name=person, password=secret)


def _check_unused(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise Conflict("This invitation was accepted already.", code="invitation_used")
    if invitation.revoked_at is not None:
        raise Conflict("This invitation was revoked.", code="invitation_revoked")


def _append(
    event: str,
    actor: Membership,
    at: datetime,
    subject: Invitation | Membership,
    data: dict[str, Any],
) -> None:
    append(
        organization=subject.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=subject,
        data=data,
    )
