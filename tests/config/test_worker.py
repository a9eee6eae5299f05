"""The worker's set-up: nothing that it forgets may matter."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings

from config.celery import app, broker


def test_the_embedded_broker_is_a_folder_in_the_data_directory(tmp_path: Path) -> None:
    found = broker("", tmp_path)
    assert found["broker_url"].startswith("filesystem:")
    for folder in found["broker_transport_options"].values():
        assert Path(folder).is_dir()
        assert Path(folder).is_relative_to(tmp_path)


def test_another_broker_is_taken_by_its_url(tmp_path: Path) -> None:
    assert broker("redis://localhost/0", tmp_path) == {"broker_url": "redis://localhost/0"}
    assert not list(tmp_path.iterdir())


def test_a_tick_a_minute_and_none_that_is_older() -> None:
    entry = app.conf.beat_schedule["tick"]
    assert entry["task"] == "cadence.tick"
    assert entry["schedule"] == settings.TICK_SECONDS == 60
    assert entry["options"]["expires"] == settings.TICK_SECONDS


def test_the_tick_of_the_timetable_exists() -> None:
    app.loader.import_default_modules()
    assert "cadence.tick" in app.tasks


def test_no_result_is_kept_and_nobody_controls_the_worker_through_the_broker() -> None:
    assert app.conf.task_ignore_result is True
    assert app.conf.result_backend is None
    assert app.conf.worker_enable_remote_control is False
    assert app.conf.accept_content == ["json"]


def test_the_timetable_says_when_and_loads_nothing_of_what_is_done() -> None:
    said = (
        "import sys; from config.timetable import app; from config.celery import app as worker; "
        "assert app.conf.beat_schedule == worker.conf.beat_schedule != {}; "
        "assert app.conf.broker_url == worker.conf.broker_url; "
        "assert 'cadence.models' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", said], check=True)
