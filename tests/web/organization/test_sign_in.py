"""Getting in: with a password, through the demo, by a reset, and never anywhere else."""

import re
from collections.abc import Callable
from urllib.parse import quote_from_bytes

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Membership, Organization
from tests.cast import PASSWORD, Cast

SignedIn = Callable[[Membership], Client]
NEW = "a long and new password"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> str:
    """Where the form leads to, or its status."""
    answer = client.post("/sign-in", {"username": email, "password": password, **more})
    return answer["Location"] if answer.status_code == 302 else str(answer.status_code)


@pytest.mark.parametrize("email", ["olu@acme.example", "OLU@Acme.Example", " Olu@ACME.example "])
def test_olu_signs_in_with_any_case_of_the_address(cast: Cast, client: Client, email: str) -> None:
    assert sign_in(client, email) == "/"
    assert client.get("/")["Location"] == "/o/acme/my-week"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    cast: Cast, client: Client
) -> None:
    pages = []
    for email in ("olu@acme.example", "olu@nowhere.example"):
        answer = client.post("/sign-in", {"username": email, "password": "wrong"})
        assert answer.status_code == 422
        pages.append(re.sub(r'csrf\w+" value="\w+"', "", answer.text).replace(email, ""))
    assert "No account has this e-mail address and password." in pages[0]
    assert pages[0] == pages[1]


def test_what_was_typed_stays_but_the_password(cast: Cast, client: Client) -> None:
    answer = client.post("/sign-in", {"username": "olu@acme.example", "password": "wrong"})
    assert 'value="olu@acme.example"' in answer.text
    assert "wrong" not in answer.text


@pytest.mark.parametrize(
    "email", ["", "  ", "olu", "x" * 10_000 + "@acme.example", "olu\0@acme.example", "\ud800@a.b"]
)
def test_an_address_that_is_none_is_refused_beside_the_field(
    cast: Cast, client: Client, email: str
) -> None:
    # As a machine would send it: a browser knows no half characters.
    typed = quote_from_bytes(email.encode("utf-8", "surrogatepass"))
    body = f"username={typed}&password=x&next=%00"
    answer = client.post("/sign-in", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


def test_a_nul_beside_a_wrong_password_is_no_fault_of_ours(cast: Cast, client: Client) -> None:
    assert sign_in(client, "olu@acme.example", "wrong", next="/\0") == "422"
    assert sign_in(client, "olu@acme.example", "wr\0ong") == "422"


def test_who_guesses_is_locked_out_whatever_case_they_type(cast: Cast, client: Client) -> None:
    for n in range(10):
        email = "olu@acme.example" if n % 2 else "OLU@acme.example"
        answer = client.post("/sign-in", {"username": email, "password": f"guess {n}"})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text
    assert sign_in(client, "olu@acme.example") == "429"
    assert sign_in(client, "nils@acme.example") == "/"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(
    cast: Cast, client: Client, settings: Settings, target: str
) -> None:
    assert sign_in(client, "olu@acme.example", next=target) == "/"
    client.logout()
    settings.DEMO = True
    Organization.objects.update(is_demo=True)
    answer = client.post("/sign-in/demo", {"member": cast.olu.pk, "next": target})
    assert answer["Location"] == "/o/acme/my-week"


def test_the_page_that_was_wanted_comes_after_signing_in(cast: Cast, client: Client) -> None:
    wanted = client.get("/o/acme/teams")["Location"]
    assert wanted == "/sign-in?next=/o/acme/teams"
    assert sign_in(client, "olu@acme.example", next="/o/acme/teams") == "/o/acme/teams"


def test_signing_out_takes_a_post(cast: Cast, signed_in: SignedIn) -> None:
    olu = signed_in(cast.olu)
    assert olu.get("/sign-out").status_code == 405
    assert olu.post("/sign-out")["Location"] == "/sign-in"
    assert olu.get("/")["Location"] == "/sign-in?next=/"


# Where one arrives


def test_somebody_of_two_organizations_chooses(cast: Cast, signed_in: SignedIn) -> None:
    Membership.objects.create(
        organization=cast.beta, user=cast.olu.user, name="Olu", joined_at=timezone.now()
    )
    page = signed_in(cast.olu).get("/").text
    assert "/o/acme/my-week" in page
    assert "/o/beta/my-week" in page


def test_somebody_who_left_is_told_so_and_sees_nothing(cast: Cast, signed_in: SignedIn) -> None:
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=timezone.now())
    nils = signed_in(cast.nils)
    assert "You are in no organization" in nils.get("/").text
    assert nils.get("/o/acme/teams").status_code == 404


# The demo


def test_the_demo_offers_its_people_by_name(cast: Cast, client: Client, settings: Settings) -> None:
    assert "Enter as" not in client.get("/sign-in").text
    settings.DEMO = True
    Organization.objects.filter(slug="acme").update(is_demo=True)
    cast.planned_review()
    page = client.get("/sign-in").text
    for name in ("Ada", "Elena", "Olu", "Dana", "Obi", "Fay"):
        assert f"Enter as {name}" in page
    assert "Enter as Sven" not in page
    assert "Enter as Robo" not in page
    answer = client.post("/sign-in/demo", {"member": cast.dana.pk})
    assert answer["Location"] == "/o/acme/my-week"
    assert client.get("/o/acme/teams").status_code == 200


def test_nobody_enters_by_a_click_when_it_is_no_demo(
    cast: Cast, client: Client, settings: Settings
) -> None:
    Organization.objects.update(is_demo=True)
    settings.DEMO = False
    assert client.post("/sign-in/demo", {"member": cast.olu.pk}).status_code == 403
    assert client.get("/")["Location"] == "/sign-in?next=/"


def test_nobody_enters_a_real_organization_by_a_click(
    cast: Cast, client: Client, settings: Settings
) -> None:
    settings.DEMO = True
    Organization.objects.filter(slug="acme").update(is_demo=True)
    # Olu belongs to the demo and to Beta, which is real: the click would open both.
    Membership.objects.create(
        organization=cast.beta, user=cast.olu.user, name="Olu", joined_at=timezone.now()
    )
    for member in (cast.sven, cast.olu):
        assert client.post("/sign-in/demo", {"member": member.pk}).status_code == 403
    assert "Enter as Olu" not in client.get("/sign-in").text
    assert client.get("/")["Location"] == "/sign-in?next=/"


@pytest.mark.parametrize("member", ["", "x", "0", "-1", "9" * 5000, "²"])
def test_an_unknown_person_of_the_demo_is_not_there(
    cast: Cast, client: Client, settings: Settings, member: str
) -> None:
    settings.DEMO = True
    assert client.post("/sign-in/demo", {"member": member}).status_code == 404


def test_the_demo_page_asks_as_often_for_many_as_for_few(
    cast: Cast,
    client: Client,
    settings: Settings,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.DEMO = True
    Organization.objects.update(is_demo=True)
    with django_assert_max_num_queries(20) as few:
        client.get("/sign-in")
    for n in range(5):
        cast.initiative(owner=cast.member(f"Extra {n}"))
    with django_assert_max_num_queries(len(few)):
        client.get("/sign-in")


# Passwords


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    cast: Cast, client: Client, settings: Settings
) -> None:
    answer = client.post(
        "/password/reset", {"email": "OLU@acme.example"}, headers={"host": "[::1]"}
    )
    assert answer["Location"] == "/password/reset/sent"
    (message,) = mail.outbox
    assert message.to == ["olu@acme.example"]
    (link,) = re.findall(r"http\S+", message.body)
    assert link.startswith(settings.PUBLIC_URL + "/password/reset/")
    assert link in message.alternatives[0][0].replace("&amp;", "&")

    path = link.removeprefix(settings.PUBLIC_URL)
    form = client.get(path)["Location"]
    bad = client.post(form, {"new_password1": "short", "new_password2": "short"})
    assert bad.status_code == 422
    assert "too short" in bad.text
    done = client.post(form, {"new_password1": NEW, "new_password2": NEW})
    assert done["Location"] == "/password/reset/done"
    assert sign_in(client, "olu@acme.example") == "422"
    assert sign_in(client, "olu@acme.example", NEW) == "/"
    assert "no longer works" in Client().get(path).text


def test_a_reset_does_not_say_whether_there_is_an_account(cast: Cast, client: Client) -> None:
    answer = client.post("/password/reset", {"email": "nobody@acme.example"})
    assert answer["Location"] == "/password/reset/sent"
    assert mail.outbox == []
    assert client.get("/password/reset/sent").status_code == 200


def test_a_changed_password_signs_out_everywhere_else(cast: Cast, signed_in: SignedIn) -> None:
    here, there = signed_in(cast.olu), Client()
    assert sign_in(there, "olu@acme.example") == "/"
    wrong = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    assert here.post("/password", wrong).status_code == 422
    assert here.post("/password", wrong | {"old_password": PASSWORD})["Location"] == "/"
    assert here.get("/o/acme/teams").status_code == 200
    assert there.get("/o/acme/teams").status_code == 302


def test_the_password_page_is_not_for_strangers(cast: Cast, client: Client) -> None:
    assert client.get("/password")["Location"] == "/sign-in?next=/password"
