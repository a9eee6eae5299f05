"""While one page is made, what it asks of the organization again and again is read once.

Teams, who is away, closing days: a page asks for them in each of its parts. Inside
``remembering()`` the first answer is kept until the page is done; outside of it nothing is. Only
doors that read enter it: whoever changes something and looks again has to see what changed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

T = TypeVar("T")

_known: ContextVar[dict[object, Any] | None] = ContextVar("known", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Keep what is ``remembered`` inside, and forget it at the end."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def remembered(key: object, read: Callable[[], T]) -> T:
    """What ``read`` gives; inside ``remembering``, what it gave the first time for this key."""
    known = _known.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    return cast(T, known[key])
