"""What every test may ask for: the cast, somebody signed in, a database that can be emptied."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, TransactionTestCase

from accounts.models import Membership
from cadence import guards
from cadence.apps import declared_guards
from tests.cast import Cast
from tests.gather import gather


@pytest.fixture
def cast(db: None) -> Cast:
    """Acme and its people, and Sven of Beta. Also works with `transactional_db`."""
    return gather()


@pytest.fixture
def signed_in(client: Client) -> Callable[[Membership], Client]:
    """`signed_in(cast.olu)` is a client in which Olu has signed in."""

    def sign_in(member: Membership) -> Client:
        assert member.user is not None, f"{member} is a machine and cannot sign in"
        client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@contextmanager
def guards_lifted(database: BaseDatabaseWrapper = connection) -> Iterator[None]:
    """For emptying the test database between tests, and for nothing else."""
    guards.lift(database)
    try:
        yield
    finally:
        # A flush sends `post_migrate`, which has mostly installed them already.
        if guards.faults(database, declared_guards()):
            guards.install(database, declared_guards())


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_guards() -> Iterator[None]:
    """A test with real transactions ends in a flush, which deletes what is never deleted."""
    flush = TransactionTestCase._fixture_teardown

    def flush_unguarded(case: TransactionTestCase) -> None:
        with guards_lifted(connections["default"]):
            flush(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_unguarded)
        yield


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """`counted("attacks refused", 3)` adds to a total that stands at the end of the run."""
    return lambda what, number: record_property("counted", [what, number])


@pytest.fixture
def said(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A sentence that stands at the end of the run."""
    return lambda sentence: record_property("said", sentence)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals: Counter[str] = Counter()
    sentences = []
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "counted":
                totals[value[0]] += value[1]
            elif name == "said":
                sentences.append(str(value))
    if totals or sentences:
        terminalreporter.section(f"what the database refused ({connection.vendor})")
        for what, number in totals.items():
            terminalreporter.line(f"{number:>6,} {what}")
        for sentence in sentences:
            terminalreporter.line(sentence)
