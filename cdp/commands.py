"""The base of every command that reads or writes the shop: it finds the tables of this version."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


class ShopCommand(BaseCommand):
    """A command on the shop's data. A database without any table gets them before the first use."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        """Make the tables of a new database; raise `CommandError` if an old one lacks some."""
        if MigrationRecorder(connection).has_table():
            require_tables()
        else:
            self.stderr.write("The database is new: creating its tables.")
            call_command("migrate", verbosity=0)


def require_tables() -> None:
    """Raise `CommandError` if the database lacks tables of this version."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(
            "The database lacks tables of this version. Run 'manage.py migrate' first."
        )
