"""What a list may be narrowed by. A value that cannot be read is refused, never ignored."""

from typing import Any

from django import forms
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError

LARGEST_ID = 2**63 - 1


@extend_schema_field(OpenApiTypes.INT)
class Id(filters.Filter):
    """The id of a row. Beyond 64 bits SQLite would raise where PostgreSQL finds nothing."""

    field_class = forms.IntegerField

    def __init__(self, field_name: str, **extra: Any) -> None:
        super().__init__(field_name, min_value=1, max_value=LARGEST_ID, **extra)


@extend_schema_field(OpenApiTypes.BOOL)
class YesNo(filters.TypedChoiceFilter):
    """``true`` or ``false``."""

    def __init__(self, field_name: str | None = None, **extra: Any) -> None:
        choices = (("true", "true"), ("false", "false"))
        super().__init__(field_name, choices=choices, coerce="true".__eq__, **extra)


_search = forms.CharField(required=False, max_length=200)


def read_search(words: str) -> str:
    """The words to search for, empty when there are none. Raises ValidationError."""
    try:
        found: str = _search.clean(words)
    except forms.ValidationError as error:
        raise ValidationError({"search": error.messages}) from None
    return found
