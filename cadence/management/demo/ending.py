"""The last half hour: a review is held open, and this is where whoever tries the demo comes in."""

from datetime import timedelta

from cadence.breaches.models import Breach
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Verdict
from cadence.evaluation.actions import record_readings
from cadence.evaluation.tick import tick
from cadence.management.demo.rooms import acknowledge, answer_for, come_in, decide
from cadence.management.demo.weeks import machine_pushes, row_of
from cadence.management.demo.world import World
from cadence.notices.derive import derive_notices
from cadence.ownership.actions import offer_ownership
from cadence.reviews.models import Review
from cadence.reviews.queries import holds

# Verdicts that nobody has looked at yet.
UNSEEN = ("Partner reply time", "Accounts without contact")


def end(world: World) -> None:
    """Open the review that is due now, leave it open, and let the clock arrive at the present."""
    tick(at=world.go(world.line.review_at), organization=world.organization)
    review = Review.objects.open().get(series=world.series["growth"])
    _begin(world, come_in(world, review))
    _hold_course(world)
    offer_ownership(
        actor=world.members["dana"],
        at=world.soon(60),
        initiative=world.initiatives["Mid-market sales desk"],
        owner=world.members["priya"],
        note="Noor takes over the Spanish launch in spring. The desk needs somebody who knows the "
        "leads, and that is you.",
    )
    _arrive(world)


def _begin(world: World, review: Review) -> None:
    """What was looked at so far: most verdicts, and what the plot has an answer for. One figure
    comes late, and its breach joins."""
    for held in holds(review):
        if held.kind == "verdict" and held.metric not in UNSEEN:
            acknowledge(world, Verdict.objects.get(pk=held.id), review)
    noor = world.members["noor"]
    record_readings(actor=noor, at=world.soon(60), rows=[row_of(world, "Proposals sent", 1)])
    for held in holds(review):
        if held.kind == "breach":
            breach = Breach.objects.get(pk=held.id)
            answer = answer_for(world, breach)
            if answer is not None:
                decide(world, breach, answer, review)


def _hold_course(world: World) -> None:
    """Priya enters a figure below its floor and would wait; somebody above her has to agree."""
    priya, name = world.members["priya"], "Pricing page trials"
    why = "The headline test still runs for half of the visitors."
    record_readings(actor=priya, at=world.soon(60), rows=[row_of(world, name, 1, why)])
    record_decision(
        actor=priya,
        at=world.soon(120),
        breaches=Breach.objects.undecided().filter(metric=world.metrics[name]),
        draft=Draft(
            kind="hold_course",
            what="The headline test ends on Friday week. The half that sees the old page is at "
            "6.4%, so the new one costs us about ten trials until then, and we would learn "
            "nothing if we stopped it now.",
            expected="One visitor in sixteen starts a trial",
            check_on=world.line.monday(-2) + timedelta(days=6),
            carried_out_by=priya,
        ),
    )


def _arrive(world: World) -> None:
    """From the review, which may have been open for a weekend, to this minute."""
    line = world.line
    world.go(line.now - timedelta(minutes=4))
    if not line.is_last_week_due:
        rows = [row_of(world, name, 0) for name in ("Webinars held", "Partner reply time")]
        record_readings(actor=world.members["priya"], at=world.soon(30), rows=rows)
    yesterday = line.today - timedelta(days=1)
    if yesterday >= line.monday(0):
        machine_pushes(world, line.monday(0), yesterday)
    tick(at=world.go(line.now), organization=world.organization)
    derive_notices(at=line.now, organization=world.organization)
