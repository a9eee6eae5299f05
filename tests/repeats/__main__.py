"""`python -m tests.repeats`, on the database of DATABASE_URL: migrated, and of no other use."""

import argparse
import os

import django

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=100)
parser.add_argument("--processes", type=int, default=8)
parser.add_argument("--json", action="store_true", help="a line of JSON")

if __name__ == "__main__":
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.repeats.harness import run

    tally = run(given.rounds, given.processes)
    print(tally.as_json() if given.json else tally)
    raise SystemExit(tally.faults or None)
