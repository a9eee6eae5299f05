"""What a page reads again and again is read once; who changed something sees the change."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.memo import remembered, remembering
from accounts.models import Team
from accounts.tree import Tree
from tests.cast import Cast


def test_nothing_is_remembered_outside_of_a_page() -> None:
    asked = iter([1, 2, 3])
    assert remembered("it", lambda: next(asked)) == 1
    with remembering():
        assert remembered("it", lambda: next(asked)) == 2
        assert remembered("it", lambda: next(asked)) == 2
    assert remembered("it", lambda: next(asked)) == 3


def test_a_failure_is_not_remembered() -> None:
    def fails() -> int:
        raise LookupError

    with remembering():
        with pytest.raises(LookupError):
            remembered("it", fails)
        assert remembered("it", lambda: 1) == 1


def test_the_tree_is_read_once_for_a_page(cast: Cast) -> None:
    with remembering(), CaptureQueriesContext(connection) as captured:
        assert Tree(cast.acme).path(cast.demand.pk) == Tree(cast.acme).path(cast.demand.pk)
    assert len(captured) == 2  # teams, and the sponsor


def test_whoever_changes_a_team_sees_the_change(cast: Cast) -> None:
    assert Tree(cast.acme).acting_owner(cast.partners.pk) == cast.dana
    Team.objects.filter(pk=cast.partners.pk).update(lead=cast.nils)
    assert Tree(cast.acme).acting_owner(cast.partners.pk) == cast.nils
