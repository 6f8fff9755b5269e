"""Seconds to compute all statistics and labels: our refresh against hand-written SQL and a pandas
script; then, step by step, of a refresh that learns and predicts as well.
"""

from __future__ import annotations

import resource
import time
from datetime import datetime

from benchmarks import harness

CHANGED_SHARE = 0.005
KILOBYTES = 1_000_000


def main() -> None:
    """Measure and print."""
    with harness.prepared(harness.parser(__doc__ or "").parse_args()) as options:
        _run(options)


def _run(options: harness.Options) -> None:
    from django.db import connection

    from analytics.refresh import refresh_now
    from benchmarks import classify_pandas, classify_sql
    from cdp import bulk
    from cdp.models import Customer, CustomerChange

    harness.store_demo_shop(options.customers)

    def refresh(*, full: bool = False) -> None:
        refresh_now(now=harness.NOW, full=full, predicts=False)

    def sql() -> None:
        with connection.cursor() as cursor:
            for statement in classify_sql.statements(connection.vendor):
                cursor.execute(statement)

    def forget() -> None:
        with connection.cursor() as cursor:
            for table in classify_sql.tables():
                cursor.execute(f"DROP TABLE IF EXISTS {table}")

    changed = max(int(options.customers * CHANGED_SHARE), 1)
    some = list(Customer.objects.order_by("bucket", "pk").values_list("pk", flat=True)[:changed])

    def touch() -> None:
        rows = [(pk, harness.NOW, None) for pk in some]
        columns = ("customer_id", "changed_at", "oldest_order_at")
        bulk.upsert(CustomerChange, columns, rows, key=("customer_id",))

    first = harness.seconds(lambda: refresh(full=True))
    full = harness.median_seconds(lambda: refresh(full=True), repeats=options.repeats)
    nothing = harness.median_seconds(refresh, repeats=options.repeats)
    few = harness.median_seconds(refresh, repeats=options.repeats, before=touch)
    by_sql = harness.median_seconds(sql, repeats=options.repeats, before=forget)
    by_pandas = harness.median_seconds(classify_pandas.classify, repeats=options.repeats)
    harness.show(
        f"Refresh without predictions of {options.customers:,} customers, {options.database}",
        ("what", "seconds", "to SQL", "to pandas", "to full"),
        [
            (name, value, value / by_sql, value / by_pandas, value / full)
            for name, value in (
                ("full refresh, first (all rows new)", first),
                ("full refresh, again", full),
                (f"refresh of {changed:,} changed customers", few),
                ("refresh of nothing", nothing),
                ("hand-written SQL into temporary tables", by_sql),
                ("pandas script, nothing written", by_pandas),
            )
        ],
    )
    for title in ("first", "again"):
        steps, total = _steps(harness.NOW)
        harness.show(
            f"Full refresh with predictions, {title}: "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES:.1f} GB at most",
            ("step", "chunks", "longest, seconds", "seconds", "share"),
            [(*step, step[-1] / total) for step in steps] + [("all", "", "", total, 1.0)],
        )


def _steps(now: datetime) -> tuple[list[tuple[str, int, float, float]], float]:
    """Refresh everybody; return of each step its chunks, the longest and all seconds, and the sum.

    A step is a phase of the refresh, or one lesson.
    """
    from django.db import transaction

    from analytics import predicting
    from analytics import refresh as engine
    from analytics.models import Refresh

    with transaction.atomic():
        Refresh.objects.request(now=now, as_of=None, is_full=True)
        position, _total = engine.plan(now=now)
    found: dict[str, list[float]] = {}
    while position.phase != engine.DONE:
        name = position.phase
        if name == engine.LEARN:
            lesson = predicting.lessons(position.refresh.part)[position.after]
            name = f"learn: {lesson.key}"
        began = time.perf_counter()
        chunk = engine.read(position)
        with transaction.atomic():
            position, _done = engine.write(position, chunk, now=now)
        found.setdefault(name, []).append(time.perf_counter() - began)
    steps = [(name, len(spent), max(spent), sum(spent)) for name, spent in found.items()]
    return steps, sum(step[-1] for step in steps)


if __name__ == "__main__":
    main()
