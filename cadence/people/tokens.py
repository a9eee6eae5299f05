"""Bearer tokens of people and machines. Part of the actions of people."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import ApiToken, Membership, Scope
from accounts.tokens import new_secret
from cadence.errors import Conflict, Forbidden
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.people.checks import check_within
from cadence.people.queries import locked_member
from cadence.people.rules import LONGEST_TOKEN_DAYS
from cadence.permissions import Act, require


@transaction.atomic
def issue_token(
    *,
    actor: Membership,
    at: datetime,
    membership: Membership,
    name: object,
    scopes: Sequence[str] = (),
    days: object = 90,
) -> tuple[ApiToken, str]:
    """A token and its secret, which is nowhere else and cannot be shown again.

    People issue their own, which may do what they may and takes no scopes; administrators issue
    those of machines, with one scope or more. It expires after 1 to 365 days.
    Conflict: ``member_left``.
    """
    membership = locked_member(actor, membership)
    _check_may(actor, membership)
    inputs = Inputs()
    label = inputs.text("name", name, longest=120)
    lifetime = inputs.whole("days", days, least=1, most=LONGEST_TOKEN_DAYS)
    chosen = sorted({inputs.choice("scopes", scope, Scope.values) for scope in scopes})
    if membership.is_person and chosen:
        inputs.refuse("scopes", "A person's token may do what the person may; it has no scopes.")
    elif not membership.is_person and not scopes:
        inputs.refuse("scopes", "A machine's token says what it may do.")
    inputs.done()
    if not membership.is_current:
        raise Conflict(f"{membership.name} has left.", code="member_left")
    secret, prefix, digest = new_secret()
    token = ApiToken.objects.create(
        organization_id=membership.organization_id,
        membership=membership,
        name=label,
        prefix=prefix,
        digest=digest,
        scopes=chosen,
        created_at=at,
        expires_at=at + timedelta(days=lifetime),
    )
    data = {"name": label, "member": membership, "scopes": chosen, "expires_at": token.expires_at}
    _append("token.issued", actor, at, token, data)
    return token, secret


@transaction.atomic
def revoke_token(*, actor: Membership, at: datetime, token: ApiToken) -> ApiToken:
    """End a token: one's own, or as an administrator any. Conflict: ``token_revoked``."""
    check_within(actor, token)
    token = ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk)
    if token.membership_id != actor.pk or not actor.is_current:
        require(actor, Act.ADMINISTER)
    if token.revoked_at is not None:
        raise Conflict("This token was revoked already.", code="token_revoked")
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    _append("token.revoked", actor, at, token, {"name": token.name, "member": token.membership_id})
    return token


def touch_token(*, token: ApiToken, at: datetime) -> None:
    """Note that it was used. At most once a minute, so that a busy machine does not wait for it."""
    recently = at - timedelta(minutes=1)
    # Also an update of no row waits for whoever writes.
    if token.last_used_at is not None and token.last_used_at > recently:
        return
    unused = Q(last_used_at=None) | Q(last_used_at__lte=recently)
    ApiToken.objects.filter(unused, pk=token.pk).update(last_used_at=at)


def _check_may(actor: Membership, membership: Membership) -> None:
    if not membership.is_person:
        require(actor, Act.ADMINISTER)
    elif membership.pk != actor.pk or not actor.is_current:
        # Not for administrators either: a token in somebody's name would speak for them.
        raise Forbidden("People issue their own tokens.")


def _append(
    event: str, actor: Membership, at: datetime, token: ApiToken, data: dict[str, Any]
) -> None:
    append(
        organization=token.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=token,
        data=data,
    )
