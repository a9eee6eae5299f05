"""What every test may ask for: the cast, somebody signed in, a database that can be emptied."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, TransactionTestCase

from accounts.models import Membership
from cadence import guards
from cadence.apps import declared_guards
from tests.cast import Cast
from tests.gather import gather

# Tried on SQLite alone: what is said and shown, and how an installation starts. On PostgreSQL stays
# what the database decides: guards, races, what readings mean, who owns what, bad input; and that
# every page answers, with as many questions (`architecture/test_routes` and `BOTH`).
ONCE = (
    *("tests/browser/", "tests/config/", "tests/feeds/", "tests/initiatives/", "tests/management/"),
    *("tests/people/", "tests/web/"),
    *(
        f"tests/api/test_{name}.py"
        for name in (
            *("administration", "calendar_links", "conformance", "deprecation", "escalations"),
            *("everything", "json_suite"),
            *("handing_over", "integrity", "leaves", "notices", "orphans", "protocol", "rates"),
            *("routes", "schema", "secrets", "tables", "tokens"),
        )
    ),
    *(
        f"tests/notices/test_{name}.py"
        for name in ("digests", "mails", "minutes", "routing", "told", "words")
    ),
)
BOTH = ("tests/web/test_queries.py", "tests/web/work/test_scorecard.py")
DATABASE = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest test goes first: at the end one worker would be at it while the others wait.
    What does not depend on the database is tried with one of them."""
    items.sort(key=lambda item: "browser/test_every_page" not in item.nodeid)
    if connection.vendor == "postgresql":
        once = [item for item in items if not _depends_on_the_database(item)]
        items[:] = [item for item in items if _depends_on_the_database(item)]
        config.hook.pytest_deselected(items=once)


def _depends_on_the_database(item: pytest.Item) -> bool:
    if item.nodeid.startswith(ONCE) and not item.nodeid.startswith(BOTH):
        return False
    asked = set(getattr(item, "fixturenames", ())) & DATABASE
    return bool(asked) or item.get_closest_marker("django_db") is not None


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
    """For a test that looks at what only a database without guards can hold."""
    guards.lift(database)
    try:
        yield
    finally:
        guards.install(database, declared_guards())


# What migrations write, and what nothing of ours ever names.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@contextmanager
def _deletable(database: BaseDatabaseWrapper, tables: Collection[str]) -> Iterator[None]:
    """Without the guards that a DELETE from these tables meets, and no others: to make all of them
    anew after every test with real transactions took longer than the tests."""
    there = guards.installed(database)
    met = [key for key in there if key[0].endswith("_delete") and key[1] in tables]
    if database.vendor == "postgresql":
        aside = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for name, table in met]
        back = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for name, table in met]
    else:
        aside = [f"DROP TRIGGER {name}" for name, _ in met]
        back = [there[key] for key in met]
    with database.cursor() as cursor:
        for statement in aside:
            cursor.execute(statement)
        yield
        for statement in back:
            cursor.execute(statement)


def _full_tables(database: BaseDatabaseWrapper) -> list[str]:
    names = database.introspection.django_table_names(only_existing=True, include_views=False)
    asked = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in set(names) - KEPT]
    with database.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_guards() -> Iterator[None]:
    """A test with real transactions ends in a flush, which deletes what is never deleted."""

    def flush_unguarded(case: TransactionTestCase) -> None:
        database = connections["default"]
        full = _full_tables(database)
        # Rows that point at one another go in any order: that is looked at when it is committed.
        with _deletable(database, full), transaction.atomic(), database.cursor() as cursor:
            for table in full:
                cursor.execute(f"DELETE FROM {table}")
        if guards.faults(database, declared_guards()):
            guards.install(database, declared_guards())

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
