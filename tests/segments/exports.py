"""A shop whose ten customers are exported, three at a time, to a folder of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from analytics.refresh import refresh_now
from cdp.jobs.runner import run_in_foreground
from cdp.models import Customer
from segments.handouts.export_files import folder
from segments.models import Export, Segment
from tests import factories
from tests.conftest import NOW

DAY = timedelta(days=1)
COLUMN_KEYS = ["customer_id", "email", "revenue"]


def make_everybody() -> Segment:
    """A segment of ten customers with an order each."""
    factories.make_shop()
    for number in range(10):
        customer = factories.make_customer(
            external_id=f"c{number}", email=f"c{number}@example.com", first_name="=1+1"
        )
        factories.make_order(customer, datetime(2026, 7, 1, 22, 30, tzinfo=UTC), total="1234.50")
    refresh_now(now=NOW, full=True)
    return factories.make_static_segment("Everybody", list(Customer.objects.all()), NOW)


def run(export: Export, *, now: datetime = NOW) -> Export:
    """Work on the job to its end."""
    assert export.job is not None
    run_in_foreground(export.job, clock=lambda: now, pause=lambda seconds: None)
    return Export.objects.select_related("segment", "selection", "job").get(pk=export.pk)


def text_of(export: Export) -> str:
    """What the file says."""
    return (folder() / export.path).read_bytes().decode("utf-8")


def files() -> list[str]:
    """What lies in the folder of exports."""
    return sorted(path.name for path in folder().iterdir())
