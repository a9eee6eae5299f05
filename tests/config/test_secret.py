"""The signing key: one for an installation, for its owner's eyes only."""

import stat
import threading
from pathlib import Path

from config import secret


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    first = secret.kept_in(path)
    assert len(first) >= 50
    assert secret.kept_in(path) == first


def test_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    secret.kept_in(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    together = threading.Barrier(16)
    found: list[str] = []

    def start() -> None:
        together.wait()
        found.append(secret.kept_in(path))

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["secret_key"]
