"""How the cast comes into the world."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Organization, Role, Team
from cadence.initiatives.models import Initiative, Priority
from cadence.metrics.models import Kind, Metric, Threshold
from cadence.ownership.models import Ownership
from tests.cast import BEGINNING, LAST_MONTH, Cast, new_member


def _teams(acme: Organization, names: Sequence[str]) -> list[Team]:
    """A line of teams, each below the one before."""
    found: list[Team] = []
    for name in names:
        parent = found[-1] if found else None
        found.append(
            Team.objects.create(organization=acme, name=name, parent=parent, created_at=BEGINNING)
        )
    return found


def gather() -> Cast:
    """Write the whole cast into the database."""
    acme = Organization.objects.create(
        slug="acme", name="Acme", time_zone="Europe/Berlin", country="DE", created_at=BEGINNING
    )
    commercial, demand, partners = _teams(acme, ["Commercial", "Demand", "Partners"])
    ada = new_member(acme, "Ada", Role.ADMINISTRATOR)
    elena = new_member(acme, "Elena", Role.EXECUTIVE)
    lars = new_member(acme, "Lars", team=commercial)
    dana, olu, fay, nils = (new_member(acme, name, team=demand) for name in _OF_DEMAND)
    obi = new_member(acme, "Obi", Role.OBSERVER)
    robo = new_member(acme, "Robo", Role.MACHINE)
    commercial.lead, demand.lead, acme.sponsor = lars, dana, elena
    Team.objects.bulk_update([commercial, demand], ["lead"])
    acme.save(update_fields=["sponsor"])

    growth = _priority(acme, "Grow with partners")
    pipeline = _initiative(growth, demand, "Fill the pipeline")
    ownership = Ownership.objects.create(
        organization=acme,
        initiative=pipeline,
        owner=olu,
        offered_by=dana,
        offered_at=BEGINNING,
        due_at=BEGINNING + timedelta(days=3),
        accepted_at=BEGINNING,
    )
    revenue = _metric(pipeline, "Closed revenue", "month", kind=Kind.LAGGING, unit="EUR")
    demos = _metric(pipeline, "Qualified demos", "week", unit="demos", leads_to=revenue)
    floor = Threshold.objects.create(
        organization=acme,
        metric=demos,
        floor=Decimal(45),
        starts_on=BEGINNING.date(),
        agreed_response="Two people call every open lead on Tuesday.",
        set_by=dana,
        set_at=BEGINNING,
    )

    beta = Organization.objects.create(slug="beta", name="Beta", created_at=BEGINNING)
    (betas_team,) = _teams(beta, ["Sales"])
    sven = new_member(beta, "Sven", Role.EXECUTIVE, betas_team)
    betas_team.lead = sven
    betas_team.save(update_fields=["lead"])
    betas_priority = _priority(beta, "Survive")
    betas_initiative = _initiative(betas_priority, betas_team, "Sell")
    betas_metric = _metric(betas_initiative, "Sales", "week")

    return Cast(
        acme=acme,
        ada=ada,
        elena=elena,
        lars=lars,
        dana=dana,
        olu=olu,
        fay=fay,
        nils=nils,
        obi=obi,
        robo=robo,
        commercial=commercial,
        demand=demand,
        partners=partners,
        growth=growth,
        pipeline=pipeline,
        ownership=ownership,
        demos=demos,
        revenue=revenue,
        floor=floor,
        beta=beta,
        sven=sven,
        betas_team=betas_team,
        betas_priority=betas_priority,
        betas_initiative=betas_initiative,
        betas_metric=betas_metric,
    )


_OF_DEMAND = ("Dana", "Olu", "Fay", "Nils")


def _priority(organization: Organization, name: str) -> Priority:
    return Priority.objects.create(
        organization=organization,
        rank=1,
        name=name,
        starts_on=date(2026, 7, 1),
        ends_on=date(2027, 6, 30),
        created_at=BEGINNING,
    )


def _initiative(priority: Priority, team: Team, name: str) -> Initiative:
    return Initiative.objects.create(
        organization=priority.organization,
        priority=priority,
        team=team,
        name=name,
        created_at=BEGINNING,
        activated_at=BEGINNING,
    )


def _metric(initiative: Initiative, name: str, per: str, **facts: Any) -> Metric:
    return Metric.objects.create(
        **{
            "organization": initiative.organization,
            "initiative": initiative,
            "name": name,
            "key": name.lower().replace(" ", "-"),
            "kind": Kind.LEADING,
            "read_per": per,
            "judged_per": per,
            "created_at": BEGINNING,
            "checked_to": LAST_MONTH if per == "month" else date(2026, 11, 2),
            **facts,
        }
    )
