"""Settings from the environment: loud when a value cannot be read, never guessed."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from cadence.notices.addresses import Allowed

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def boolean(name: str, default: bool = False) -> bool:
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {raw!r}; say true or false.")


def integer(name: str, default: int, *, least: int | None = None) -> int:
    raw = os.environ.get(name)
    if raw is None or raw == "":
        return default
    try:
        number = int(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {raw!r}; say a whole number.") from error
    if least is not None and number < least:
        raise ImproperlyConfigured(f"{name} is {raw!r}; say {least} or more.")
    return number


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated words, empty ones dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def receivers(name: str) -> list[str]:
    """Comma-separated ``host:port`` or networks such as ``10.2.0.0/16``."""
    found = words(name)
    try:
        Allowed.of(found)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error
    return found


def choice(name: str, default: str, choices: set[str]) -> str:
    """One of the choices; upper and lower case are the same."""
    raw = text(name) or default
    for one in choices:
        if raw.lower() == one.lower():
            return one
    raise ImproperlyConfigured(f"{name} is {raw!r}; say one of {', '.join(sorted(choices))}.")


def address(name: str, default: str) -> str:
    """``https://host`` or ``http://host:port``, without a slash at the end."""
    raw = (text(name) or default).rstrip("/")
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
        raise ImproperlyConfigured(f"{name} is {raw!r}; say https://host or http://host:port.")
    return raw


def folder(name: str, default: Path) -> Path:
    """An absolute path of a folder that is there. A new one is for its owner's eyes only."""
    path = Path(text(name) or default).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} is {str(path)!r}; {error}.") from error
    return path


def existing_folder(name: str) -> Path | None:
    """An absolute path of a folder that is there already; None when the variable is empty."""
    if not text(name):
        return None
    path = Path(text(name))
    if not path.is_absolute() or not path.is_dir():
        raise ImproperlyConfigured(f"{name} is {text(name)!r}; say the path of a folder from /.")
    return path


def database(url: str, data_dir: Path) -> dict[str, object]:
    """A Django DATABASES entry for ``sqlite:///path`` or ``postgres://user:pass@host:port/name``.

    An empty URL is the SQLite file in the data directory. Raises ImproperlyConfigured for
    any other scheme.
    """
    if not url:
        return sqlite(str(data_dir / "cadence.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(unquote(parts.path[1:]) or ":memory:")
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {parts.scheme!r}; say sqlite:///path or postgres://…"
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or query.pop("host", "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": integer("DATABASE_CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


def sqlite(name: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # Without IMMEDIATE two writers that read first end in "database is locked",
            # and a guard that reads could be outrun.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                "PRAGMA foreign_keys=ON;PRAGMA recursive_triggers=ON;"
            ),
        },
    }
