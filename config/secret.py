"""The signing key of an installation, made once and kept in a file nobody else may read."""

import os
import secrets
import tempfile
from pathlib import Path


def kept_in(path: Path) -> str:
    """The key in the file, which is made if it is not there, by one process of many that start."""
    if not path.exists():
        # Written aside and linked: another process that is starting must never read an empty key.
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".secret_key-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(50))
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)
        except FileExistsError:
            pass  # Another process was first; its key counts.
        finally:
            Path(aside).unlink()
    return path.read_text()
