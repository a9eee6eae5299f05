from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from tests.notices.receivers import Manner, Opens, Receiver, receiver


@pytest.fixture
def opens(settings: Settings) -> Iterator[Opens]:
    """Starts a receiver, which may be called."""
    with ExitStack() as stack:

        def start(manner: Manner) -> Receiver:
            one = stack.enter_context(receiver(manner))
            settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, one.place]
            return one

        yield start
