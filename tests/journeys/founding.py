"""``python -m tests.journeys.founding SLUG`` founds an organization and prints, as JSON, what a
client of the API needs to know of it."""
# ruff: noqa: E402 - models come after the set-up

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.journeys.world import found

if __name__ == "__main__":
    print(json.dumps(found(sys.argv[1]).told()))
