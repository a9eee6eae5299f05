"""`cadence verify-ledger`, before and after somebody with the keys to the database was at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Organization
from cadence.ledger.actions import append
from cadence.ledger.models import Entry, Head
from tests.cast import AT, Cast
from tests.conftest import guards_lifted

NUMBER_OF_ENTRIES = 5


@pytest.fixture
def acme(cast: Cast) -> Organization:
    """Five things happened at Acme, and one at Beta."""
    for number in range(NUMBER_OF_ENTRIES):
        append(
            organization=cast.acme,
            event="team.changed",
            actor=cast.ada,
            at=AT,
            subject=cast.demand,
            data={"number": number},
        )
    append(organization=cast.beta, event="team.changed", actor=None, at=AT, subject=cast.betas_team)
    return cast.acme


@contextmanager
def tampering() -> Iterator[None]:
    """What somebody can do who owns the database."""
    # PostgreSQL alters no table that has foreign keys still to be checked.
    connection.check_constraints()
    with guards_lifted():
        yield
        connection.check_constraints()


def verified(*arguments: str) -> str:
    out = StringIO()
    call_command("verify-ledger", *arguments, stdout=out)
    return out.getvalue()


def broken(*arguments: str) -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify-ledger", *arguments, stdout=out)
    return out.getvalue()


def checkpoint() -> str:
    """The line to keep elsewhere: the last one that is printed for Acme."""
    return verified("--organization", "acme").splitlines()[-1]


def test_whole_ledgers_are_told_with_their_checkpoints(acme: Organization) -> None:
    said = verified()
    head = Head.objects.get(pk=acme.pk)
    assert f"acme: 5 entries, whole. Checkpoint:\n5:{head.hash}\n" in said
    assert "beta: 1 entry, whole." in said


def test_one_organization_is_verified_alone(acme: Organization) -> None:
    assert "beta" not in verified("--organization", "acme")


def test_an_altered_entry_is_named_and_the_others_are_verified(acme: Organization) -> None:
    with tampering():
        Entry.objects.filter(organization=acme, sequence=3).update(data={"number": 7})
    said = broken()
    assert "acme: broken at entry 3. Entry 3 was altered" in said
    assert "beta: 1 entry, whole." in said


def test_a_missing_entry_is_named(acme: Organization) -> None:
    with tampering():
        Entry.objects.filter(organization=acme, sequence=2).delete()
    assert "broken at entry 2. Entry 2 is missing." in broken()


def test_an_entry_whose_hash_was_made_to_fit_breaks_the_next(acme: Organization) -> None:
    with tampering():
        Entry.objects.filter(organization=acme, sequence=2).update(hash="0" * 64)
    assert "acme: broken at entry" in broken()


def test_entries_that_are_cut_off_differ_from_the_head(acme: Organization) -> None:
    with tampering():
        Entry.objects.filter(organization=acme, sequence__gte=4).delete()
    assert "broken at entry 4. The ledger has 3 entries, its head says 5." in broken()


def test_only_a_checkpoint_finds_a_tail_that_was_cut_with_its_head(acme: Organization) -> None:
    kept = checkpoint()
    with tampering():
        Entry.objects.filter(organization=acme, sequence__gte=4).delete()
        third = Entry.objects.get(organization=acme, sequence=3)
        Head.objects.filter(pk=acme.pk).update(sequence=3, hash=third.hash)
    assert "acme: 3 entries, whole." in verified()
    assert "The checkpoint is not in this ledger" in broken(
        "--organization", "acme", "--checkpoint", kept
    )


def test_a_checkpoint_holds_however_much_comes_after_it(acme: Organization, cast: Cast) -> None:
    kept = checkpoint()
    append(organization=acme, event="team.changed", actor=None, at=AT, subject=cast.demand)
    assert "6 entries, whole" in verified("--organization", "acme", "--checkpoint", kept)


def test_a_checkpoint_is_of_one_organization(acme: Organization) -> None:
    with pytest.raises(CommandError, match="--organization"):
        verified("--checkpoint", checkpoint())


@pytest.mark.parametrize("text", ["5", "5:abc", "x:" + "0" * 64, "5:" + "G" * 64])
def test_what_is_no_checkpoint_is_refused(acme: Organization, text: str) -> None:
    with pytest.raises(CommandError, match="the line that verify-ledger printed"):
        verified("--organization", "acme", "--checkpoint", text)


def test_an_organization_that_is_not_there_is_named(acme: Organization) -> None:
    with pytest.raises(CommandError, match="There is no organization 'gamma'"):
        verified("--organization", "gamma")


@pytest.mark.django_db
def test_an_empty_installation_is_whole() -> None:
    assert verified() == "There is no organization yet.\n"
