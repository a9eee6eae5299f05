"""The ``cadence`` command: every management command, without ``manage.py``."""

import os
import sys
from collections.abc import Sequence

from django.core.management import execute_from_command_line


def main(arguments: Sequence[str] | None = None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    given = list(sys.argv[1:] if arguments is None else arguments)
    execute_from_command_line(["cadence", *given])
