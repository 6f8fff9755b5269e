"""Two workers at the same moment; SQLite has one writer at a time, so this needs PostgreSQL."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from cdp.jobs.lease import claim
from cdp.jobs.requests import enqueue
from cdp.jobs.runner import run_job
from cdp.models import Job, JobState
from tests.cdp.jobs.kinds import FakeClock, numbers_of
from tests.conftest import NOW

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor != 'postgresql'", reason="SQLite has one writer at a time."
    ),
]


class Elsewhere:
    """Runs a function in another thread, with a connection of its own."""

    def __init__(self, function):
        self.result = None
        self._function = function
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            self.result = self._function()
        finally:
            connection.close()

    def wait(self, seconds=20.0):
        self._thread.join(seconds)
        return not self._thread.is_alive()


def test_worker_that_lost_its_lease_while_writing_stores_nothing(behaviour):
    job = enqueue("counting", now=NOW)
    clock = FakeClock(NOW)

    def lose_the_lease(_job):
        behaviour.after_write = lambda job: None
        other = Elsewhere(lambda: claim(job.pk, now=NOW + timedelta(hours=1)))
        assert other.wait()
        assert other.result.epoch == 2

    behaviour.after_write = lose_the_lease
    run_job(job.pk, clock=clock)
    job.refresh_from_db()
    assert (job.state, job.epoch, job.done) == (JobState.RUNNING, 2, 0)
    assert numbers_of(job) == []
    clock.advance(10_000)
    run_job(job.pk, clock=clock)
    assert numbers_of(job) == list(range(10))


def test_cancel_while_a_chunk_is_written_takes_the_chunk_back(behaviour):
    job = enqueue("counting", now=NOW)

    def cancel_elsewhere(_job):
        other = Elsewhere(lambda: Job.objects.filter(pk=job.pk).update(cancel_requested=True))
        assert other.wait()

    behaviour.after_write = cancel_elsewhere
    run_job(job.pk, clock=FakeClock(NOW))
    job.refresh_from_db()
    assert (job.state, numbers_of(job)) == (JobState.CANCELLED, [])


def test_job_is_not_begun_before_the_rows_it_was_asked_for_are_committed(job):
    with transaction.atomic():
        assert enqueue("counting", now=NOW).pk == job.pk
        worker = Elsewhere(lambda: claim(job.pk, now=NOW))
        assert not worker.wait(0.3)
    assert worker.wait()
    assert worker.result.epoch == 1


def test_one_of_many_simultaneous_requests_makes_the_job():
    requests = [Elsewhere(lambda: enqueue("counting", now=NOW)) for _number in range(8)]
    assert all(request.wait() for request in requests)
    assert len({request.result.pk for request in requests}) == 1
    assert Job.objects.count() == 1


def test_one_of_many_simultaneous_claims_gets_the_job():
    job = enqueue("counting", now=NOW)
    claims = [Elsewhere(lambda: claim(job.pk, now=NOW)) for _number in range(8)]
    assert all(attempt.wait() for attempt in claims)
    assert len([attempt for attempt in claims if attempt.result is not None]) == 1
