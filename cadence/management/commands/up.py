"""``cadence up``: everything that one machine needs, with one command."""

import argparse
import errno
import http.client
import os
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import Membership, Organization
from cadence.management import installation
from cadence.management.demo.people import PASSWORD
from cadence.management.supervisor import Program, Supervisor

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104, a comparison, not a place to listen


class Command(BaseCommand):
    help = "Prepare the database, then run web server, worker and timetable until Ctrl-C."
    # Checks run with `migrate`, when there is something to migrate.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT or 8000")
        parser.add_argument(
            "--demo", action="store_true", help="with an organization to try things on"
        )

    def handle(self, *args: Any, host: str, port: int, demo: bool, **options: Any) -> None:
        try:
            held = installation.hold(settings.DATA_DIR)
        except installation.AlreadyRunning as error:
            raise CommandError(
                f"Cadence already runs with {settings.DATA_DIR} (process {error})."
            ) from error
        with held:
            held.truncate(0)
            held.write(f"{os.getpid()}\n")
            held.flush()
            refuse_a_taken_port(host, port)
            self.prepare(demo)
            code = self.run(host, port, demo or settings.DEMO)
        if code:
            sys.exit(code)

    def prepare(self, demo: bool) -> None:
        if installation.unapplied_migrations() or installation.guard_faults():
            self.say("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
        self.collect_static_files()
        forget_old_messages(settings.DATA_DIR)
        if demo and not Organization.objects.exists():
            self.say("Building the demo …")
            call_command("demo", stdout=self.stdout, verbosity=0)
        # The children open connections of their own.
        connection.close()

    def collect_static_files(self) -> None:
        stamp = Path(settings.DATA_DIR) / "static.stamp"
        fingerprint = installation.static_files_fingerprint()
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        self.say("Collecting static files …")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(fingerprint)

    def run(self, host: str, port: int, demo: bool) -> int:
        environment = dict(os.environ)
        environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
        environment["CADENCE_HOSTS"] = ",".join(hosts(host))
        environment.setdefault("CADENCE_URL", address(host, port))
        if demo:
            environment["CADENCE_DEMO"] = "1"
        supervisor = Supervisor(settings.BASE_DIR, environment, self.say)
        return supervisor.run(
            programs(host, port),
            is_ready=lambda: answers(host, port),
            when_ready=lambda: self.announce(environment["CADENCE_URL"], demo),
        )

    def announce(self, url: str, demo: bool) -> None:
        lines = ["", f"Cadence is ready: {url}", ""]
        if demo:
            lines += who_can_sign_in()
        elif not Organization.objects.exists():
            lines += ["There is no organization yet; `cadence create-organization` makes one.", ""]
        lines += ["Ctrl-C stops it."]
        self.say("\n".join(lines))
        connection.close()

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def programs(host: str, port: int) -> list[Program]:
    python = [sys.executable, "-m"]
    web = ["granian", "config.wsgi:application", "--interface", "wsgi", "--no-ws"]
    web += ["--host", host, "--port", str(port), "--log-level", "warning"]
    web += ["--workers", str(settings.WEB_WORKERS)]
    web += ["--blocking-threads", str(settings.WEB_THREADS)]
    # A browser that keeps its connection open must not hold up the end.
    web += ["--workers-kill-timeout", "5"]
    if settings.ACCESS_LOG:
        web += ["--access-log"]
    celery = ["celery", "--quiet", "--app"]
    worker = ["worker", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    # Celery warns root about pickles, which this worker does not read.
    quiet = [sys.executable, "-W", "ignore:You're running the worker", "-m"]
    # A timetable inside the worker could die without anybody noticing.
    return [
        Program("web server", [*python, *web]),
        Program("worker", [*quiet, *celery, "config.celery", *worker]),
        Program("timetable", [*python, *celery, "config.timetable", "beat", "--pidfile="]),
    ]


def refuse_a_taken_port(host: str, port: int) -> None:
    """Raises CommandError, in words, when the address cannot be listened on."""
    if not 0 < port < 65536:
        # Some systems take it modulo 65536.
        raise CommandError(f"There is no port {port}: say one from 1 to 65535.")
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "another program listens there" if taken else str(error)
        other = port + 1 if 1024 <= port < 65535 else 8000
        raise CommandError(
            f"Cannot listen on {host}, port {port}: {reason}. "
            f"Say another port: `PORT={other} make run`, or `cadence up --port {other}`."
        ) from error


def hosts(host: str) -> list[str]:
    """The host names that requests may name: those of the settings, and where we listen."""
    names = list(settings.ALLOWED_HOSTS)
    if host in EVERYWHERE:
        name = socket.gethostname()
        own = [name, socket.getfqdn(), *own_addresses(name)]
    else:
        own = [f"[{host}]" if ":" in host else host]
    return names + [name for name in dict.fromkeys(own) if name not in names]


def own_addresses(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    addresses = [str(where[0]) for *_, where in found]
    return [f"[{one}]" if ":" in one else one for one in addresses]


def address(host: str, port: int) -> str:
    """The address a person on this machine opens."""
    name = "localhost" if host in EVERYWHERE | {"127.0.0.1", "::1"} else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def answers(host: str, port: int) -> bool:
    """Whether the web server says that it is alive."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    caller = http.client.HTTPConnection(local, port, timeout=2)
    try:
        caller.request("GET", "/healthz")
        return caller.getresponse().status == 200
    except OSError:
        return False
    finally:
        caller.close()


def forget_old_messages(data_dir: Path) -> None:
    """Empty the embedded broker: a wake-up call from before the last stop wakes nobody."""
    for message in (data_dir / "broker" / "messages").glob("*.msg"):
        message.unlink(missing_ok=True)


def who_can_sign_in() -> list[str]:
    """Lines that name the people of the demo, with their e-mail addresses."""
    people = (
        Membership.objects.filter(organization__is_demo=True, user__is_active=True)
        .current()
        .select_related("user")
    )
    lines = [
        f"  {one.name:<24} {one.get_role_display():<14} {one.user.email}"
        for one in people
        if one.user
    ]
    how = f"These people of the demo can sign in, by name or with the password {PASSWORD}:"
    return [how, *lines, ""] if lines else []
