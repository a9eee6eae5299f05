"""A small client of Cadence's API: Python 3.11, and nothing to install.

    CADENCE=http://localhost:8000/api/v1 TOKEN=cad_… python client.py

It waits when the API says so, sends the same request again without doing the same thing twice, and
walks lists of any length. Copy it and take what you need.
"""

import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TRIES = 5
say = print


class Refused(Exception):
    """The problem document of an answer: ``code`` is for programs, the text for people."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        fields = [f"{one['field']}: {one['message']}" for one in problem.get("problems", ())]
        super().__init__("; ".join([str(problem.get("detail")), *fields]))
        self.problem = problem
        self.code = problem.get("code")


class Cadence:
    def __init__(self, address: str, token: str) -> None:
        self.address = address.rstrip("/")
        self.token = token

    def get(self, path: str, **asked: Any) -> Any:
        return self._ask("GET", f"{path}?{urlencode(asked)}" if asked else path)

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        """``key`` names what is to be done, so that a request sent twice is done once."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._ask("POST", path, {} if body is None else body, headers)

    def patch(self, path: str, body: Any, *, tag: str = "") -> Any:
        """With the ``ETag`` that was read, only when nothing has changed since."""
        return self._ask("PATCH", path, body, {"If-Match": tag} if tag else {})

    def every(self, path: str, **asked: Any) -> Iterator[Any]:
        """All rows of a list, page by page."""
        page = self.get(path, **{"limit": 200, **asked})
        while True:
            yield from page["results"]
            if page["next"] is None:
                return
            page = self._ask("GET", page["next"])

    def changes(self, after: int = 0) -> Iterator[Any]:
        """What happened after a number, until now. Keep the last number, and go on from it."""
        while True:
            page = self.get("changes", after=after, limit=1000)
            yield from page["results"]
            after = page["after"]
            if not page["more"]:
                return

    def _ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        where = path if path.startswith("http") else f"{self.address}/{path}"
        data = None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if data is not None:
            sent["Content-Type"] = "application/json"
        for left in reversed(range(TRIES)):
            request = Request(where, data, sent, method=method)  # noqa: S310, the address is yours
            try:
                with urlopen(request, timeout=60) as answer:  # noqa: S310
                    return json.load(answer)
            except HTTPError as error:
                if error.code not in {429, 503} or not left:
                    raise Refused(json.load(error)) from None
                time.sleep(int(error.headers.get("Retry-After", "1")))
            except URLError:
                # Nobody knows whether it was heard. A GET, and a POST with its key, are sent again.
                if method == "PATCH" or not left:
                    raise
                time.sleep(1)
        raise AssertionError("The last try has returned or raised.")


def main() -> None:
    cadence = Cadence(os.environ["CADENCE"], os.environ["TOKEN"])
    me = cadence.get("me")
    say(f"{me['member']['name']}, {me['organization']['name']}")
    for breach in cadence.every("breaches", undecided="true"):
        say(f"to decide by {breach['due_at']}: {breach['metric']['name']}")
    for metric in cadence.every("metrics"):
        say(f"{metric['key']}: {metric['state']['result']}")
    last = 0
    for change in cadence.changes():
        last = change["number"]
    say(f"{last} entries in the ledger")


if __name__ == "__main__":
    main()
