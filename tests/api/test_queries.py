"""What a request costs before and beside what it asks for: its token, and nothing else."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken
from tests.api.conftest import Caller
from tests.cast import AT, Cast

Api = Callable[..., Caller]
# The token with its member, organization and user; then the rows, and what comes with them.
COSTS = {"me": 2, "people": 2, "teams": 2, "ledger": 2, "changes": 2, "closing-days": 2}


def test_a_request_asks_for_its_token_once(cast: Cast, api: Api) -> None:
    obi = api(cast.obi)
    ApiToken.objects.update(last_used_at=AT)
    for path, most in COSTS.items():
        with CaptureQueriesContext(connection) as asked:
            assert obi.get(path).status == 200
        assert len(asked) <= most, (path, [one["sql"][:90] for one in asked])
