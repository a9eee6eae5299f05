"""Answers as JSON, written by orjson: the same as REST framework's, in a tenth of the time."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer

OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


class JsonRenderer(JSONRenderer):
    """UTF-8 without spaces. Decimals and texts that are translated late are written as texts."""

    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=str, option=OPTIONS)
        except TypeError:
            # Whole numbers beyond 64 bits, and half characters.
            return super().render(data, accepted_media_type, renderer_context)


class Negotiation(DefaultContentNegotiation):
    """``?format=csv`` where there is no such format is 406, as it is for ``Accept``."""

    def filter_renderers(self, renderers: list[BaseRenderer], format: str) -> list[BaseRenderer]:  # type: ignore[override]
        found = [one for one in renderers if one.format == format]
        if not found:
            raise NotAcceptable("This is not given in that format.")
        return found
