"""Orphans that hold a review open: by what is stored alone, so that the database says the same.

See decision 0028. The guard `a_review_closes_when_all_is_decided` and `orphans_holding` ask the
same question; a test compares their answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Reading
from cadence.ownership.models import Leave, Ownership
from cadence.ownership.orphans import nobodys, stored_reasons
from cadence.ownership.queries import absent_from
from cadence.ownership.rules import Reason
from cadence.reviews.models import AgendaItem, AgendaKind, CheckIn


@dataclass(frozen=True)
class HoldingOrphan:
    """An initiative that holds a review open because nobody answers for it."""

    initiative: Initiative
    why: str
    acting: Membership | None


def orphans_holding(
    organization: Organization, scopes: Mapping[int, set[int]], tree: Tree
) -> dict[int, list[HoldingOrphan]]:
    """The orphans that hold each of these reviews open, by name. ``scopes`` are by the id of the
    review. Four queries."""
    gathered = set(
        _with_silence(AgendaItem.objects.filter(review__in=list(scopes), kind=AgendaKind.ORPHAN))
    )
    listed = {(review, initiative) for review, initiative, _ in gathered}
    silent = {(review, initiative) for review, initiative, is_silent in gathered if is_silent}
    teams = set().union(*scopes.values())
    rows: Any = nobodys(Initiative.objects.filter(organization=organization)).filter(
        Q(team__in=teams) | Q(pk__in={initiative for _, initiative in listed}),
        Q(is_owned=False) | Q(is_away=True) | Q(pk__in={initiative for _, initiative in silent}),
    )
    holding: list[Any] = list(rows.select_related("team").order_by("name", "pk"))
    reasons = stored_reasons(holding) if holding else {}
    absent = absent_from(organization.pk) if holding else set()
    found: dict[int, list[HoldingOrphan]] = {key: [] for key in scopes}
    for one in holding:
        acting = tree.acting_owner(one.team_id, absent)
        for key, within in scopes.items():
            has_nobody = not one.is_owned or one.is_away
            in_sight = one.team_id in within or (key, one.pk) in listed
            if (key, one.pk) in silent or (has_nobody and in_sight):
                why = _why(reasons[one.pk], is_away=one.is_away)
                found[key].append(HoldingOrphan(one, why, acting))
    return found


def _with_silence(items: "QuerySet[AgendaItem]") -> "QuerySet[Any, tuple[int, int, bool]]":
    """Of each item its review, its initiative, and whether its owner has still not been heard."""
    since = OuterRef(OuterRef("added_at"))
    away = Leave.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=since), member=OuterRef("owner")
    ).filter(began_at__lte=since)
    same_owner = Ownership.objects.current().filter(
        ~Exists(away), initiative=OuterRef("initiative"), accepted_at__lt=OuterRef("added_at")
    )
    read = Reading.objects.filter(
        metric__initiative=OuterRef("initiative"), recorded_at__gte=OuterRef("added_at")
    )
    written = CheckIn.objects.filter(
        initiative=OuterRef("initiative"), written_at__gte=OuterRef("added_at")
    )
    return items.annotate(
        is_silent=Exists(same_owner) & ~Exists(read) & ~Exists(written)
    ).values_list("review", "initiative", "is_silent")


def _why(reasons: list[Reason], *, is_away: bool) -> str:
    found = reasons or [Reason.ON_LEAVE if is_away else Reason.SILENT]
    return found[-1].label
