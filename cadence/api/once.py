"""A POST that bears an ``Idempotency-Key`` has one effect and one answer, sent twice or more."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils.encoding import force_str
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.answers.actions import answer_once
from cadence.answers.rules import FIELD, Answer, checked_key, digest

if TYPE_CHECKING:
    from cadence.api.endpoint import Endpoint

REPLAYED = "Idempotency-Replayed"


def once(post: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """The same method, which minds the key. What it does and the answer that is kept are one
    transaction; what it refuses is raised through it, so that nothing is kept."""

    @wraps(post)
    def answered(endpoint: "Endpoint", request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(FIELD)
        # What only asks others has no effect to be had once, and takes its time: no transaction
        # is held meanwhile.
        if key is not None and endpoint.only_asks:
            checked_key(key)
        if key is None or endpoint.only_asks:
            response: Response = post(endpoint, request, *args, **kwargs)
            return response

        told: list[Answer] = []

        def act() -> Answer:
            done = post(endpoint, request, *args, **kwargs)
            told.append(_rendered(done, endpoint, request))
            for name in endpoint.told_once:
                # An answer is kept for days, and a secret never.
                done.data = {**done.data, name: None}
            return _rendered(done, endpoint, request) if endpoint.told_once else told[0]

        answer, again = answer_once(
            actor=endpoint.actor,
            at=endpoint.at,
            key=key,
            request_digest=digest("POST", request.path, request.body),
            act=act,
        )
        answer = answer if again else told[0]
        given = HttpResponse(answer.body, answer.content_type, answer.status)
        if again:
            given[REPLAYED] = "true"
        return given

    return answered


def _rendered(response: Response, endpoint: "Endpoint", request: Request) -> Answer:
    renderer = request.accepted_renderer
    body = renderer.render(
        response.data, request.accepted_media_type, endpoint.get_renderer_context()
    )
    return Answer(response.status_code, renderer.media_type, force_str(body))
