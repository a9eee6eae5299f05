"""Undoing what happened: work that is a draft again, a step that was never taken, a search for an
owner that is called off, and people who are gone though they answer for something."""

from collections.abc import Callable
from datetime import timedelta

from django.db import models

from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ending, Ownership
from tests.architecture.attack import ATTACKS, Attempt, attack, update
from tests.architecture.attacks_on_escalations import commitment, judged
from tests.cast import AT, Cast

DAY = timedelta(days=1)


@attack("an_active_initiative_is_no_draft_again")
def an_orphan_made_a_draft(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.initiative(draft=True), activated_at=AT))
    orphan = cast.initiative()
    attempt.keeps(orphan, activated_at=None)
    attempt.refused(update(orphan, activated_at=AT + 99 * DAY))
    Initiative.objects.filter(pk=orphan.pk).update(paused_at=AT)
    attempt.refused(update(orphan, activated_at=None, paused_at=None))


@attack("nobody_leaves_while_they_own")
def an_owner_who_is_gone(cast: Cast, attempt: Attempt) -> None:
    asked = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    attempt.refused(update(cast.olu, ended_at=AT))
    attempt.refused(update(cast.nils, ended_at=AT))
    attempt.allowed(update(cast.fay, ended_at=AT))
    Ownership.objects.filter(pk=asked.pk).update(ended_at=AT, ending=Ending.DECLINED)
    attempt.allowed(update(cast.nils, ended_at=AT))


@attack("a_successor_who_is_owed_stays_owed")
def a_search_called_off(cast: Cast, attempt: Attempt) -> None:
    left = cast.ownership
    Ownership.objects.filter(pk=left.pk).update(
        ended_at=AT, ending=Ending.LEFT, successor_due_at=AT + DAY
    )
    attempt.allowed(update(left, successor_due_at=AT + 2 * DAY, level=1))
    attempt.refused(update(left, successor_due_at=None))


def _came_down(clause: str, find: Callable[[Cast], models.Model]) -> None:
    def story(cast: Cast, attempt: Attempt) -> None:
        thing = find(cast)
        attempt.allowed(update(thing, level=1))
        type(thing)._base_manager.filter(pk=thing.pk).update(level=2)
        attempt.allowed(update(thing, level=3))
        attempt.refused(update(thing, level=1))
        attempt.refused(update(thing, level=0))

    ATTACKS.setdefault(clause, []).append(story)


_came_down("a_breach_goes_no_step_down", lambda cast: cast.breach())
_came_down("a_commitment_goes_no_step_down", commitment)
_came_down("a_review_goes_no_step_down", lambda cast: cast.planned_review(missed_at=AT))
_came_down("a_verdict_goes_no_step_down", judged)
_came_down("an_ownership_goes_no_step_down", lambda cast: cast.ownership)
