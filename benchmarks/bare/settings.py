"""A bare Django project on the same database: no middleware, no app but its own."""

import os
from pathlib import Path

from config import env

SECRET_KEY = "only for measuring"  # noqa: S105 - of a project that is thrown away
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
INSTALLED_APPS = ["benchmarks.bare"]
ROOT_URLCONF = "benchmarks.bare.views"
DATABASES = {"default": env.database(os.environ["DATABASE_URL"], Path())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
