"""The metrics of an organization as a file may name them: by key, by name, by id."""

import unicodedata
from dataclasses import dataclass, field

from accounts.models import Membership, Role
from cadence.errors import Forbidden
from cadence.evaluation.trial import refusals
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.metrics.models import Metric
from cadence.permissions import Act


@dataclass(frozen=True)
class Known:
    """A metric, and whether the actor may record readings of it."""

    pk: int
    key: str
    name: str
    unit: str
    read_per: str
    initiative: str
    may_record: bool


@dataclass
class Catalog:
    """``find`` takes what stands in a file; ``shared`` are names that several metrics have."""

    by_id: dict[int, Known]
    shared: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._found: dict[str, Known] = {}
        for one in self.by_id.values():
            for name in (one.name, f"{one.name} {one.unit}" if one.unit else ""):
                plain = plain_name(name)
                if not plain:
                    continue
                if self._found.get(plain, one) is not one:
                    self.shared.add(plain)
                self._found[plain] = one
        for plain in self.shared:
            del self._found[plain]
        # A key is one metric's, whatever others are called.
        for one in self.by_id.values():
            self._found[plain_name(one.key)] = one
            self.shared.discard(plain_name(one.key))

    def find(self, text: str) -> Known | None:
        """By key or by a name that only one metric has; case, marks and accents do not count."""
        return self._found.get(plain_name(text))

    def is_shared(self, text: str) -> bool:
        return plain_name(text) in self.shared


def plain_name(text: str) -> str:
    """Letters and digits alone, without accents: “Qualified demos (count)” and qualified-demos."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    split = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in split if character.isalnum())


def catalog_of(actor: Membership) -> Catalog:
    """Every metric that readings can be recorded of. A constant number of queries."""
    why = refusals(actor, _initiatives(actor))
    rows = Metric.objects.live().filter(
        organization=actor.organization_id, formula="", initiative__ended_at__isnull=True
    )
    found = rows.order_by("name", "pk").values_list(
        "pk", "key", "name", "unit", "read_per", "initiative__name", "initiative_id"
    )
    return Catalog({row[0]: Known(*row[:6], may_record=row[6] not in why) for row in found})


def may_import(actor: Membership) -> bool:
    """Whether there is anything the actor may record readings of."""
    if actor.role == Role.EXECUTIVE or not actor.is_person:
        return actor.is_current
    initiatives = list(_initiatives(actor))
    return len(refusals(actor, initiatives)) < len(initiatives)


def require_import(actor: Membership) -> None:
    """Raise Forbidden, unless there is."""
    if not may_import(actor):
        raise Forbidden(Act.RECORD_READINGS.sentence)


def _initiatives(actor: Membership) -> InitiativeQuerySet:
    """Those that take readings: also drafts, whose past is often brought in a file."""
    return Initiative.objects.filter(organization=actor.organization_id, ended_at__isnull=True)
