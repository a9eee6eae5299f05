"""Browsers in which somebody has signed in."""

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from accounts.models import User


def end_sessions(user: User, at: datetime) -> int:
    """Sign a person out everywhere; how many sessions there were.

    Each is read: a session does not say in a column whose it is.
    """
    key = str(user.pk)
    live = Session.objects.filter(expire_date__gt=at).iterator(chunk_size=500)
    theirs = [one.session_key for one in live if one.get_decoded().get(SESSION_KEY) == key]
    for start in range(0, len(theirs), 500):
        Session.objects.filter(session_key__in=theirs[start : start + 500]).delete()
    return len(theirs)
