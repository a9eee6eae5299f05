"""Runs a few programs together: all of them, or none.

Each program leads a process group of its own, so that whatever it started goes with it, and Ctrl-C
in a terminal reaches the supervisor alone, which then asks each program to stop.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

LOOK_EVERY = 0.1  # seconds
GRACE = 20.0  # seconds from asking to killing
PR_SET_PDEATHSIG = 1
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]


class Supervisor:
    """``say`` is told, in sentences, what happens that somebody should know."""

    def __init__(self, folder: Path, environment: Mapping[str, str], say: Callable[[str], None]):
        self.folder = folder
        self.environment = environment
        self.say = say
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.times_asked = 0

    def run(
        self,
        programs: Sequence[Program],
        *,
        is_ready: Callable[[], bool],
        when_ready: Callable[[], None],
        patience: float = 60.0,
    ) -> int:
        """Start the programs, wait until they are asked to stop or one of them ends; stop all.

        Returns the exit code: 0 when asked to stop, 1 when a program ended by itself or was not
        ready within ``patience`` seconds.
        """
        before = {number: signal.signal(number, self._asked) for number in STOPPING}
        try:
            for program in programs:
                self._start(program)
            return self._watch(is_ready, when_ready, time.monotonic() + patience)
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _watch(
        self, is_ready: Callable[[], bool], when_ready: Callable[[], None], give_up_at: float
    ) -> int:
        waiting = True
        while not self.times_asked:
            for name, process in self.running.items():
                if process.poll() is not None:
                    self.say(f"The {name} {ending(process.returncode)}. Stopping the others.")
                    return 1
            if waiting and is_ready():
                waiting = False
                when_ready()
            elif waiting and time.monotonic() > give_up_at:
                self.say("The web server did not answer in time. Stopping.")
                return 1
            time.sleep(LOOK_EVERY)
        self.say("Stopping …")
        return 0

    def _start(self, program: Program) -> None:
        self.running[program.name] = subprocess.Popen(  # noqa: S603, our own commands
            program.command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=stop_with_parent if sys.platform == "linux" else None,
        )

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.times_asked += 1

    def _stop(self) -> None:
        """Ask every program to stop; kill what has not after a while, or when asked again."""
        asked_before = self.times_asked
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        kill_at = time.monotonic() + GRACE
        while any(process.poll() is None for process in self.running.values()):
            if time.monotonic() > kill_at or self.times_asked > max(asked_before, 1):
                names = [name for name, process in self.running.items() if process.poll() is None]
                self.say(f"Killing: {', '.join(names)}.")
                break
            time.sleep(LOOK_EVERY)
        for process in self.running.values():
            # The whole group: a killed program leaves the processes that it started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def stop_with_parent() -> None:
    """In the child: be asked to stop when the supervisor dies without being able to say so."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def ending(code: int) -> str:
    """How a program ended, from the code that Popen gives: negative when a signal ended it."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
