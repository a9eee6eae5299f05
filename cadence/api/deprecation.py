"""How an endpoint says that it will be gone: RFC 9745 (Deprecation) and RFC 8594 (Sunset)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Protocol

from django.utils.http import http_date

POLICY = "/api/v1/docs/"


class HasHeaders(Protocol):
    def __setitem__(self, name: str, value: str) -> None: ...


@dataclass(frozen=True)
class Deprecated:
    """From which day on it should no longer be used, on which day it is gone, what to use instead.

    docs/api.md says how long there is between the two days.
    """

    since: date
    sunset: date
    instead: str

    def tell(self, response: HasHeaders) -> None:
        response["Deprecation"] = f"@{_moment(self.since):.0f}"
        response["Sunset"] = http_date(_moment(self.sunset))
        response["Link"] = f'<{POLICY}>; rel="deprecation"; type="text/html"'

    @property
    def sentence(self) -> str:
        return f"Deprecated since {self.since}, gone on {self.sunset}: use {self.instead}."


def deprecation_of(handler: Any) -> Deprecated | None:
    """What `describe` was told of this handler."""
    found: Deprecated | None = getattr(handler, "deprecated", None)
    return found


def _moment(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
