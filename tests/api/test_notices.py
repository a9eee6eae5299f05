"""Notices and preferences through the API."""

from collections.abc import Callable

from cadence.notices.derive import derive_notices
from cadence.notices.models import Notice
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.notices.things import SOON, happened

Api = Callable[..., Caller]


def told(cast: Cast, count: int = 1) -> list[Notice]:
    for _ in range(count):
        breach = cast.breach(cast.metric())
        happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breach.pk])
    derive_notices(at=SOON)
    return list(Notice.objects.order_by("pk"))


def test_one_reads_ones_own_and_nobody_elses(cast: Cast, api: Api) -> None:
    (notice,) = told(cast)
    (row,) = api(cast.olu).get("notices").body["results"]
    assert (row["id"], row["kind"], row["event"]) == (notice.pk, "breach", "readings.recorded")
    assert row["path"] == notice.path
    elena = api(cast.elena)
    assert elena.get("notices").body["results"] == []
    assert elena.get(f"notices/{notice.pk}").status == 404
    assert elena.post(f"notices/{notice.pk}/read", {}).status == 404


def test_they_are_marked_as_read(cast: Cast, api: Api) -> None:
    first, second, third = told(cast, 3)
    olu = api(cast.olu)
    answer = olu.post(f"notices/{first.pk}/read", {})
    assert answer.status == 200
    at = answer.body["read_at"]
    assert at is not None
    assert olu.post(f"notices/{first.pk}/read", {}).body["read_at"] == at
    assert olu.get("notices?unread=false").body["results"][0]["id"] == first.pk
    assert olu.post("notices/read-all", {"until": second.pk}).body == {"read": 1}
    assert [row["id"] for row in olu.get("notices?unread=true").body["results"]] == [third.pk]
    assert olu.post("notices/read-all", {}).body == {"read": 1}


def test_preferences_change_by_kind(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    before = olu.get("notice-preferences").body
    assert before["modes"]["offer"] == "at_once"
    assert (before["time_zone"], before["digest_at"]) == ("", "08:00")
    change = {"modes": {"offer": "daily"}, "time_zone": "Asia/Tokyo", "digest_at": "06:30"}
    after = olu.ask("PATCH", "notice-preferences", change).body
    assert after["modes"] == {**before["modes"], "offer": "daily"}
    assert (after["time_zone"], after["digest_at"]) == ("Asia/Tokyo", "06:30")
    assert olu.get("notice-preferences").body == after
    wrong = olu.ask("PATCH", "notice-preferences", {"modes": {"gossip": "daily"}})
    assert (wrong.status, wrong.code) == (422, "invalid")
    assert api(cast.robo).ask("PATCH", "notice-preferences", {"modes": {}}).status == 403
