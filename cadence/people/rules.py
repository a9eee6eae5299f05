"""What counts as a time zone, a currency, a slug."""

import re
from functools import cache
from zoneinfo import available_timezones

INVITATION_DAYS = 7
LONGEST_TOKEN_DAYS = 365
DEEPEST_TEAM = 20

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CURRENCY = re.compile(r"[A-Z]{3}")


@cache
def time_zones() -> frozenset[str]:
    """Every name of the time zone database. Reading it touches 600 files, so it is read once."""
    return frozenset(available_timezones() - {"Factory", "localtime", "posixrules"})


def is_slug(text: str) -> bool:
    return _SLUG.fullmatch(text) is not None


def is_currency(text: str) -> bool:
    """Whether it has the form of an ISO 4217 code, such as EUR."""
    return _CURRENCY.fullmatch(text) is not None
