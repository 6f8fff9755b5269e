from __future__ import annotations

from datetime import timedelta

import pytest
from django_q.models import OrmQ

from cdp.jobs.lease import claim
from cdp.jobs.runner import run_job
from cdp.models import Job, JobState
from tests.cdp.jobs.kinds import (
    nudges,
    numbers_of,
    run,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_job_runs_from_plan_to_end(job, clock):
    run(job, clock)
    assert (job.state, job.done, job.total, job.rejected) == (JobState.DONE, 10, 10, 0)
    assert (job.message, job.started_at, job.finished_at) == ("Counting.", NOW, NOW)
    assert job.lease_until is None
    assert numbers_of(job) == list(range(10))


def test_stale_nudge_does_nothing(job, clock, behaviour):
    claim(job.pk, now=NOW)
    clock.advance(10_000)
    run_job(job.pk, 0, clock=clock)
    assert behaviour.written == []
    run_job(job.pk, 1, clock=clock)
    assert numbers_of(job) == list(range(10))


def test_slice_of_time_ends_with_a_nudge_and_the_next_goes_on(job, clock, settings, behaviour):
    settings.JOB_SLICE_SECONDS = 0
    OrmQ.objects.all().delete()
    run(job, clock)
    assert (job.state, job.checkpoint, job.done, job.lease_until) == (JobState.QUEUED, "4", 4, None)
    assert nudges() == [(job.pk, 1)]
    run(job, clock)
    run(job, clock)
    assert job.state == JobState.DONE
    assert behaviour.written == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_two_workers_cannot_hold_a_job_at_once(job):
    assert claim(job.pk, now=NOW) is not None
    assert claim(job.pk, now=NOW + timedelta(seconds=1)) is None


def test_lapsed_lease_is_taken_over_and_the_old_worker_stores_nothing(job, clock, behaviour):
    def lose_the_lease(_job):
        behaviour.before_read = lambda job: None
        clock.advance(10_000)
        assert claim(job.pk, now=clock()) is not None

    behaviour.before_read = lose_the_lease
    run(job, clock)
    assert (job.state, job.epoch, job.checkpoint, job.done) == (JobState.RUNNING, 2, "0", 0)
    assert numbers_of(job) == []
    clock.advance(10_000)
    run(job, clock)
    assert (job.state, job.epoch) == (JobState.DONE, 3)
    assert numbers_of(job) == list(range(10))


def test_lease_from_a_clock_far_ahead_does_not_block_the_job(job, clock):
    claim(job.pk, now=NOW + timedelta(hours=5))
    run(job, clock)
    assert job.state == JobState.DONE


def test_every_step_prolongs_the_lease(job, clock, settings, behaviour):
    leases = []

    def note(job):
        leases.append(Job.objects.get(pk=job.pk).lease_until)
        clock.advance(5)

    behaviour.before_read = note
    run(job, clock)
    assert [lease - NOW for lease in leases] == [
        timedelta(seconds=settings.JOB_LEASE_SECONDS + extra) for extra in (0, 5, 10)
    ]
