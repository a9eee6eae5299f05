"""Pages of reviews, breaches, decisions and ownership. A verb is the noun of what is done."""

from django.urls import URLPattern, path

from cadence.web import (
    breaches,
    decisions,
    decks,
    escalations,
    integrity,
    minutes,
    ownership,
    reviews,
    room_acts,
)

urlpatterns: list[URLPattern] = [
    path("reviews", reviews.reviews, name="reviews"),
    path("reviews/<int:review_id>", reviews.review, name="review"),
    path("integrity", integrity.integrity, name="integrity"),
    path("reviews/<int:review_id>/minutes", minutes.minutes, name="review-minutes"),
    path("reviews/<int:review_id>/deck", decks.deck, name="review-deck"),
    path("reviews/<int:review_id>/deck/present", decks.present, name="review-deck-present"),
    path("reviews/<int:review_id>/deck/paper", decks.paper, name="review-deck-paper"),
    path(
        "reviews/<int:review_id>/deck/arrangement",
        decks.arrangement,
        name="review-deck-arrangement",
    ),
    path(
        "reviews/<int:review_id>/deck/annotations", decks.annotation, name="review-deck-annotation"
    ),
    path(
        "annotations/<int:annotation_id>/withdrawal",
        decks.annotation_withdrawal,
        name="annotation-withdrawal",
    ),
    path("reviews/<int:review_id>/opening", reviews.open_now, name="review-opening"),
    path("reviews/<int:review_id>/move", reviews.move, name="review-move"),
    path("reviews/<int:review_id>/facilitation", reviews.facilitate, name="review-facilitation"),
    path("reviews/<int:review_id>/live", room_acts.live, name="review-live"),
    path("reviews/<int:review_id>/closing", room_acts.close, name="review-closing"),
    path("reviews/<int:review_id>/attendance", room_acts.attendance, name="review-attendance"),
    path("reviews/<int:review_id>/notes", room_acts.notes, name="review-notes"),
    path("reviews/<int:review_id>/note", room_acts.note, name="review-note"),
    path(
        "reviews/<int:review_id>/breaches/<int:breach_id>/decision",
        room_acts.decide,
        name="review-decision",
    ),
    path(
        "reviews/<int:review_id>/decisions/<int:number>/acknowledgement",
        room_acts.acknowledge,
        name="review-acknowledgement",
    ),
    path(
        "reviews/<int:review_id>/commitments",
        room_acts.make_commitment,
        name="review-commitments",
    ),
    path(
        "reviews/<int:review_id>/commitments/<int:commitment_id>",
        room_acts.settle,
        name="review-commitment",
    ),
    path(
        "reviews/<int:review_id>/initiatives/<int:initiative_id>/offer",
        room_acts.offer,
        name="review-offer",
    ),
    path(
        "reviews/<int:review_id>/initiatives/<int:initiative_id>/interim",
        room_acts.interim,
        name="review-interim",
    ),
    path("breaches/<int:breach_id>", breaches.breach, name="breach"),
    path("decisions", decisions.decisions, name="decisions"),
    path("decisions/<int:number>", decisions.decision, name="decision"),
    path("decisions/<int:number>/answer", decisions.answer, name="decision-answer"),
    path(
        "decisions/<int:number>/acknowledgement",
        decisions.acknowledge,
        name="decision-acknowledgement",
    ),
    path("decisions/<int:number>/replacement", decisions.replace, name="decision-replacement"),
    path(
        "decisions/<int:number>/commitments",
        decisions.make_commitment,
        name="decision-commitments",
    ),
    path(
        "decisions/<int:number>/commitments/<int:commitment_id>",
        decisions.settle,
        name="decision-commitment",
    ),
    path("escalations", escalations.escalations, name="escalations"),
    path("ownership", ownership.ownership, name="ownership"),
    path("ownership/<int:initiative_id>/interim", ownership.interim, name="ownership-interim"),
    path(
        "interims/<int:interim_id>/withdrawal",
        ownership.interim_withdraw,
        name="interim-withdrawal",
    ),
    path("ownership/<int:initiative_id>/offer", ownership.offer, name="ownership-offer"),
    path("offers/<int:ownership_id>/withdrawal", ownership.withdraw, name="offer-withdrawal"),
]
