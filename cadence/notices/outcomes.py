"""What came of trying to deliver, and when it is tried again. Nothing here is asked or sent."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

# After this it is given up, for everybody to see.
PATIENCE = timedelta(days=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=12)


class Effect(Enum):
    SENT = "sent"
    # This message is tried again; others to the same receiver go on.
    LATER = "later"
    # The receiver as a whole does not answer well: its other messages are put off too.
    DOWN = "down"
    # This message will never be taken.
    REFUSED = "refused"
    # The receiver says that it is no more.
    GONE = "gone"


@dataclass(frozen=True)
class Outcome:
    """``status`` is of HTTP or SMTP, None without an answer; ``error`` a sentence, without secrets
    or addresses."""

    effect: Effect
    status: int | None
    error: str
    took_ms: int


# Answers that are about whoever asks or about the receiver, not about this message.
OF_THE_RECEIVER = frozenset({401, 403, 404, 407, 408, 425, 429})


def effect_of_webhook(status: int | None) -> Effect:
    """As Standard Webhooks has it: 2xx is taken, 410 asks for no more."""
    if status is None:
        return Effect.DOWN
    if 200 <= status < 300:
        return Effect.SENT
    if status == 410:
        return Effect.GONE
    if 400 <= status < 500 and status not in OF_THE_RECEIVER:
        return Effect.LATER
    return Effect.DOWN


def effect_of_slack(status: int | None) -> Effect:
    """Slack answers 403, 404 or 410 when the channel or the connection is no more."""
    if status in (403, 404, 410):
        return Effect.GONE
    return effect_of_webhook(status)


def effect_again(effect: Effect, status: int | None, attempts: int) -> Effect:
    """Of a call for a message that was tried ``attempts`` times before.

    No answer, or that of a server in trouble, is at first about the receiver. Once more for the
    same message it may be about the message: then it alone waits. Else one that the receiver
    stumbles over would hold back all others for days.
    """
    if effect is Effect.DOWN and attempts and (status is None or status >= 500):
        return Effect.LATER
    return effect


def known(status: int | None) -> bool:
    """Whether it is a status of HTTP or SMTP: servers have answered with others."""
    return status is not None and 100 <= status <= 599


def effect_of_mail(code: int) -> Effect:
    """Of a recipient or a message: 4xx is "later", 5xx "never" (RFC 5321, section 4.2.1)."""
    return Effect.REFUSED if 500 <= code < 600 else Effect.LATER


def next_try(
    at: datetime,
    created_at: datetime,
    tries: int,
    chance: Callable[[], float] = random.random,
) -> datetime | None:
    """When it is tried again after so many tries; None when three days are over.

    Doubling from half a minute to half a day, a quarter more or less by chance, so that what failed
    together does not come back together. The last try is at the end of the three days.
    """
    last = created_at + PATIENCE
    if at >= last:
        return None
    pause = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    return min(at + _by_chance(pause, chance), last)


def pause_of_receiver(
    before: timedelta | None, chance: Callable[[], float] = random.random
) -> timedelta:
    """How long a receiver that failed is left alone; ``before`` is the pause after which it failed
    once more. It has to grow with the receiver: each time it is another message that is tried."""
    pause = FIRST_PAUSE if before is None else before * 2
    return min(_by_chance(pause, chance), LONGEST_PAUSE)


def _by_chance(pause: timedelta, chance: Callable[[], float]) -> timedelta:
    return pause * (0.75 + chance() / 2)
