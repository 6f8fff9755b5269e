from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cdp.jobs.lease import claim
from cdp.jobs.requests import enqueue
from cdp.models import Job, JobState
from cdp.terminal import JobBar
from tests.cdp.jobs.kinds import numbers_of
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def jobs(*args):
    out = io.StringIO()
    call_command("jobs", *args, stdout=out)
    return out.getvalue()


def test_list_of_an_empty_installation_says_so():
    assert jobs("list") == "There are no jobs.\n"


def test_list_shows_the_latest_first():
    first, second = enqueue("counting", "a", now=NOW), enqueue("counting", "b", now=NOW)
    Job.objects.filter(pk=first.pk).update(
        state=JobState.FAILED, done=3, total=10, rejected=1, message="The file is gone."
    )
    assert jobs("list").splitlines() == [
        f"Job {second.pk} (counting b): queued, 0 done.",
        f"Job {first.pk} (counting a): failed, 3 of 10 done, 1 rejected. The file is gone.",
    ]
    assert len(jobs("list", "--live").splitlines()) == 1
    assert len(jobs("list", "--limit", "1").splitlines()) == 1


def test_run_works_on_a_job_without_a_worker():
    job = enqueue("counting", now=NOW)
    assert f"Job {job.pk} (counting): done, 10 of 10 done." in jobs("run", str(job.pk))
    assert numbers_of(job) == list(range(10))


def test_cancel_and_retry_from_the_terminal():
    job = enqueue("counting", now=NOW)
    assert "cancelled" in jobs("cancel", str(job.pk))
    assert "queued" in jobs("retry", str(job.pk))
    with pytest.raises(CommandError, match="cannot be retried"):
        jobs("retry", str(job.pk))


def test_cancel_of_a_running_job_says_that_it_takes_a_moment():
    job = enqueue("counting", now=NOW)
    claim(job.pk, now=timezone.now())
    assert jobs("cancel", str(job.pk)) == f"Job {job.pk} stops before its next step counts.\n"


def test_unknown_job_is_named():
    with pytest.raises(CommandError, match="no job 99"):
        jobs("run", "99")


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_bar_shows_progress_where_somebody_watches():
    screen = Screen()
    with JobBar("orders.csv", stream=screen) as bar:
        bar(Job(done=5000, total=10_000, message="Reading."))
    assert "orders.csv:  50%" in screen.getvalue()
    assert "Reading." in screen.getvalue()


def test_bar_is_silent_in_a_log():
    log = io.StringIO()
    with JobBar("orders.csv", stream=log) as bar:
        bar(Job(done=5, total=10))
    assert log.getvalue() == ""
