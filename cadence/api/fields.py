"""What goes in and out: input is handed to the action as it was sent, output is exact.

An input field says in the schema what is expected and leaves the judgement to the action, so that
page and API refuse the same things with the same words.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.models import Membership
from cadence.api.filters import LARGEST_ID
from cadence.ledger.actions import plain

# A list of references is for what people decide together, not for imports.
MOST_REFERENCES = 100
MOST_UNKNOWN = 20
# A hand-over, or the leaving of somebody who owns very much.
MOST_ASSIGNED = 200

Schema = dict[str, Any]


class Told(serializers.Field[Any, Any, Any, Any]):
    """One member of an input, passed on as it was sent."""

    def __init__(self, schema: Schema, **options: Any) -> None:
        super().__init__(**options)
        self.schema = schema

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        # Whether null is an answer is for the action to say.
        return (True, None) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Any:
        return data


def text(longest: int, **options: Any) -> Told:
    return Told({"type": "string", "maxLength": longest}, **options)


def number(**options: Any) -> Told:
    """An exact decimal of at most 15 digits, 9 of them after the point."""
    exact = {"type": "string", "format": "decimal", "examples": ["31"]}
    return Told({"oneOf": [exact, {"type": "number"}]}, **options)


def whole(least: int, most: int, **options: Any) -> Told:
    return Told({"type": "integer", "minimum": least, "maximum": most}, **options)


def day(**options: Any) -> Told:
    return Told({"type": "string", "format": "date"}, **options)


class Choice(Told):
    def __init__(self, choices: Sequence[tuple[str, Any]], **options: Any) -> None:
        super().__init__({"type": "string"}, **options)
        self.choices = choices


class Flag(Told):
    """``true`` or ``false``; a text that looks like one is not."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "boolean"}, **options)

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError("This must be true or false.")
        return data


class Reference(Told):
    """The id of something in the organization of the actor; the row itself goes to the action."""

    def __init__(self, model: type[Model], called: str, **options: Any) -> None:
        super().__init__({"type": "integer", "minimum": 1, "maximum": LARGEST_ID}, **options)
        self.model, self.called = model, called

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data is None and self.required:
            raise ValidationError(f"This must be the id of a {self.called}.")
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Model:
        return self.found([data])[0]

    def found(self, keys: list[Any]) -> list[Model]:
        for key in keys:
            if isinstance(key, bool) or not isinstance(key, int):
                raise ValidationError(f"This must be the id of a {self.called}.")
        actor: Membership = self.context["actor"]
        wanted = [key for key in keys if 0 < key <= LARGEST_ID]
        rows = self.model._default_manager.filter(
            organization=actor.organization_id, pk__in=wanted
        ).in_bulk()
        if any(key not in rows for key in keys):
            raise ValidationError(f"There is no such {self.called}.")
        return [rows[key] for key in keys]


class References(Reference):
    def __init__(self, model: type[Model], called: str, **options: Any) -> None:
        super().__init__(model, called, **options)
        self.schema = {"type": "array", "items": self.schema, "maxItems": MOST_REFERENCES}

    def to_internal_value(self, data: Any) -> list[Model]:  # type: ignore[override]
        if not isinstance(data, list) or len(data) > MOST_REFERENCES:
            raise ValidationError(f"This must be a list of at most {MOST_REFERENCES} ids.")
        return self.found(data)


class Assigned(Reference):
    """A row for each of several things, by the ids of both: ``{"12": 5}``. What it is named for is
    for the action to judge; with ``nobody`` null may stand for no row."""

    def __init__(
        self, model: type[Model], called: str, *, nobody: bool = False, **options: Any
    ) -> None:
        super().__init__(model, called, **options)
        self.nobody = nobody
        kind: Any = ["integer", "null"] if nobody else "integer"
        self.schema = {
            "type": "object",
            "additionalProperties": {**self.schema, "type": kind},
            "propertyNames": {"pattern": "^[1-9][0-9]{0,18}$"},
            "maxProperties": MOST_ASSIGNED,
        }

    def to_internal_value(self, data: Any) -> dict[int, Any]:  # type: ignore[override]
        if not isinstance(data, Mapping) or len(data) > MOST_ASSIGNED:
            raise ValidationError(
                f"This must be an object of at most {MOST_ASSIGNED} ids, each with the id of a "
                f"{self.called}."
            )
        wrong: dict[str, Any] = {}
        for name, key in data.items():
            if not (name.isascii() and name.isdigit() and len(name) <= 19 and name[0] != "0"):
                wrong[name[:60]] = "This is not the id of anything."
            elif key is None and self.nobody:
                continue
            elif isinstance(key, bool) or not isinstance(key, int):
                wrong[name] = f"This must be the id of a {self.called}."
        if wrong:
            raise ValidationError(wrong)
        actor: Membership = self.context["actor"]
        keys = {key for key in data.values() if key is not None and 0 < key <= LARGEST_ID}
        rows = self.model._default_manager.filter(organization=actor.organization_id)
        found = rows.in_bulk(list(keys))
        for name, key in data.items():
            if key is not None and key not in found:
                wrong[name] = f"There is no such {self.called}."
        if wrong:
            raise ValidationError(wrong)
        return {int(name): None if key is None else found[key] for name, key in data.items()}


class Ids(Told):
    """Ids that the action looks up, and names where they are none."""

    def __init__(self, **options: Any) -> None:
        one = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
        super().__init__({"type": "array", "items": one, "maxItems": MOST_ASSIGNED}, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        # No list is not an empty one.
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data: Any) -> list[int]:
        if not isinstance(data, list) or len(data) > MOST_ASSIGNED:
            raise ValidationError(f"This must be a list of at most {MOST_ASSIGNED} ids.")
        if any(isinstance(key, bool) or not isinstance(key, int) for key in data):
            raise ValidationError("This must be a list of ids.")
        if any(not 0 < key <= LARGEST_ID for key in data):
            raise ValidationError("There is no such id.")
        return data


class Input(serializers.Serializer[Any]):
    """The shape of a body. A member that it does not have is refused: it is likely a slip."""

    @classmethod
    def names(cls) -> list[str]:
        return list(cls._declared_fields)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            wrong = {name[:60]: "There is no such member." for name in unknown[:MOST_UNKNOWN]}
        try:
            values: dict[str, Any] = super().to_internal_value(data)
        except ValidationError as error:
            assert isinstance(error.detail, dict)
            raise ValidationError(error.detail | wrong) from None
        if wrong:
            raise ValidationError(wrong)
        return values


class ReasonInput(Input):
    reason = text(500)


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["31", "0.200521381"]})
class Exact(serializers.Field[Any, Any, Any, Any]):
    """A number as the string of its exact decimal, without exponent or zeros at its end."""

    def to_representation(self, value: Any) -> Any:
        return plain(value)


@extend_schema_field({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"})
class TimeOfDay(serializers.TimeField):
    """Hours and minutes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", **options)


class NumberedSerializer(serializers.Serializer[Any]):
    """A decision by its number in the organization."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()


class NamedSerializer(serializers.Serializer[Any]):
    """Something that has a name: a member, a team, an initiative, a priority, a series."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class NamedMetricSerializer(NamedSerializer):
    key = serializers.CharField()
    unit = serializers.CharField()
