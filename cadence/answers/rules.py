"""Which keys there may be, and when two requests are the same."""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from cadence.errors import Invalid

FIELD = "Idempotency-Key"
LONGEST_KEY = 200
KEY_PATTERN = f"^[!-~]{{1,{LONGEST_KEY}}}$"
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Answer:
    """To a request that did something: ``status`` is one of 200 to 299."""

    status: int
    content_type: str
    body: str


def checked_key(key: str) -> str:
    """The key. Invalid: ``idempotency_key_invalid``."""
    if not re.fullmatch(KEY_PATTERN[1:-1], key):
        raise Invalid.field(
            FIELD,
            f"A key is 1 to {LONGEST_KEY} visible ASCII characters, without space.",
            code="idempotency_key_invalid",
        )
    return key


def digest(method: str, path: str, body: bytes) -> str:
    """SHA-256 in hex of what was asked: a byte of the body that differs is another request."""
    return hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
