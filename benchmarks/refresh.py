"""Seconds to compute all statistics and labels: our refresh against hand-written SQL and a pandas
script.
"""

from __future__ import annotations

import io
from contextlib import redirect_stderr

from benchmarks import harness

CHANGED_SHARE = 0.005


def main() -> None:
    """Measure and print."""
    with harness.prepared(harness.parser(__doc__ or "").parse_args()) as options:
        _run(options)


def _run(options: harness.Options) -> None:
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import classify_pandas, classify_sql
    from cdp import bulk
    from cdp.models import Customer, CustomerChange

    harness.store_demo_shop(options.customers)

    def refresh(*arguments: str) -> None:
        with redirect_stderr(io.StringIO()):
            call_command("refresh", *arguments, stdout=io.StringIO())

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

    first = harness.seconds(lambda: refresh("--full"))
    full = harness.median_seconds(lambda: refresh("--full"), repeats=options.repeats)
    nothing = harness.median_seconds(refresh, repeats=options.repeats)
    few = harness.median_seconds(refresh, repeats=options.repeats, before=touch)
    by_sql = harness.median_seconds(sql, repeats=options.repeats, before=forget)
    by_pandas = harness.median_seconds(classify_pandas.classify, repeats=options.repeats)
    harness.show(
        f"Refresh of {options.customers:,} customers, {options.database}",
        ("what", "seconds", "to SQL", "to pandas", "to full"),
        [
            (name, value, value / by_sql, value / by_pandas, value / full)
            for name, value in (
                ("refresh --full, first (all rows new)", first),
                ("refresh --full, again", full),
                (f"refresh of {changed:,} changed customers", few),
                ("refresh of nothing", nothing),
                ("hand-written SQL into temporary tables", by_sql),
                ("pandas script, nothing written", by_pandas),
            )
        ],
    )


if __name__ == "__main__":
    main()
