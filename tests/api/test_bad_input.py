"""Bad input gets a clear answer that names the field, and nothing half-written stays.

The expected answers are written out: they are the same on both databases.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps

from tests.api.conftest import Answer, Caller
from tests.cast import Cast

Api = Callable[..., Caller]
LONE = "\ud800"


def everything() -> dict[str, int]:
    """How many rows there are of each kind. Tokens note when they were used; that adds none."""
    models = [*apps.get_app_config("accounts").get_models()]
    models += apps.get_app_config("cadence").get_models()
    return {model.__name__: model._default_manager.count() for model in models}


@pytest.fixture
def refused(cast: Cast, api: Api) -> Iterator[Callable[..., Answer]]:
    """`refused(path, body)` is asked as Elena, who may do the most; it must change nothing."""
    elena = api(cast.elena)

    def ask(path: str, body: Any, method: str = "POST", status: int = 422) -> Answer:
        before = everything()
        answer = elena.ask(method, path, body)
        assert answer.status == status, (answer.status, answer.body)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.body["status"] == status
        assert answer.body["type"] == f"urn:cadence:problem:{answer.code}"
        assert everything() == before
        return answer

    yield ask


NUMBERS = [
    (b"NaN", "This must be a finite number."),
    (b"Infinity", "This must be a finite number."),
    (b"-Infinity", "This must be a finite number."),
    (b'"NaN"', "This must be a finite number."),
    (b'"sNaN"', "This must be a finite number."),
    (b'"inf"', "This must be a finite number."),
    (b"1e400", "This number has too many digits: at most 15."),
    (b"1e99999999999999999999", "This must be a finite number."),
    (b'"1e99999999999999999999"', "This must be a number."),
    (b"1e-10", "This number has too many decimals: at most 9."),
    (b"1" * 16, "This number is too large: at most 15 digits."),
    (b"1" * 40, "This number is too large: at most 15 digits."),
    (b'"' + b"1" * 40 + b'"', "This number has too many digits: at most 15."),
    (b"1" * 5000, "This number has too many digits: at most 15."),
    (b'"' + b"1" * 5000 + b'"', "This must be a number of at most 15 digits."),
    (b'"thirty-one"', "This must be a number."),
    (b'"1_000"', "This must be a number."),
    ('"٣١"'.encode(), "This must be a number of at most 15 digits."),
    (b'"3\\u00001"', "This must be a number."),
    (b'"\\ud800"', "This must be a number of at most 15 digits."),
    (b"true", "This must be a number."),
    (b"[31]", "This must be a number."),
    (b'{"value": 31}', "This must be a number."),
    (b"null", "This number is needed."),
    (b'""', "This number is needed."),
]


@pytest.mark.parametrize(("value", "message"), NUMBERS, ids=lambda part: repr(part)[:24])
def test_a_value_that_is_not_a_number_that_can_be_kept(
    cast: Cast, refused: Callable[..., Answer], value: bytes, message: str
) -> None:
    body = b'{"metric": %d, "period": "2026-11-09", "value": %s}' % (cast.demos.pk, value)
    answer = refused("readings", body)
    assert (answer.code, answer.problems) == ("invalid", {"value": message})


@pytest.mark.parametrize(
    "period",
    [
        "2026-11-11",  # a Wednesday
        "2026-11",
        "2026-W60",
        "9999-12-27",
        "2026-11-23",  # next week
        "0001-01-01",
        "yesterday",
        "２０２６-11-09",
        "2026-11-09\0",
        LONE,
        20261109,
        None,
        ["2026-11-09"],
        "9" * 5000,
    ],
)
def test_a_period_that_does_not_match(
    cast: Cast, refused: Callable[..., Answer], period: object
) -> None:
    answer = refused("readings", {"metric": cast.demos.pk, "period": period, "value": 31})
    assert (answer.code, list(answer.problems)) == ("invalid", ["period"])


@pytest.mark.parametrize(
    "metric", ["betas", "no-such-metric", 0, -1, 10**30, "9" * 30, "a\0b", LONE, True, None, {}]
)
def test_a_metric_that_is_not_there(
    cast: Cast, refused: Callable[..., Answer], metric: object
) -> None:
    key = cast.betas_metric.pk if metric == "betas" else metric
    answer = refused("readings", {"metric": key, "period": "2026-11-09", "value": 31})
    assert answer.problems == {"metric": "There is no such metric."}


BAD_NAMES = [
    ("   ", "This cannot be blank."),
    ("\u200b\u2060", "This cannot be blank."),
    ("x" * 10_000, "This is too long: at most 160 characters, not 10000."),
    ("a\0b", "This holds a control character that cannot be stored."),
    (f"a{LONE}b", "This holds half a character (an unpaired surrogate)."),
    (31, "This must be a text."),
    (None, "This cannot be blank."),
    (["a"], "This must be a text."),
    ({"a": 1}, "This must be a text."),
]


@pytest.mark.parametrize(("name", "message"), BAD_NAMES, ids=lambda part: repr(part)[:24])
def test_a_name_that_cannot_be_stored(
    cast: Cast, refused: Callable[..., Answer], name: object, message: str
) -> None:
    initiative = {"name": name, "priority": cast.growth.pk, "team": cast.demand.pk}
    assert refused("initiatives", initiative).problems == {"name": message}
    metric = {"initiative": cast.pipeline.pk, "name": name, "kind": "leading", "read_per": "week"}
    assert refused("metrics", metric).problems == {"name": message}
    for path in (f"initiatives/{cast.pipeline.pk}", f"metrics/{cast.demos.pk}"):
        assert refused(path, {"name": name}, "PATCH").problems == {"name": message}


TEXTS = [
    ("initiatives/{initiative}/pause", {}, "reason"),
    ("initiatives/{initiative}/ending", {"ended_as": "stopped"}, "reason"),
    ("metrics/{metric}/retirement", {}, "reason"),
    ("metrics/{metric}/thresholds", {"floor": 1}, "agreed_response"),
    ("metrics/{metric}/thresholds", {"floor": 1, "agreed_response": "Call."}, "reason"),
    ("breaches/{breach}/decisions", {"kind": "adjust", "check_on": "2026-12-06"}, "what"),
    ("initiatives/{initiative}/check-ins", {"confidence": "at_risk"}, "needed"),
    ("initiatives/{initiative}/offers", {"owner": "{nils}"}, "note"),
    (
        "commitments",
        {"initiative": "{initiative}", "person": "{nils}", "due_on": "2026-11-20"},
        "text",
    ),
    ("readings", {"metric": "{metric}", "period": "2026-11-09", "value": 50}, "note"),
]


@pytest.mark.parametrize(("path", "body", "member"), TEXTS)
@pytest.mark.parametrize("text", ["x" * 10_000, "a\0b", f"a{LONE}b", 31, ["a"]], ids=repr)
def test_a_text_that_cannot_be_stored(
    cast: Cast,
    refused: Callable[..., Answer],
    path: str,
    body: dict[str, Any],
    member: str,
    text: object,
) -> None:
    keys = {
        "initiative": cast.pipeline.pk,
        "metric": cast.demos.pk,
        "breach": cast.breach().pk,
        "nils": cast.nils.pk,
    }
    filled = {
        name: keys[value[1:-1]] if isinstance(value, str) and value[0] == "{" else value
        for name, value in body.items()
    }
    answer = refused(path.format(**keys), filled | {member: text})
    assert list(answer.problems) == [member]


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({"floor": 50, "ceiling": 40}, {"floor": "The floor is above the ceiling."}),
        ({}, {"floor": "A threshold has a floor, a ceiling or both."}),
        ({"floor": "1" * 40}, None),
        ({"floor": 1, "starts_on": "9999-01-01"}, None),
        ({"floor": 1, "starts_on": "2026-02-30"}, None),
        ({"floor": 1, "periods_in_a_row": 0}, None),
        ({"floor": 1, "periods_in_a_row": 1.5}, None),
        ({"floor": 1, "periods_in_a_row": 10**30}, None),
        ({"floor": 1, "periods_in_a_row": None}, None),
    ],
)
def test_a_threshold_that_makes_no_sense(
    cast: Cast, refused: Callable[..., Answer], body: dict[str, Any], problems: Any
) -> None:
    metric = cast.metric()
    whole = {"agreed_response": "We call.", **body}
    answer = refused(f"metrics/{metric.pk}/thresholds", whole)
    if problems:
        assert answer.problems == problems
    else:
        assert set(answer.problems) & set(body)


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2026-11-09", "This date has passed."),
        ("2027-06-01", "At most six periods ahead: 3 Jan 2027 or earlier."),
        ("9999-12-31", "This date lies in the far past or future."),
        ("2026-02-30", "This must be a date such as 2026-11-16."),
        ("soon", "This must be a date such as 2026-11-16."),
        (20261206, "This must be a date such as 2026-11-16."),
        (None, "This date is needed."),
    ],
)
def test_a_check_date_that_cannot_be(
    cast: Cast, refused: Callable[..., Answer], day: object, message: str
) -> None:
    draft = {"kind": "adjust", "what": "Two more people call.", "check_on": day}
    answer = refused(f"breaches/{cast.breach().pk}/decisions", draft)
    assert answer.problems == {"check_on": message}


@pytest.mark.parametrize("kind", ["note and carry forward", "", None, 7, ["stop"], LONE])
def test_a_kind_of_decision_that_there_is_not(
    cast: Cast, refused: Callable[..., Answer], kind: object
) -> None:
    answer = refused(f"breaches/{cast.breach().pk}/decisions", {"kind": kind, "what": "Enough."})
    assert "kind" in answer.problems


def test_the_second_to_decide_hears_of_the_first(
    cast: Cast, api: Api, refused: Callable[..., Answer]
) -> None:
    breach = cast.breach()
    draft = {"kind": "adjust", "what": "We call.", "check_on": "2026-12-06"}
    first = api(cast.olu).post(f"breaches/{breach.pk}/decisions", draft)
    second = refused(f"breaches/{breach.pk}/decisions", draft, status=409)
    assert second.code == "already_decided"
    assert second.body["decision"] == first.body["number"]
    replaced = api(cast.dana).post(
        f"breaches/{breach.pk}/decisions", draft | {"replaces": first.body["id"]}
    )
    assert (replaced.status, replaced.body["replaces"]) == (201, first.body["id"])


def test_a_close_posted_twice_is_closed_once(
    cast: Cast, api: Api, refused: Callable[..., Answer]
) -> None:
    review = cast.open_review()
    assert api(cast.fay).post(f"reviews/{review.pk}/close").status == 200
    answer = refused(f"reviews/{review.pk}/close", None, status=409)
    assert answer.code == "review_already_closed"


def test_a_member_that_the_shape_lacks_is_a_slip(
    cast: Cast, refused: Callable[..., Answer]
) -> None:
    body = {"metric": cast.demos.pk, "period": "2026-11-09", "vlaue": 31, LONE: 1}
    assert refused("readings", body).problems == {
        "value": "This field is required.",
        "vlaue": "There is no such member.",
        "?": "There is no such member.",
    }


def test_an_approval_is_true_or_false(cast: Cast, refused: Callable[..., Answer]) -> None:
    decision = cast.decision(cast.breach(), kind="hold_course")
    for value in ("true", 1, "no", []):
        answer = refused(f"decisions/{decision.pk}/approval", {"approved": value})
        assert answer.problems == {"approved": "This must be true or false."}
