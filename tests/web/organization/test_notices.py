"""The bell, the page of notices and how one wants to be told."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Membership
from cadence.notices.derive import derive_notices
from cadence.notices.models import Mode, Notice, Postbox
from cadence.notices.preferences import modes_of
from tests.cast import Cast
from tests.notices.things import SOON, happened

SignedIn = Callable[[Membership], Client]
PAGE = "/o/acme/notices"
PREFERENCES = "/o/acme/account/notices"


def told(cast: Cast, count: int = 1) -> list[Notice]:
    """Olu is told of so many breaches."""
    for _ in range(count):
        breach = cast.breach(cast.metric())
        happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breach.pk])
    derive_notices(at=SOON)
    return list(Notice.objects.filter(member=cast.olu).order_by("pk"))


def test_the_bell_counts_in_words_too(cast: Cast, signed_in: SignedIn) -> None:
    olu = signed_in(cast.olu)
    assert "Notices, none unread" in olu.get(PAGE).text
    told(cast, 3)
    text = olu.get("/o/acme/my-week").text
    assert (
        '<span class="count">3</span><span class="visually-hidden"> unread notices</span>' in text
    )


def test_an_empty_page_says_what_will_come(cast: Cast, signed_in: SignedIn) -> None:
    text = signed_in(cast.olu).get(PAGE).text
    assert "Nothing has happened that concerns you" in text
    assert PREFERENCES in text


def test_looking_marks_nothing_and_opening_does(cast: Cast, signed_in: SignedIn) -> None:
    (notice,) = told(cast)
    olu = signed_in(cast.olu)
    text = olu.get(PAGE).text
    assert notice.title in text
    assert "Unread" in text
    notice.refresh_from_db()
    assert notice.read_at is None
    assert olu.get(f"{PAGE}/{notice.pk}/opening").status_code == 405
    answer = olu.post(f"{PAGE}/{notice.pk}/opening")
    assert (answer.status_code, answer["Location"]) == (302, notice.path)
    notice.refresh_from_db()
    assert notice.read_at is not None
    first = notice.read_at
    olu.post(f"{PAGE}/{notice.pk}/opening")
    notice.refresh_from_db()
    assert notice.read_at == first
    assert olu.get(notice.path).status_code == 200


def test_nobody_opens_the_notices_of_another(cast: Cast, signed_in: SignedIn) -> None:
    (notice,) = told(cast)
    elena = signed_in(cast.elena)
    assert notice.title not in elena.get(PAGE).text
    assert elena.post(f"{PAGE}/{notice.pk}/opening").status_code == 404
    elena.post(f"{PAGE}/reading")
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_read_but_those_that_came_since(cast: Cast, signed_in: SignedIn) -> None:
    first, second = told(cast, 2)
    third = told(cast)[-1]
    signed_in(cast.olu).post(f"{PAGE}/reading", {"until": second.pk})
    assert [*Notice.objects.filter(read_at=None)] == [third]
    assert first.pk < second.pk < third.pk
    for nonsense in ("x", "-1", "9" * 40):
        assert signed_in(cast.olu).post(f"{PAGE}/reading", {"until": nonsense}).status_code == 302


@pytest.mark.parametrize(
    ("asked", "count"),
    [("", 2), ("kind=breach", 2), ("kind=offer", 0), ("show=unread", 1), ("kind=gossip", 2)],
)
def test_the_list_is_filtered(cast: Cast, signed_in: SignedIn, asked: str, count: int) -> None:
    read, _ = told(cast, 2)
    olu = signed_in(cast.olu)
    olu.post(f"{PAGE}/{read.pk}/opening")
    text = olu.get(f"{PAGE}?{asked}").text
    assert text.count("/opening") == count


def test_many_notices_take_as_many_queries_as_one(cast: Cast, signed_in: SignedIn) -> None:
    olu = signed_in(cast.olu)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            olu.get(PAGE)
        return len(asked)

    told(cast)
    one = queries()
    told(cast, 30)
    assert queries() == one
    assert "Page 1 of 2" in olu.get(PAGE).text


def test_preferences_are_chosen_kind_by_kind(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    olu = signed_in(cast.olu)
    text = olu.get(PREFERENCES).text
    assert "olu@acme.example" in text
    modes = modes_of(cast.olu)
    wanted = {**modes, "breach": "daily", "week": "never"}
    data = {**wanted, "time_zone": "Asia/Tokyo", "digest_at": "06:30"}
    assert olu.post(PREFERENCES, data).status_code == 302
    assert modes_of(cast.olu) == {**modes, "breach": Mode.DAILY, "week": Mode.NEVER}
    box = Postbox.objects.get(member=cast.olu)
    assert (box.time_zone, f"{box.digest_at:%H:%M}") == ("Asia/Tokyo", "06:30")
    assert olu.post(PREFERENCES, {**data, "breach": "hourly"}).status_code == 422
    assert olu.post(PREFERENCES, {}).status_code == 422
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "no mail server" in olu.get(PREFERENCES).text
    cast.acme.is_demo = True
    cast.acme.save(update_fields=["is_demo"])
    assert "it sends no mail to anybody" in olu.get(PREFERENCES).text
