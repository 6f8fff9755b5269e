"""Runs the background workers."""

from __future__ import annotations

import argparse

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cdp.commands import require_tables
from cdp.exceptions import RegularsError
from cdp.jobs.supervisor import Supervisor, run_cluster


class Command(BaseCommand):
    """Start the workers and keep them alive."""

    help = (
        "Runs the background workers until it is stopped (Ctrl-C or SIGTERM). It starts them anew "
        "when they die or hang. Run it under a supervisor that restarts it; several machines "
        "may each run one on the same PostgreSQL."
    )
    requires_system_checks = []  # Made in `handle`; the cluster need not repeat them.

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the option by which the command starts its own cluster."""
        parser.add_argument("--cluster-of", type=int, help=argparse.SUPPRESS)

    def handle(self, *args: object, cluster_of: int | None, **options: object) -> None:
        """Be the supervisor, or the cluster that it has started."""
        if cluster_of is not None:
            if not run_cluster(cluster_of):
                raise CommandError("The guard of the workers was killed.")
            return
        require_tables()
        self.check(databases=["default"])
        self.stdout.write(
            f"Workers: {settings.Q_CLUSTER['workers']}, database: {connection.display_name}. "
            "Stop with Ctrl-C."
        )
        connection.close()
        try:
            Supervisor(say=self.stdout.write).run()
        except RegularsError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The workers have stopped.")
