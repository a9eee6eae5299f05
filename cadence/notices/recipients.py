"""Whom the minutes of a review concern."""

from collections.abc import Mapping
from typing import Any


def recipients(minutes: Mapping[str, Any]) -> set[int]:
    """Ids of who was there, ran it, decided or carries out a decision, was escalated to, or holds
    a commitment."""
    people = [minutes.get("facilitator"), minutes.get("closed_by")]
    people += [row["person"] for row in minutes.get("attendance", ()) if row["present"]]
    for row in minutes.get("decisions", ()):
        people += [row["decided_by"], row["carried_out_by"], row["escalated_to"]]
    people += [row["person"] for row in minutes.get("commitments", ())]
    return {person["id"] for person in people if person is not None}
