"""The rows of the ownership page: what nobody answers for, and what somebody does."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page

from accounts.models import Membership
from accounts.tree import Tree
from cadence.evaluation.ownerless import Ownerless, with_stakes
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ownership
from cadence.ownership.orphans import Orphan
from cadence.ownership.queries import Answerable, answers_for, standings
from cadence.permissions import Act, may
from cadence.web.hand_over import InterimForm, OfferForm, with_load
from cadence.web.shell import PageRequest

Refused = OfferForm | InterimForm | None


@dataclass(frozen=True)
class Forms:
    """What opens under a row that is handed over: an offer, or an interim owner."""

    offer: OfferForm | None
    interim: InterimForm | None


@dataclass(frozen=True)
class OrphanRow:
    """An orphan with what hangs on it, and the forms where they were asked for."""

    found: Ownerless
    answers: Answerable
    may_offer: bool
    forms: Forms | None

    @property
    def orphan(self) -> Orphan:
        return self.found.orphan

    @property
    def initiative(self) -> Initiative:
        return self.found.initiative


@dataclass(frozen=True)
class OwnedRow:
    """An initiative with who answers for it, since when, and how much else they answer for."""

    initiative: Initiative
    ownership: Ownership | None
    load: int
    answers: Answerable
    pending: Ownership | None
    may_offer: bool
    forms: Forms | None


def orphan_rows(
    request: PageRequest, listed: "Page[Orphan]", tree: Tree, chosen: int, refused: Refused
) -> list[OrphanRow]:
    work = [one.initiative for one in listed]
    places, answers = standings(work), answers_for(work, tree)
    rows = []
    for found in with_stakes(list(listed)):
        initiative = found.initiative
        initiative.organization = request.organization
        may_offer = may(request.actor, Act.OFFER_OWNERSHIP, **places[initiative.pk])
        wanted = may_offer and initiative.pk == chosen
        orphan = found.orphan
        forms = _forms(initiative, orphan.pending, orphan.interim, refused) if wanted else None
        rows.append(OrphanRow(found, answers[initiative.pk], may_offer, forms))
    return rows


def owned_rows(
    request: PageRequest, listed: "Page[Initiative]", tree: Tree, chosen: int, refused: Refused
) -> list[OwnedRow]:
    work = list(listed)
    places, answers = standings(work), answers_for(work, tree)
    rows = Ownership.objects.filter(initiative__in=work, ended_at=None).select_related("owner")
    current = {row.initiative_id: row for row in rows if row.accepted_at is not None}
    pending = {row.initiative_id: row for row in rows if row.accepted_at is None}
    owners = Membership.objects.filter(pk__in=[row.owner_id for row in current.values()])
    load = {person.pk: person.load for person in with_load(owners)}
    found = []
    for one in work:
        one.organization = request.organization
        held, waits = current.get(one.pk), pending.get(one.pk)
        may_offer = may(request.actor, Act.OFFER_OWNERSHIP, **places[one.pk]) and not waits
        forms = None
        if may_offer and one.pk == chosen:
            offer = refused if isinstance(refused, OfferForm) else OfferForm(initiative=one)
            forms = Forms(offer, None)
        load_now = load.get(held.owner_id, 0) if held else 0
        found.append(OwnedRow(one, held, load_now, answers[one.pk], waits, may_offer, forms))
    return found


def _forms(initiative: Initiative, pending: Any, interim: Any, refused: Refused) -> Forms:
    """A list of people in every row would be too much: only one row has forms."""
    offer = refused if isinstance(refused, OfferForm) else OfferForm(initiative=initiative)
    meanwhile = refused if isinstance(refused, InterimForm) else InterimForm(initiative=initiative)
    return Forms(None if pending else offer, None if interim else meanwhile)
