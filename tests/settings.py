"""The product's settings, with a data directory of its own and quick password hashes."""

import os
from pathlib import Path

os.environ["CADENCE_DATA_DIR"] = str(Path(__file__).resolve().parent.parent / "var" / "tests")
os.environ.setdefault("CADENCE_LOG_LEVEL", "WARNING")
# A developer's own settings must not decide whether the tests pass; DATABASE_URL may.
for name in (
    "CADENCE_URL",
    "CADENCE_HOSTS",
    "CADENCE_DEBUG",
    "CADENCE_DEMO",
    "CADENCE_TICK_SECONDS",
    "CADENCE_DELIVER_SECONDS",
    "CADENCE_IMPORT_SECONDS",
    "CADENCE_OUTBOUND_ALLOW",
    "CADENCE_SOURCES_ALLOW",
    "CADENCE_SOURCES_FOLDER",
    "EMAIL_HOST",
    "CADENCE_API_RATE",
):
    os.environ.pop(name, None)

from config.settings import *  # noqa: E402, F403

# Tests ask as fast as they can; those of the limit set one.
API_RATE = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    # The names in the manifest exist only after collectstatic.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
