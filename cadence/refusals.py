"""What the database refused, as the refusal that a person or a program can read.

Actions check before they write; this is for what only the database could see: two people at once.
"""

import re

from django.apps import apps
from django.db import IntegrityError

from cadence.apps import declared_guards
from cadence.errors import Conflict

# Guards whose refusal has a code of its own at the doors.
CODES = {
    "a_review_closes_when_all_is_decided": "review_held_open",
    "closed_minutes_are_sealed": "review_already_closed",
    "one_current_owner_per_initiative": "offer_answered",
    "one_pending_offer_per_initiative": "offer_pending",
    "one_interim_owner_per_initiative": "interim_named",
    "one_leave_at_a_time_per_person": "leave_overlaps",
    "leaves_of_a_person_do_not_overlap": "leave_overlaps",
    "one_open_breach_per_metric": "breach_open",
    "one_answer_per_member_and_key": "tried_at_once",
    "one_decision_per_number": "tried_at_once",
    "one_reading_per_metric_and_period": "tried_at_once",
    "one_ledger_entry_per_number": "tried_at_once",
}


def from_database(error: IntegrityError) -> Conflict:
    """A Conflict whose code is the name of the guard or constraint that refused."""
    text = str(error)
    for guard in declared_guards():
        if re.search(rf"\b{re.escape(guard.name)}\b", text):
            return Conflict(guard.sentence, code=CODES.get(guard.name, guard.name))
    for label in ("accounts", "cadence"):
        for model in apps.get_app_config(label).get_models():
            for constraint in model._meta.constraints:
                if re.search(rf"\b{re.escape(constraint.name)}\b", text):
                    sentence = constraint.name.replace("_", " ").capitalize() + "."
                    return Conflict(sentence, code=CODES.get(constraint.name, constraint.name))
    return Conflict(
        "Somebody else changed this at the same moment. Look again, then try again.",
        code="tried_at_once",
    )
