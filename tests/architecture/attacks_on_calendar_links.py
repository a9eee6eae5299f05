"""A calendar link is one person's, once, and what was revoked opens nothing again."""

from accounts.models import CalendarLink, Team
from tests.architecture.attack import Attempt, again, attack, insert, update
from tests.cast import AT, Cast


def link(cast: Cast, team: Team | None = None) -> CalendarLink:
    return CalendarLink.objects.create(
        organization=cast.acme, membership=cast.olu, team=team, digest="a" * 64, created_at=AT
    )


@attack("one_calendar_link_per_person")
def two_of_ones_own(cast: Cast, attempt: Attempt) -> None:
    own = link(cast)
    attempt.allowed(insert(again(own, digest="b" * 64, membership=cast.nils)))
    attempt.allowed(insert(again(own, digest="b" * 64, revoked_at=AT)))
    attempt.allowed(insert(again(own, digest="b" * 64, team=cast.demand)))
    attempt.refused(insert(again(own, digest="b" * 64)))


@attack("one_calendar_link_per_person_and_team")
def two_of_a_team(cast: Cast, attempt: Attempt) -> None:
    teams = link(cast, cast.demand)
    attempt.allowed(insert(again(teams, digest="b" * 64, team=cast.commercial)))
    attempt.allowed(insert(again(teams, digest="b" * 64, revoked_at=AT)))
    attempt.refused(insert(again(teams, digest="b" * 64)))


@attack("a_calendar_link_stays_one_persons")
def passed_on(cast: Cast, attempt: Attempt) -> None:
    own = link(cast)
    attempt.allowed(update(own, last_used_at=AT))
    attempt.keeps(
        own,
        membership_id=cast.nils.pk,
        team_id=cast.demand.pk,
        digest="b" * 64,
        created_at=AT.replace(year=2025),
    )


@attack("a_revoked_calendar_link_stays_revoked")
def opened_again(cast: Cast, attempt: Attempt) -> None:
    own = link(cast)
    attempt.allowed(update(own, revoked_at=AT))
    own.revoked_at = AT
    own.save(update_fields=["revoked_at"])
    attempt.keeps(own, revoked_at=None)
