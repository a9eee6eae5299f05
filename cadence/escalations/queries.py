from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.db.models.functions import Coalesce

from accounts.models import Membership, Organization, Role
from accounts.tree import Tree
from cadence.escalations.models import SUBJECTS, Escalation, EscalationQuerySet
from cadence.escalations.rules import next_up

# What is still to be done about each kind of thing; by names, for most of them stand above.
_TO_DO = (
    Q(breach__decision__isnull=True, breach__isnull=False)
    | Q(breach__decision__kind="escalate", breach__recovered_at__isnull=True)
    | Q(verdict__acknowledged_at__isnull=True, verdict__isnull=False)
    | Q(
        commitment__isnull=False,
        commitment__kept_at__isnull=True,
        commitment__dropped_at__isnull=True,
    )
    | Q(ownership__isnull=False, ownership__initiative__ended_at__isnull=True)
    | Q(review__isnull=False, review__series__ended_at__isnull=True)
)


def shown(rows: EscalationQuerySet) -> EscalationQuerySet:
    """With what a line about a step shows, without a query for each."""
    return rows.select_related(
        "from_person",
        "to_person",
        "breach__metric__initiative__team",
        "verdict__decision",
        "commitment__initiative__team",
        "ownership__initiative__team",
        "ownership__owner",
        "review__series",
        "review__team",
    )


def steps(of: str = "") -> "Prefetch[str, EscalationQuerySet, str]":
    """The steps of things with their people, in order, for a list of them; ``of`` is the name by
    which the list reaches the thing."""
    people = Escalation.objects.select_related("from_person", "to_person")
    return Prefetch(f"{of}__escalations" if of else "escalations", queryset=people)


def with_steps(*lists: Iterable[Any]) -> None:
    """Bring these things the steps by which they stand where they do, of all kinds by one query.

    What has not gone up is given none, and where nothing has, nothing is asked.
    """
    things = [thing for listed in lists for thing in listed]
    went = {(thing._meta.model_name, thing.pk) for thing in things if thing.level}
    about = Q()
    for name in {name for name, _ in went}:
        about |= Q(**{f"{name}__in": [key for kind, key in went if kind == name]})
    found: dict[tuple[str, int], list[Escalation]] = {}
    if went:
        for step in Escalation.objects.filter(about).select_related("from_person", "to_person"):
            name = SUBJECTS[step.kind]  # type: ignore[index]
            found.setdefault((name, getattr(step, f"{name}_id")), []).append(step)
    for thing in things:
        rows = Escalation.objects.none()
        rows._result_cache = found.get((thing._meta.model_name, thing.pk), [])
        thing._prefetched_objects_cache = getattr(thing, "_prefetched_objects_cache", {})
        thing._prefetched_objects_cache["escalations"] = rows


def steps_of(kind: str, ids: Iterable[int]) -> dict[int, list[Escalation]]:
    """The steps that each of these things went, in order, by its id. Without any, an empty list.

    ``kind`` is one of `EscalationKind`; ids are of breaches, verdicts, commitments and so on.
    """
    name = SUBJECTS[kind]  # type: ignore[index]
    found: dict[int, list[Escalation]] = {key: [] for key in ids}
    rows = Escalation.objects.filter(kind=kind, **{f"{name}__in": list(found)})
    for step in rows.select_related("from_person", "to_person"):
        found[getattr(step, f"{name}_id")].append(step)
    return found


def open_steps(organization: Organization | int) -> EscalationQuerySet:
    """The last step of everything that went up and is not done: where things stand now."""
    same = Q()
    for name in SUBJECTS.values():
        same |= Q(**{name: OuterRef(name)})
    later = Escalation.objects.filter(same, pk__gt=OuterRef("pk")).order_by()
    ownership = Escalation._meta.get_field("ownership").related_model
    review = Escalation._meta.get_field("review").related_model
    # A successor accepted, or the review after the missed one was held and closed.
    owned = ownership._default_manager.filter(
        initiative=OuterRef("ownership__initiative"),
        accepted_at__gt=OuterRef("ownership__accepted_at"),
    )
    held = review._default_manager.filter(
        series=OuterRef("review__series"),
        occurs_on__gt=OuterRef("review__occurs_on"),
        closed_at__isnull=False,
    )
    rows = Escalation.objects.filter(_TO_DO, organization=organization)
    return rows.filter(~Exists(later), ~Exists(owned), ~Exists(held))


def next_above(
    tree: Tree, team_id: int, holder: Membership | None, had: Iterable[int] = ()
) -> Membership | None:
    """Who stands above all of these for the work of a team; None where nobody does."""
    people = {person.pk: person for person in tree.path(team_id)}
    known = {*had, *([holder.pk] if holder else [])}
    beside = holder is not None and holder.role == Role.EXECUTIVE and holder.pk not in people
    key = next_up(list(people), known, beside=beside)
    return people[key] if key is not None else None


def standing_with(member: Membership) -> EscalationQuerySet:
    """What went up to this person and still stands with them, the earliest due first."""
    rows = open_steps(member.organization_id).filter(to_person=member)
    return shown(rows).order_by("due_at", "pk")


def standing_in(organization: Organization, team_ids: Collection[int]) -> EscalationQuerySet:
    """What went up from the work of these teams and is not done, the highest first."""
    team = Coalesce(
        "breach__metric__initiative__team",
        "commitment__initiative__team",
        "ownership__initiative__team",
        "review__team",
    )
    rows = open_steps(organization).annotate(of_team=team)
    about = Q(of_team__in=team_ids) | Q(
        verdict__decision__breaches__metric__initiative__team__in=team_ids
    )
    keys = rows.filter(about).values("pk")
    return shown(Escalation.objects.filter(pk__in=keys)).order_by("-level", "due_at", "pk")
