"""The job that refreshes segments: one after the other, whatever happens to one of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.refresh import refresh_now
from cdp.jobs.runner import enqueue, run_in_foreground
from cdp.models import Job, JobState
from segments.definitions import Definition, RowDefinition, make_row
from segments.models import Condition, Membership, Segment, SegmentRun
from segments.storing import compare, store
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

COUNTRY = make_row("country", "is_any_of", {"values": ["DK"]})
HOUR = timedelta(hours=1)


def asks_for(name: str) -> RowDefinition:
    return make_row("in_segment", "is_member", {"segment": name})


def define(*definitions: Definition) -> None:
    store(compare(definitions), now=NOW)


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.make_shop()
    factories.make_customer(country="DK")
    refresh_now(now=NOW, full=True)


def run() -> Job:
    return run_in_foreground(
        enqueue("refresh_segments", now=NOW), clock=lambda: NOW, pause=lambda seconds: None
    )


def test_the_job_refreshes_one_segment_after_the_other() -> None:
    define(Definition("Inner", (asks_for("Danes"),)), Definition("Danes", (COUNTRY,)))
    job = run()
    assert (job.state, job.done, job.total) == (JobState.DONE, 2, 2)
    assert job.message == "Refreshed 2 segments."
    assert Membership.objects.count() == 2


def test_the_job_ends_at_once_where_nothing_is_due() -> None:
    job = run()
    assert (job.state, job.total) == (JobState.DONE, 0)
    assert job.message == "Every segment was up to date."


def test_one_broken_segment_does_not_stop_the_others() -> None:
    define(Definition("Broken", (COUNTRY,)), Definition("Danes", (COUNTRY,)))
    Condition.objects.filter(segment__name="Broken").update(operator="gone")
    job = run()
    assert (job.state, job.done) == (JobState.DONE, 2)
    assert "gone" in Segment.objects.get(name="Broken").error
    assert Segment.objects.get(name="Danes").member_count == 1


def test_the_job_says_how_many_segments_could_not_be_computed() -> None:
    define(Definition("Broken", (COUNTRY,)), Definition("Danes", (COUNTRY,)))
    Condition.objects.filter(segment__name="Broken").update(operator="gone")
    assert "1 could not be computed" in run().message


def test_the_job_goes_on_from_where_it_stood() -> None:
    define(Definition("A", (COUNTRY,)), Definition("B", (COUNTRY,)), Definition("C", (COUNTRY,)))

    class Killed(BaseException):
        pass

    def interrupt(job: Job) -> None:
        if job.done == 1:
            raise Killed

    job = enqueue("refresh_segments", now=NOW)
    with pytest.raises(Killed):
        run_in_foreground(job, progress=interrupt, clock=lambda: NOW, pause=lambda seconds: None)
    Job.objects.update(lease_until=NOW - HOUR)
    Segment.objects.filter(name="B").delete()
    job = run()
    assert (job.state, job.done, job.total) == (JobState.DONE, 3, 3)
    assert SegmentRun.objects.count() == 2
