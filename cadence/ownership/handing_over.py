"""Many initiatives at once: offered in one table, answered on one page. All or nothing; what is
wrong is named by row."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cadence.errors import Conflict, Forbidden, Invalid, Problem
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import locked_initiative
from cadence.inputs import Inputs
from cadence.ownership.models import Ending, Ownership
from cadence.ownership.queries import owners_of, standings
from cadence.ownership.steps import end_ownership, make_offer, record, record_taken, take
from cadence.people.checks import answering_person
from cadence.people.queries import locked_member
from cadence.permissions import Act, may

# One table. Who has more to hand over does it in two.
MOST = 200


@transaction.atomic
def offer_many(
    *, actor: Membership, at: datetime, offers: Mapping[int, Membership], note: object = ""
) -> list[Ownership]:
    """Ask for each initiative, by its id, somebody to answer for it; one offer each.

    As `actions.offer_ownership` does for one: who asks oneself has accepted. Problems are named by
    the initiative, ``offers.12``. Forbidden where the actor may not offer one of them. Conflict
    ``offers_refused`` where somebody is asked already, owns it already, or it has ended.
    """
    people = {one.pk: one for one in offers.values()}
    people = {key: locked_member(actor, one) for key, one in sorted(people.items())}
    initiatives = _locked(actor, offers)
    inputs = Inputs()
    words = inputs.text("note", note, longest=500, lines=True, needed=False)
    _check_number(inputs, "offers", len(offers))
    forbidden, refused = list[Problem](), list[Problem]()
    pending = _pending(initiatives)
    owners, places = owners_of(initiatives), standings(initiatives.values())
    for key, person in sorted(offers.items()):
        field = f"offers.{key}"
        initiative = initiatives.get(key)
        if initiative is None:
            inputs.refuse(field, "There is no such initiative.")
            continue
        answering_person(inputs, field, people[person.pk])
        if not may(actor, Act.OFFER_OWNERSHIP, **places[key]):
            forbidden.append(Problem(field, f"“{initiative.name}” is not yours to offer."))
        elif person == actor and not may(actor, Act.TAKE_OWNERSHIP, **places[key]):
            forbidden.append(Problem(field, f"“{initiative.name}” is not yours to take."))
        elif initiative.ended_at is not None:
            refused.append(Problem(field, f"“{initiative.name}” has ended."))
        elif key in pending:
            name = pending[key].owner.name
            refused.append(Problem(field, f"{name} was asked already and has not answered."))
        elif owners.get(key) == person:
            refused.append(Problem(field, f"{person.name} owns it already."))
    problems = [*inputs.problems, *forbidden, *refused]
    if inputs.problems:
        raise Invalid.fields(problems)
    if forbidden:
        raise Forbidden("Not all of this is yours to offer, or to take.", problems=problems)
    _check_none_refused(refused, "nobody was asked")
    made = [
        make_offer(actor, at, initiatives[key], people[person.pk], words)
        for key, person in sorted(offers.items())
    ]
    taken = {one.pk: take(one, at) for one in made if one.owner_id == actor.pk}
    for one in made:
        record("ownership.offered", actor, at, one, {"due_at": one.due_at, "note": words})
        if one.pk in taken:
            record_taken(actor, at, one, taken[one.pk])
    return made


@transaction.atomic
def accept_many(*, actor: Membership, at: datetime, ownerships: Collection[int]) -> list[Ownership]:
    """The person asked answers for all of these from now on. They are ids of offers.

    Problems are named by the offer, ``offers.40``. Conflict ``offers_refused`` where one was
    withdrawn, has lapsed or was answered.
    """
    offers = _awaiting_answer_of(actor, at, ownerships)
    before = [take(one, at) for one in offers]
    for one, taken in zip(offers, before, strict=True):
        record_taken(actor, at, one, taken)
    return offers


@transaction.atomic
def decline_many(
    *, actor: Membership, at: datetime, ownerships: Collection[int], reason: object
) -> list[Ownership]:
    """The person asked says no to all of these, for one reason. Otherwise as for accepting."""
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    offers = _awaiting_answer_of(actor, at, ownerships, inputs)
    for one in offers:
        end_ownership(one, at, Ending.DECLINED, words)
    for one in offers:
        record("ownership.declined", actor, at, one, {"reason": words})
    return offers


def _locked(actor: Membership, keys: Collection[int]) -> dict[int, Initiative]:
    rows = Initiative.objects.visible_to(actor).filter(pk__in=list(keys)).order_by("pk")
    return {one.pk: locked_initiative(actor, one) for one in rows}


def _pending(initiatives: Collection[int]) -> dict[int, Ownership]:
    rows = Ownership.objects.pending().filter(initiative__in=list(initiatives))
    return {one.initiative_id: one for one in rows.select_related("owner")}


def _awaiting_answer_of(
    actor: Membership, at: datetime, keys: Collection[int], inputs: Inputs | None = None
) -> list[Ownership]:
    """These offers, locked with their initiatives. ``inputs`` may have problems already."""
    inputs = inputs or Inputs()
    _check_number(inputs, "offers", len(keys))
    rows = Ownership.objects.visible_to(actor).filter(pk__in=list(keys))
    initiatives = _locked(actor, list(rows.values_list("initiative", flat=True)))
    # Read under the lock of the initiative: what is answered twice at once is answered once.
    found = {one.pk: one for one in rows.select_for_update(no_key=True).order_by("pk")}
    refused = []
    for key in sorted(set(keys)):
        one = found.get(key)
        if one is None or one.owner_id != actor.pk or not may(actor, Act.TAKE_PART):
            inputs.refuse(f"offers.{key}", "You were not asked this.")
            continue
        one.initiative = initiatives[one.initiative_id]
        if sentence := _over(one, at):
            refused.append(Problem(f"offers.{key}", f"“{one.initiative.name}”: {sentence}"))
    if inputs.problems:
        raise Invalid.fields([*inputs.problems, *refused])
    _check_none_refused(refused, "nothing was answered")
    return [found[key] for key in sorted(found)]


def _over(offer: Ownership, at: datetime) -> str:
    """Why an offer can no longer be answered; empty while it can."""
    if offer.ending == Ending.WITHDRAWN:
        return "the offer was withdrawn."
    if offer.ending == Ending.LAPSED or (offer.ended_at is None and at > offer.due_at):
        return "the time to answer is over."
    if offer.accepted_at is not None or offer.ended_at is not None:
        return "the offer was answered already."
    return ""


def _check_number(inputs: Inputs, field: str, number: int) -> None:
    if not number:
        inputs.refuse(field, "Choose at least one.")
    elif number > MOST:
        inputs.refuse(field, f"This is too much at once: at most {MOST}.")


def _check_none_refused(problems: list[Problem], nothing: str) -> None:
    if problems:
        number = "One of these is" if len(problems) == 1 else f"{len(problems)} of these are"
        raise Conflict(
            f"{number} no longer to be had, so {nothing}.",
            code="offers_refused",
            problems=problems,
        )
