"""`cadence deactivate` shows what hangs on somebody, asks successors, and refuses what is open."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership
from cadence.ownership.models import Ownership
from tests.cast import Cast


def deactivate(*arguments: str, slug: str = "acme", **options: Any) -> str:
    written = StringIO()
    call_command("deactivate", slug, *arguments, stdout=written, **options)
    return written.getvalue()


OLU = ("olu@acme.example", "--reason", "New job")


def here(member: Membership) -> bool:
    return Membership.objects.get(pk=member.pk).is_current


def test_it_shows_what_hangs_on_somebody_and_changes_nothing(cast: Cast) -> None:
    cast.breach()
    said = deactivate("olu@acme.example", "--dry-run")
    assert f"{cast.pipeline.pk}: Fill the pipeline (Demand, 1 undecided); Dana acts" in said
    assert "1          breaches to decide" in said
    assert "Nothing was changed." in said
    assert f"leads      {cast.demand.pk}: Demand; then Lars" in deactivate(
        "dana@acme.example", "--dry-run"
    )
    assert "nothing hangs on them" in deactivate("nils@acme.example", "--dry-run")
    assert here(cast.olu)


def test_it_refuses_to_orphan_what_nobody_spoke_of(cast: Cast) -> None:
    with pytest.raises(CommandError) as refused:
        deactivate(*OLU)
    assert f"initiative {cast.pipeline.pk}: Choose who is asked" in str(refused.value)
    assert here(cast.olu)
    deactivate(*OLU, "--leave-orphaned")
    assert not here(cast.olu)
    assert not Ownership.objects.pending().exists()


def test_one_successor_for_all(cast: Cast) -> None:
    cast.initiative(owner=cast.olu)
    said = deactivate(*OLU, "--successor", "Nils@acme.example")
    assert "2 of 2 initiatives are offered" in said
    assert {one.owner for one in Ownership.objects.pending()} == {cast.nils}
    assert {one.offered_by for one in Ownership.objects.pending()} == {None}


def test_a_file_names_each_and_one_takes_the_others(cast: Cast, tmp_path: Path) -> None:
    second, third = (cast.initiative(owner=cast.olu) for _ in range(2))
    file = tmp_path / "successors.csv"
    file.write_text(
        f"initiative,successor\n{second.pk},fay@acme.example\n{third.pk},Orphaned\n", "utf-8-sig"
    )
    deactivate(*OLU, "--successors", str(file), "--successor", "nils@acme.example")
    assert {one.initiative: one.owner for one in Ownership.objects.pending()} == {
        cast.pipeline: cast.nils,
        second: cast.fay,
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"", "the first line is initiative,successor"),
        (b"work,person\n1,a@b.example\n", "the first line is initiative,successor"),
        (b"initiative,successor\nx,nils@acme.example\n", "line 2: the number of an initiative"),
        (b"initiative,successor\n1,\n", "line 2: the number of an initiative"),
        (b"initiative,successor\n1\n", "line 2: the number of an initiative"),
        (b"initiative,successor\n1,gone@acme.example\n", "no member with the address"),
        (b"initiative,successor\n1,sven@beta.example\n", "no member with the address"),
        (b"initiative,successor\n1,orphaned\n1,orphaned\n", "is named twice"),
        (b"initiative,successor\n99999,orphaned\n", "initiative 99999: Olu does not own this"),
        (b"initiative,successor\n1,\xff\n", "not a CSV file in UTF-8"),
        (b"initiative,successor\n{pipeline},obi@acme.example\n", "Obi is an observer"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_its_line(
    cast: Cast, tmp_path: Path, text: bytes, complaint: str
) -> None:
    file = tmp_path / "successors.csv"
    file.write_bytes(text.replace(b"{pipeline}", str(cast.pipeline.pk).encode()))
    with pytest.raises(CommandError) as refused:
        deactivate(*OLU, "--successors", str(file), "--leave-orphaned")
    assert complaint in str(refused.value)
    assert here(cast.olu)


def test_who_is_not_there_and_what_does_not_go(cast: Cast) -> None:
    for arguments, complaint in (
        (("gone@acme.example", "--reason", "x"), "no member with the address"),
        (("sven@beta.example", "--reason", "x"), "no member with the address"),
        (("olu@acme.example", "--leave-orphaned"), "--reason"),
        ((*OLU, "--leave-orphaned", "--successor", "nils@acme.example"), "one or the other"),
        (("ada@acme.example", "--reason", "x"), "last administrator"),
    ):
        with pytest.raises(CommandError) as refused:
            deactivate(*arguments)
        assert complaint in str(refused.value)
    with pytest.raises(CommandError, match="no organization"):
        deactivate(*OLU, slug="nowhere")
    assert here(cast.olu)


@pytest.mark.parametrize("by_number", [False, True])
def test_a_new_lead_for_a_team_of_theirs(cast: Cast, by_number: bool) -> None:
    second = cast.team("Two = two", lead=cast.dana)
    deactivate(
        *("dana@acme.example", "--reason", "New job"),
        *("--lead", f"{cast.demand.pk if by_number else 'demand'}=Nils@acme.example"),
        *("--lead", "Two = two=fay@acme.example"),
    )
    cast.demand.refresh_from_db()
    second.refresh_from_db()
    assert (cast.demand.lead, second.lead) == (cast.nils, cast.fay)


def test_a_lead_that_is_wrong_is_refused(cast: Cast) -> None:
    nils = "Demand=nils@acme.example"
    for leads, complaint in (
        (["Demand"], "a team, = and an e-mail address"),
        (["=nils@acme.example"], "a team, = and an e-mail address"),
        (["Commercial=nils@acme.example"], "Dana leads no such team"),
        ([nils, nils], "named twice"),
        (["Demand=gone@acme.example"], "no member with the address"),
        (["Demand=obi@acme.example"], "Obi is an observer"),
    ):
        with pytest.raises(CommandError) as refused:
            deactivate("dana@acme.example", "--reason", "x", *(f"--lead={one}" for one in leads))
        assert complaint in str(refused.value)
    assert here(cast.dana)
