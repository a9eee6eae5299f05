"""Secrets that must be read again: sealed in the database, opened with the installation's key.

The key is derived from the signing key, so that a copy of the database alone opens nothing. After
the signing key was changed, what it sealed is opened by the earlier ones (`SECRET_KEY_FALLBACKS`),
and sealed with the new one when it is written again.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# What every sealed text begins with: a constraint of the database refuses any other.
MARK = "s1:"
_PURPOSE = b"cadence: secrets at rest"


class SealBroken(Exception):
    """A sealed secret that no key of this installation opens."""


def seal(secret: str) -> str:
    """The secret as it may be stored; an empty one stays empty."""
    if not secret:
        return ""
    return MARK + _keys().encrypt(secret.encode("utf-8")).decode("ascii")


def unseal(sealed: str) -> str:
    """The secret. Raises SealBroken when it was sealed with a key that is not known here."""
    if not sealed:
        return ""
    if not sealed.startswith(MARK):
        raise SealBroken
    try:
        return _keys().decrypt(sealed.removeprefix(MARK).encode("ascii")).decode("utf-8")
    except (InvalidToken, UnicodeError) as error:
        raise SealBroken from error


def _keys() -> MultiFernet:
    return MultiFernet(
        [_derived(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _derived(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
