"""Milliseconds to count one condition row: through our compiler against hand-written SQL, same
engine.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr
from typing import Any

from benchmarks import harness


def main() -> None:
    """Measure and print."""
    with harness.prepared(harness.parser(__doc__ or "", repeats=9).parse_args()) as options:
        _run(options)


def _run(options: harness.Options) -> None:
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.count_cases import CASES, Case
    from segments.compiler import matching
    from segments.definitions import Definition, make_row
    from segments.models import Segment
    from segments.storing import compare, store

    harness.store_demo_shop(options.customers)
    with redirect_stderr(io.StringIO()):
        call_command("refresh", "--full", stdout=io.StringIO())

    def stored(case: Case) -> Segment:
        row = make_row(case.criterion, case.operator, case.values)
        changes = compare([Definition(case.name, (row,))])
        return store(changes, now=harness.NOW)[0]

    def by_hand(case: Case) -> int:
        with connection.cursor() as cursor:
            cursor.execute(case.sql)
            return int(cursor.fetchone()[0])

    rows: list[tuple[Any, ...]] = []
    for case in CASES:
        segment = stored(case)

        def ours(segment: Segment = segment) -> int:
            return matching(segment, now=harness.NOW).count()

        statement = _recorded(ours)

        def written(statement: tuple[str, Any] = statement) -> None:
            with connection.cursor() as cursor:
                cursor.execute(*statement)
                cursor.fetchall()

        count, expected = ours(), by_hand(case)
        whole = harness.median_seconds(ours, repeats=options.repeats)
        bare = harness.median_seconds(written, repeats=options.repeats)
        best = harness.median_seconds(lambda case=case: by_hand(case), repeats=options.repeats)
        verdict = "equal" if count == expected else f"by hand {expected:,}"
        bare_ratio, whole_ratio = bare / best, whole / best
        times = (best * 1000, bare * 1000, bare_ratio, whole * 1000, whole_ratio)
        rows.append((case.name, count, verdict, *times))
    heads = ("condition", "customers", "check", "hand ms", "SQL ms", "ratio", "Django ms", "ratio")
    harness.show(
        f"Count of one row, {options.customers:,} customers, {options.database}", heads, rows
    )
    print(
        f"Geometric means of the ratios: our SQL {_mean(row[5] for row in rows):.2f}, "
        f"with Django {_mean(row[7] for row in rows):.2f}"
    )


def _recorded(count: Callable[[], int]) -> tuple[str, Any]:
    """Return the last statement that `count` sends, with its parameters."""
    from django.db import connection

    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        count()
    return sent[-1]


def _mean(ratios: Iterable[float]) -> float:
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs))


if __name__ == "__main__":
    main()
