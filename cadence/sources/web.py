"""Reading JSON from a web address, through the one place that calls out."""

from cadence.notices.addresses import Allowed, Refused, target_of
from cadence.notices.outward import Resolve, get
from cadence.sources.asking import Asked
from cadence.sources.paths import found, read_json
from cadence.sources.shapes import Answer, Failed

MOST_JSON = 2 * 1024 * 1024


def read(
    url: str, header: str, secret: str, asked: Asked, allowed: Allowed, resolve: Resolve
) -> Answer:
    """Raises Failed."""
    address = whole_address(url, asked.as_path(), allowed)
    answer = get(
        address,
        _headers(header, secret),
        within=asked.within,
        most=MOST_JSON,
        allowed=allowed,
        resolve=resolve,
    )
    if answer.error:
        raise Failed(answer.error)
    columns = (asked.period_column, asked.value_column) if asked.period_column else ()
    return found(read_json(answer.body), asked.extract, columns)


def reach(
    url: str, header: str, secret: str, within: float, allowed: Allowed, resolve: Resolve
) -> None:
    """Whether anything answers there and takes the secret. Raises Failed."""
    answer = get(
        url,
        _headers(header, secret),
        within=within,
        most=MOST_JSON,
        allowed=allowed,
        resolve=resolve,
    )
    if answer.status is None or answer.status in (401, 403, 407):
        raise Failed(answer.error)


def _headers(header: str, secret: str) -> dict[str, str]:
    return {"Accept": "application/json"} | ({header: secret} if secret else {})


def whole_address(url: str, path: str, allowed: Allowed) -> str:
    """The address of a connection and what a source adds to it. Raises Failed.

    The secret goes with it: what is added must not lead to another host (``@elsewhere``) or leave
    the part of the site that the connection names.
    """
    if path and not path.startswith(("/", "?")):
        raise Failed("What follows the address begins with / or ?.")
    if any(part in (".", "..") for part in path.replace("%2e", ".").replace("%2E", ".").split("/")):
        raise Failed("What follows the address has no parts “.” or “..”.")
    whole = url.rstrip("/") + path if path else url
    try:
        known, target = target_of(url, allowed), target_of(whole, allowed)
    except Refused as refusal:
        raise Failed(str(refusal)) from None
    if (target.secure, target.host, target.port) != (known.secure, known.host, known.port):
        raise Failed("What follows the address leads to another host.")
    return whole
