"""Things that are tried each on their own: what fails is kept, and the rest goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.models import Organization


@dataclass(frozen=True)
class Failure:
    step: str
    # Empty where the step is for all organizations at once.
    organization: str
    error: Exception


@dataclass
class Attempts:
    """What was done, counted by step, and what failed. Nothing is swallowed: `finish` raises it."""

    done: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def make(
        self, step: str, act: Callable[[], int], organization: Organization | None = None
    ) -> None:
        """Every step has a transaction of its own, so that one that fails leaves nothing behind."""
        self.done.setdefault(step, 0)
        try:
            self.done[step] += act()
        except Exception as error:
            slug = "" if organization is None else organization.slug
            error.add_note(f"In the step “{step}”{f' for {slug}' if slug else ''}.")
            self.failures.append(Failure(step, slug, error))

    def finish(self) -> None:
        """Call it last: it raises together all that failed."""
        if self.failures:
            errors = [failure.error for failure in self.failures]
            raise ExceptionGroup("Steps that failed; all others were done.", errors)
