"""Below ``/o/<slug>/``: the work itself. My week, readings, scorecard, initiatives, metrics."""

from django.urls import URLPattern, path

from cadence.web import (
    handing_over,
    initiative_acts,
    initiatives,
    metrics,
    my_week,
    readings,
    rebasings,
    scorecard,
)

urlpatterns: list[URLPattern] = [
    path("my-week", my_week.my_week, name="my-week"),
    path("my-week/offers", handing_over.answer_offers, name="offers"),
    path("my-week/offers/<int:pk>/acceptance", my_week.offer_accept, name="offer-accept"),
    path("my-week/offers/<int:pk>/refusal", my_week.offer_decline, name="offer-decline"),
    path("my-week/commitments/<int:pk>/kept", my_week.commitment_keep, name="commitment-keep"),
    path("my-week/commitments/<int:pk>/dropped", my_week.commitment_drop, name="commitment-drop"),
    path(
        "my-week/verdicts/<int:pk>/acknowledgement",
        my_week.verdict_acknowledge,
        name="verdict-acknowledge",
    ),
    path("ownership/hand-over", handing_over.hand_over_many, name="hand-over"),
    path("readings", readings.readings, name="readings"),
    path("scorecard", scorecard.scorecard, name="scorecard"),
    path("initiatives", initiatives.initiatives, name="initiatives"),
    path("initiatives/new", initiative_acts.new, name="initiative-new"),
    path("initiatives/<int:pk>", initiatives.initiative, name="initiative"),
    path("initiatives/<int:pk>/change", initiative_acts.edit, name="initiative-edit"),
    path("initiatives/<int:pk>/offers", initiative_acts.offer, name="initiative-offer"),
    path(
        "initiatives/<int:pk>/offers/<int:ownership>/withdrawal",
        initiative_acts.withdraw,
        name="offer-withdraw",
    ),
    path("initiatives/<int:pk>/interim", initiative_acts.interim, name="initiative-interim"),
    path(
        "initiatives/<int:pk>/interims/<int:interim>/end",
        initiative_acts.interim_end,
        name="initiative-interim-end",
    ),
    path("initiatives/<int:pk>/activation", initiative_acts.activate, name="initiative-activate"),
    path("initiatives/<int:pk>/pause", initiative_acts.pause, name="initiative-pause"),
    path("initiatives/<int:pk>/resumption", initiative_acts.resume, name="initiative-resume"),
    path("initiatives/<int:pk>/end", initiative_acts.complete, name="initiative-complete"),
    path("initiatives/<int:pk>/check-ins/new", initiative_acts.check_in, name="check-in"),
    path(
        "initiatives/<int:pk>/commitments/new",
        initiative_acts.commitment_new,
        name="commitment-new",
    ),
    path("initiatives/<int:pk>/metrics/new", metrics.new, name="metric-new"),
    path("metrics/<int:pk>", metrics.metric, name="metric"),
    path("metrics/<int:pk>/change", metrics.edit, name="metric-edit"),
    path("metrics/<int:pk>/thresholds/new", metrics.threshold_new, name="threshold-new"),
    path("metrics/<int:pk>/retirement", metrics.retire, name="metric-retire"),
    path("metrics/<int:pk>/rebasings", rebasings.new, name="metric-rebase"),
    path("rebasings/<int:pk>/withdrawal", rebasings.withdraw, name="rebasing-withdraw"),
    path("metrics/<int:metric_id>/readings/<str:starts_on>", readings.reading, name="reading"),
]
