"""Secrets that are shown once: API tokens and invitation links. Only their hashes are stored."""

import hashlib
import secrets

PREFIX = "cad_"


def new_secret() -> tuple[str, str, str]:
    """A fresh secret, the prefix by which people tell it apart, and the digest to store."""
    secret = PREFIX + secrets.token_urlsafe(32)
    return secret, secret[:12], digest_of(secret)


def digest_of(secret: str) -> str:
    """SHA-256 in hex. A fast hash is right: the secret has 256 bits and cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
