"""`python -m tests.kills`, on the database of DATABASE_URL: migrated, and used for nothing else."""

import argparse
import os
import tempfile
from pathlib import Path

import django

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=300)
parser.add_argument("--seed", type=int, default=7)
parser.add_argument("--json", action="store_true", help="a line of JSON for each order")

if __name__ == "__main__":
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.db import connection

    from tests.kills.harness import ORDERS, run, table

    with tempfile.TemporaryDirectory() as folder:
        tallies = [run(order, given.rounds, given.seed, Path(folder)) for order in ORDERS]
    if given.json:
        print("\n".join(one.as_json() for one in tallies))
    else:
        print(table(connection.vendor, tallies))
