"""Rows per second into the database: our bulk writing and the whole CSV import against the driver.

The yardstick is raw COPY (PostgreSQL) or executemany (SQLite) of rows already in the driver's form,
in chunks of the same size, into the same empty table with all its indexes.
"""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import harness

KINDS = ("customers", "products", "orders", "order_lines", "events")
IMPORT_REPEATS = 3


@dataclass
class Subject:
    """A table to fill: its rows as the driver and as Python want them, and the measured seconds."""

    kind: str
    model: Any
    key: tuple[str, ...]
    columns: tuple[str, ...]
    raw: list[Any]
    values: list[Any]
    stored: list[Any]
    seconds: dict[str, float] = field(default_factory=dict)

    def rate(self, way: str) -> float:
        """Return rows per second."""
        return len(self.raw) / self.seconds[way]

    def cells(self, *ways: str) -> tuple[object, ...]:
        """Return thousand rows/s and the ratio to the driver for each way."""
        return tuple(
            value
            for way in ways
            for value in (self.rate(way) / 1000, self.rate(way) / self.rate("driver"))
        )


def main() -> None:
    """Measure and print."""
    arguments = harness.parser(__doc__ or "", customers=20_000)
    with harness.prepared(arguments.parse_args()) as options:
        _run(options)


def _run(options: harness.Options) -> None:
    from django.db import connection

    from cdp.demo import shop
    from cdp.ingest.job import CHUNK_ROWS

    plan = shop.default_plan(customers=options.customers, seed=1, end=harness.END, now=harness.NOW)
    subjects = _subjects(plan)
    for subject in subjects:
        _measure_bulk(subject, size=CHUNK_ROWS[connection.vendor], repeats=options.repeats)
    harness.show(
        f"cdp.bulk, {options.database}, thousand rows/s (ratio to the driver alone)",
        ("table", "rows", "driver", "insert_rows", "ratio", "upsert new", "ratio", "same", "ratio"),
        [
            (s.kind, len(s.raw), s.rate("driver") / 1000, *s.cells("insert", "new", "same"))
            for s in subjects
        ],
    )
    _measure_import(plan, subjects, options)
    harness.show(
        f"CSV import as a whole, {options.database}, thousand rows/s (ratio to the driver alone)",
        ("file", "rows", "driver", "new", "ratio", "unchanged", "ratio"),
        [
            (s.kind, len(s.raw), s.rate("driver") / 1000, *s.cells("file new", "file same"))
            for s in subjects
        ],
    )


def _subjects(plan: Any) -> list[Subject]:
    """Make the demo shop in memory, with its labels stored."""
    from cdp.demo import shop
    from cdp.demo.catalogue_tables import store_labels
    from cdp.demo.tables import Numbers
    from cdp.models import Customer, Event, Order, OrderLine, Product

    shop.name_shop(plan)
    tables: dict[Any, list[Any]] = {}
    for part in shop.parts(plan, labels=store_labels(plan.source), numbers=Numbers()):
        for table in part.tables:
            tables.setdefault(table.model, []).append(table)
    subjects = []
    for kind, model in zip(KINDS, (Customer, Product, Order, OrderLine, Event), strict=True):
        key = ("order_id" if model is OrderLine else "source", "external_id")
        rest = [name for name in tables[model][0].columns if name not in ("id", *key)]
        columns = (*key, *rest)
        raw = [
            row
            for table in tables[model]
            for row in zip(*(table.columns[name] for name in columns), strict=True)
        ]
        readers = _readers(model, columns)
        values = [
            tuple(
                None if value is None else reader(value)
                for reader, value in zip(readers, row, strict=True)
            )
            for row in raw
        ]
        subjects.append(Subject(kind, model, key, columns, raw, values, tables[model]))
    return subjects


def _measure_bulk(subject: Subject, *, size: int, repeats: int) -> None:
    """Fill the table by every road, from empty, and leave it filled for the tables that need it."""
    from cdp import bulk

    model, columns = subject.model, subject.columns

    def empty() -> None:
        bulk.clear([model])

    def driver() -> None:
        for chunk in _chunks(subject.raw, size):
            bulk.insert_prepared(model, columns, chunk)

    def insert() -> None:
        for chunk in _chunks(subject.values, size):
            bulk.insert_rows(model, columns, chunk)

    def upsert() -> None:
        for chunk in _chunks(subject.values, size):
            bulk.upsert(model, columns, chunk, key=subject.key)

    def median(work: Callable[[], None], before: Callable[[], None] | None = empty) -> float:
        return harness.median_seconds(work, repeats=repeats, before=before)

    subject.seconds = {
        "driver": median(driver),
        "insert": median(insert),
        "new": median(upsert),
        "same": median(upsert, before=None),
    }
    empty()
    for table in subject.stored:
        bulk.insert_prepared(model, tuple(table.columns), table.rows)
    bulk.analyze([model])


def _measure_import(plan: Any, subjects: Sequence[Subject], options: harness.Options) -> None:
    """Import the shop's files into the emptied database, then once more unchanged."""
    from django.core.management import call_command

    from cdp import bulk
    from cdp.demo import files, shop

    folder = options.folder / "csv"
    for _written in files.write(plan, folder, figures=shop.Figures()):
        pass

    def take(path: Path) -> float:
        def work() -> None:
            with redirect_stderr(io.StringIO()):
                call_command("import_csv", path.stem, str(path), stdout=io.StringIO())

        return harness.seconds(work)

    times: dict[str, list[float]] = {}
    for _repeat in range(min(options.repeats, IMPORT_REPEATS)):
        bulk.clear([*shop.TABLES, *shop.LABELS])
        shop.name_shop(plan)
        for way in ("file new", "file same"):
            for subject in subjects:
                path = folder / f"{subject.kind}.csv"
                times.setdefault(f"{subject.kind} {way}", []).append(take(path))
    for subject in subjects:
        for way in ("file new", "file same"):
            subject.seconds[way] = statistics.median(times[f"{subject.kind} {way}"])


def _chunks(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _readers(model: Any, columns: Sequence[str]) -> list[Callable[[Any], Any]]:
    """Return what turns the driver's values into Python's: Decimal, aware datetime."""
    from datetime import UTC, datetime

    from django.db import models

    from cdp.money import MoneyField, from_units

    fields = {item.attname: item for item in model._meta.concrete_fields}

    def reader(name: str) -> Callable[[Any], Any]:
        if isinstance(fields[name], MoneyField):
            return from_units
        if isinstance(fields[name], models.DateTimeField):
            return lambda value: datetime.fromisoformat(value).replace(tzinfo=UTC)
        return lambda value: value

    return [reader(name) for name in columns]


if __name__ == "__main__":
    main()
