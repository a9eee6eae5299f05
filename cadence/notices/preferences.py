"""How people want to be told by e-mail: their choice, else what serves most."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction

from accounts.models import Membership
from cadence.errors import Forbidden
from cadence.inputs import Inputs
from cadence.notices.models import Mode, NoticeKind, Postbox, Preference

# At once what is waited for by somebody else; the rest once a day.
DEFAULTS: dict[str, Mode] = dict.fromkeys(NoticeKind.values, Mode.DAILY) | dict.fromkeys(
    [
        NoticeKind.OFFER,
        NoticeKind.BREACH,
        NoticeKind.ESCALATION,
        NoticeKind.APPROVAL,
        NoticeKind.MINUTES,
        NoticeKind.RECEIVER,
        NoticeKind.WEEK,
    ],
    Mode.AT_ONCE,
)

Choices = dict[tuple[int, str], str]


def chosen(members: Iterable[int]) -> Choices:
    """What people chose, by person and kind. One query, however many people."""
    rows = Preference.objects.filter(member__in=list(members))
    return {(row.member_id, row.kind): row.mode for row in rows}


def mode_of(choices: Mapping[tuple[int, str], str], member: int, kind: str) -> Mode:
    return Mode(choices.get((member, kind), DEFAULTS[kind]))


def modes_of(member: Membership) -> dict[str, Mode]:
    """Every kind with how this person is told of it, in the order of the preferences page."""
    choices = chosen([member.pk])
    return {kind: mode_of(choices, member.pk, kind) for kind in NoticeKind.values}


def modes_for(kind: str) -> list[Mode]:
    """The Monday digest comes on Mondays or not at all."""
    return [Mode.AT_ONCE, Mode.NEVER] if kind == NoticeKind.WEEK else list(Mode)


def postbox_of(member: Membership) -> Postbox:
    """Not saved where the person never chose anything."""
    found = Postbox.objects.filter(member=member).first()
    return found or Postbox(organization=member.organization, member=member)


def zone_of(postbox: Postbox | None, organization_zone: ZoneInfo) -> ZoneInfo:
    if postbox is None or not postbox.time_zone:
        return organization_zone
    return ZoneInfo(postbox.time_zone)


@transaction.atomic
def set_preferences(
    *,
    actor: Membership,
    at: datetime,
    modes: Mapping[str, object],
    time_zone: object = None,
    digest_at: object = None,
) -> None:
    """One's own; what is not named stays. Not in the ledger: how somebody reads their mail is no
    fact about the work."""
    if not actor.is_person or not actor.is_current:
        raise Forbidden("Only people are told.")
    inputs = Inputs()
    wanted = {}
    for kind, mode in modes.items():
        if kind not in NoticeKind.values:
            inputs.refuse("modes", f"{str(kind)[:40]} is not a kind of notice.")
            continue
        wanted[kind] = inputs.choice(kind, mode, modes_for(kind))
    zone = _zone(inputs, time_zone)
    moment = _time(inputs, digest_at)
    inputs.done()
    for kind, chosen_mode in wanted.items():
        Preference.objects.update_or_create(
            member=actor,
            kind=kind,
            defaults={"mode": chosen_mode, "organization_id": actor.organization_id},
        )
    changed = {"time_zone": zone, "digest_at": moment}
    Postbox.objects.update_or_create(
        member=actor,
        defaults={key: value for key, value in changed.items() if value is not None},
        create_defaults={
            "organization_id": actor.organization_id,
            **{key: value for key, value in changed.items() if value is not None},
        },
    )


def _zone(inputs: Inputs, value: object) -> str | None:
    """Empty is the zone of the organization; None leaves it as it is."""
    if value is None or value == "":
        return None if value is None else ""
    if not isinstance(value, str) or value not in available_timezones():
        inputs.refuse("time_zone", "Take a zone from the list, such as Europe/Berlin.")
        return None
    return value


def _time(inputs: Inputs, value: object) -> time | None:
    if value is None or isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value)).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        inputs.refuse("digest_at", "Write a time of day as 08:00.")
        return None
