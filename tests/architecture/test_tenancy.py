"""Nothing points from one organization into another, and nothing moves there."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import models

from accounts.models import ApiToken, CalendarLink, ClosingDay, Invitation, Organization
from cadence.answers.models import KeptAnswer
from cadence.apps import declared_guards
from cadence.decisions.models import Commitment, DecisionBreach
from cadence.escalations.models import SUBJECTS, Escalation
from cadence.guards import Guard
from cadence.ledger.actions import append
from cadence.ledger.models import Head
from cadence.metrics.models import Correction, Judgement
from cadence.models import ACCOUNTS, MODELS
from cadence.notices.models import Attempt as Try
from cadence.notices.models import Delivery
from cadence.reviews.models import AgendaItem, Attendance, CheckIn
from tests.architecture.attack import Attempt, Change, Way, again, insert, update, without
from tests.architecture.attacks_on_decks import annotation, arrangement, pre_read
from tests.architecture.attacks_on_derived import operand
from tests.architecture.attacks_on_leaves import interim, leave
from tests.architecture.attacks_on_notices import cursor, notice, postbox, preference
from tests.architecture.attacks_on_rebasings import rebasing
from tests.architecture.attacks_on_work import entries
from tests.cast import AT, LAST_WEEK, Cast
from tests.imports.rows import brought, mapping, recorded, table_of
from tests.notices.rows import slack, to_webhook, webhook
from tests.sources.rows import connection, run, source

TENANTS = (*ACCOUNTS, *MODELS)


def everything(cast: Cast) -> dict[type[models.Model], models.Model]:
    """One row of every kind in Acme, with every pointer set that may be."""
    breach = cast.breach()
    decision = cast.decision(breach, kind="escalate", carried_out_by=cast.nils)
    verdict = cast.verdict(decision)
    verdict.acknowledged_at, verdict.acknowledged_by = AT, cast.olu
    verdict.save()
    waiting = cast.decision(cast.breach(cast.metric()), kind="hold_course", replaces=decision)
    review = cast.open_review()
    acme: dict[str, Any] = {"organization": cast.acme}
    commitment = Commitment.objects.create(
        **acme,
        initiative=cast.pipeline,
        decision=decision,
        review=review,
        text="Call the ten oldest leads",
        person=cast.olu,
        due_on=LAST_WEEK,
        due_at=AT + timedelta(days=7),
        created_by=cast.fay,
        created_at=AT,
    )
    reading = cast.reading(31)
    invitation = Invitation.objects.create(
        **acme,
        email="new@example.com",
        name="New",
        team=cast.demand,
        digest="d",
        invited_by=cast.ada,
        invited_at=AT,
        expires_at=AT,
    )
    token = ApiToken.objects.create(
        **acme, membership=cast.robo, name="Till", digest="t", created_at=AT, expires_at=AT
    )
    (entry,) = entries(cast, 1)
    threshold = cast.threshold(cast.metric(), floor_metric=cast.revenue, set_by=cast.lars)
    hook = webhook(cast)
    told = to_webhook(hook, entry=entry, member=cast.olu)
    landed = recorded(cast)
    found: list[models.Model] = [
        *(landed, table_of(landed), mapping(cast)),
        *(hook, told, slack(cast)),
        *_pulled(cast),
        Try.objects.create(**acme, delivery=told, at=AT, took_ms=1, status=200),
        cast.step(breach, from_person=cast.olu),
        *(annotation(cast), arrangement(cast), pre_read(cast)),
        *(leave(cast), interim(cast), rebasing(cast, withdrawn_by=cast.dana, withdrawn_at=AT)),
        operand(cast),
        *(notice(cast), preference(cast), postbox(cast), cursor(cast)),
        *(cast.demand, cast.olu, cast.growth, cast.pipeline, cast.ownership, cast.demos),
        *(invitation, token, reading, threshold, breach, decision, commitment, review, entry),
        *(review.series, DecisionBreach.objects.get(decision=decision)),
        *(cast.approval(waiting, cast.lars), verdict, Head.objects.get()),
        ClosingDay.objects.create(**acme, day=LAST_WEEK),
        CalendarLink.objects.create(
            **acme, membership=cast.olu, team=cast.demand, digest="c", created_at=AT
        ),
        Correction.objects.create(
            **acme, reading=reading, old_value=31, new_value=33, corrected_at=AT
        ),
        Judgement.objects.create(
            **acme, metric=cast.demos, starts_on=LAST_WEEK, value=31, result="below"
        ),
        AgendaItem.objects.create(**acme, review=review, kind="breach", breach=breach, added_at=AT),
        Attendance.objects.create(
            **acme, review=review, member=cast.olu, present=True, noted_at=AT
        ),
        KeptAnswer.objects.create(**acme, member=cast.olu, key="one", kept_at=AT),
        CheckIn.objects.create(
            **acme,
            initiative=cast.pipeline,
            author=cast.olu,
            starts_on=LAST_WEEK,
            confidence="at_risk",
            written_at=AT,
        ),
    ]
    return {type(row): row for row in found}


def _pulled(cast: Cast) -> list[models.Model]:
    one = source(cast, metric=cast.metric())
    return [one, one.connection, run(one)]


def of_beta(cast: Cast) -> dict[type[models.Model], models.Model]:
    """What a row of Acme could be made to point to, of other weeks, so that only this is wrong."""
    long_ago = {"starts_on": date(2026, 6, 1), "ends_on": date(2026, 7, 6)}
    threshold = cast.threshold(cast.betas_metric, **long_ago)
    breach = cast.breach(cast.betas_metric, threshold=threshold, recovered_at=AT)
    decision = cast.decision(breach, decided_by=cast.sven, recorded_by=cast.sven)
    series = cast.series(cast.betas_team, organization=cast.beta, facilitator=cast.sven)
    commitment = Commitment.objects.create(
        organization=cast.beta,
        initiative=cast.betas_initiative,
        text="Sell",
        person=cast.sven,
        due_on=date(2026, 12, 1),
        due_at=AT + timedelta(days=7),
        created_by=cast.sven,
        created_at=AT,
    )
    of_sven: dict[str, Any] = {"organization": cast.beta, "created_by": cast.sven}
    hook = webhook(cast, **of_sven)
    pulled = source(
        cast, connection(cast, **of_sven), cast.betas_metric, set_up_by=cast.sven, ended_at=AT
    )
    found = [
        brought(cast, organization=cast.beta, started_by=cast.sven),
        *(cast.sven, cast.betas_team, cast.betas_priority, cast.betas_initiative),
        *(cast.betas_metric, threshold, breach, decision, commitment, series),
        *(pulled, pulled.connection),
        *(hook, to_webhook(hook), slack(cast, cast.betas_team, ended_at=AT, **of_sven)),
        cast.reading(5, metric=cast.betas_metric, starts_on=date(2026, 9, 7)),
        cast.planned_review(series, occurs_on=date(2026, 9, 7)),
        append(organization=cast.beta, event="tests.ran", actor=None, at=AT, subject=series),
        cast.verdict(cast.decision(breach, decided_by=cast.sven, recorded_by=cast.sven)),
        cast.owned_by(cast.sven, cast.betas_initiative, ended_at=AT, ending="handed_over"),
    ]
    return {type(row): row for row in found}


def pointers(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model in TENANTS
    ]


def beside(field: models.ForeignKey[Any, Any]) -> dict[str, Any]:
    """What changes with a pointer: an escalation is about one thing, and of its kind; a delivery
    goes to one receiver, by its channel."""
    if field.model is Delivery and field.name in ("slack", "webhook"):
        other = "webhook_id" if field.name == "slack" else "slack_id"
        return {"channel": field.name, other: None}
    kinds = {subject: kind for kind, subject in SUBJECTS.items()}
    if field.model is not Escalation or field.name not in kinds:
        return {}
    return {"kind": kinds[field.name], **{f"{other}_id": None for other in kinds}}


def guard_of(model: type[models.Model], clause: str) -> Guard:
    name = f"{model._meta.db_table}_{clause}"
    return next(guard for guard in declared_guards() if guard.name == name)


def others(guard: Guard) -> list[Guard]:
    return [one for one in declared_guards() if one.table == guard.table and one != guard]


def written_anew(row: models.Model, **changes: Any) -> Change:
    """The row is taken away and inserted once more, so that nothing else stands against it."""
    clone = again(row, **changes)
    clone.pk = row.pk
    rows = type(row)._base_manager.filter(pk=row.pk)
    change = insert(clone)

    def after_deleting(way: Way) -> Way:
        return lambda: [rows._raw_delete(rows.db), way()][1]

    return Change(change.told, [after_deleting(way) for way in change.ways])


POINTING = [model for model in TENANTS if pointers(model)]


@pytest.mark.parametrize("model", POINTING, ids=lambda model: model.__name__)
def test_nothing_points_into_another_organization(
    model: type[models.Model], cast: Cast, counted: Callable[[str, int], None]
) -> None:
    row, theirs = everything(cast)[model], of_beta(cast)
    guard = guard_of(model, "stays_in_one_organization")
    attempt = Attempt(guard.name, guard)
    with without(others(guard)):
        for field in pointers(model):
            stranger = theirs[field.related_model]
            also = beside(field)
            attempt.refused(update(row, **{**also, field.column: stranger.pk}))
            attempt.refused(written_anew(row, **{**also, field.attname: stranger.pk}))
    counted("attacks on the database refused", attempt.refused_count)
    counted("pointers into another organization", len(pointers(model)))


@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_nothing_moves_to_another_organization(
    model: type[models.Model], cast: Cast, counted: Callable[[str, int], None]
) -> None:
    row = everything(cast)[model]
    guard = guard_of(model, "keeps_its_organization")
    attempt = Attempt(guard.name, guard)
    with without(others(guard)):
        pk = model._meta.pk
        assert pk is not None
        if pk.column != "organization_id":
            attempt.refused(update(row, **{pk.column: 987_654}))
        attempt.refused(update(row, organization_id=cast.beta.pk))
    counted("attacks on the database refused", attempt.refused_count)


def unproven(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    """Pointers without a foreign key in the database: guards stand in its place."""
    fields = model._meta.concrete_fields
    return [
        field
        for field in fields
        if isinstance(field, models.ForeignKey) and not field.db_constraint
    ]


@pytest.mark.parametrize("model", [m for m in TENANTS if unproven(m)], ids=lambda m: m.__name__)
def test_what_has_no_foreign_key_does_not_point_to_nothing(
    model: type[models.Model], cast: Cast, counted: Callable[[str, int], None]
) -> None:
    row = everything(cast)[model]
    guard = guard_of(model, "stays_in_one_organization")
    attempt = Attempt(guard.name, guard)
    with without(others(guard)):
        for field in unproven(model):
            attempt.refused(update(row, **{field.column: 987_654}))
            attempt.refused(written_anew(row, **{field.attname: 987_654}))
    counted("attacks on the database refused", attempt.refused_count)


def test_what_is_named_without_a_foreign_key_is_never_deleted() -> None:
    kept = {guard.table for guard in declared_guards() if guard._is_absolute}
    for model in TENANTS:
        named = {field.related_model for field in unproven(model)} - {Organization}
        assert {one._meta.db_table for one in named} <= kept
        # The organization of a row is that of something it always names, which has a foreign key.
        always = [field for field in pointers(model) if not field.null]
        if Organization in {field.related_model for field in unproven(model)}:
            assert any(
                field.related_model._meta.get_field("organization").db_constraint
                for field in always
            )


def test_every_table_with_an_organization_is_known() -> None:
    known = {model._meta.db_table for model in TENANTS}
    tables = {guard.table for guard in declared_guards()}
    assert tables - known == {"accounts_organization"}
