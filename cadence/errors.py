"""Why something is refused. Every refusal has a stable code; doors turn it into an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the input: which field, why, and in a batch which row.

    ``row`` counts from 1, as people count the rows of a table.
    """

    field: str
    message: str
    row: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value is not None}


class Refusal(Exception):
    """The act is refused and nothing was changed.

    ``code`` is stable and for programs, ``message`` a sentence for people, ``problems`` name
    fields, ``details`` hold what the caller needs to put it right (plain JSON values).
    """

    code = "refused"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        problems: Sequence[Problem] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.problems = tuple(problems)
        self.details = dict(details or {})


class Invalid(Refusal):
    """The input cannot be understood or is not allowed by its own values."""

    code = "invalid"

    @classmethod
    def field(cls, field: str, message: str, *, code: str = "invalid") -> "Invalid":
        return cls(message, code=code, problems=[Problem(field, message)])

    @classmethod
    def fields(cls, problems: Sequence[Problem], *, code: str = "invalid") -> "Invalid":
        count = len(problems)
        message = problems[0].message if count == 1 else f"{count} things are wrong."
        return cls(message, code=code, problems=problems)


class Forbidden(Refusal):
    """The actor may not do this."""

    code = "forbidden"


class NotFound(Refusal):
    """It does not exist, or belongs to another organization: the answer is the same."""

    code = "not_found"


class Conflict(Refusal):
    """The world is not in the state that this act needs."""

    code = "conflict"
