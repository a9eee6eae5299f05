"""`cadence create-organization`, as whoever runs the server uses it."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Organization, Role

pytestmark = pytest.mark.django_db
SECRET = "a fine long password"


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\n")
    return str(path)


def create(*arguments: str, slug: str = "acme", email: str = "ada@acme.example") -> str:
    out = StringIO()
    given = ["Acme Ltd", "--slug", slug, "--email", email, "--person", "Ada", *arguments]
    call_command("create-organization", *given, stdout=out)
    return out.getvalue()


def test_an_organization_is_created_and_nothing_secret_is_printed(password_file: str) -> None:
    said = create(
        "--time-zone", "America/New_York", "--country", "US", "--week-starts", "sunday",
        "--password-file", password_file,
    )  # fmt: skip
    organization = Organization.objects.get()
    assert (organization.name, organization.week_start) == ("Acme Ltd", 6)
    ada = Membership.objects.get()
    assert ada.role == Role.ADMINISTRATOR
    assert ada.user is not None
    assert ada.user.check_password(SECRET)
    assert "Acme Ltd is there" in said
    assert SECRET not in said


def test_somebody_with_an_account_keeps_their_password(password_file: str) -> None:
    create("--password-file", password_file)
    said = create(slug="beta")
    assert "with the account there is" in said
    assert Membership.objects.count() == 2


def test_what_is_wrong_is_said_by_the_names_of_the_options(password_file: str) -> None:
    with pytest.raises(CommandError) as refused:
        create("--password-file", password_file, "--time-zone", "Mars/Olympus", slug="A B")
    said = str(refused.value)
    assert "--time-zone: There is no such time zone" in said
    assert "--slug: " in said
    with pytest.raises(CommandError, match="--email"):
        create(email="\udcff@acme.example")
    assert not Organization.objects.exists()


def test_without_a_terminal_nobody_is_asked_for_a_password() -> None:
    with pytest.raises(CommandError, match="--password-file"):
        create()


def test_a_password_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(CommandError, match="UTF-8"):
        create("--password-file", str(path))
