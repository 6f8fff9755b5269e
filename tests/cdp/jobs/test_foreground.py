from __future__ import annotations

import pytest
from django.db import OperationalError

from cdp.jobs.lease import claim
from cdp.jobs.runner import run_in_foreground
from cdp.models import Job, JobState
from tests.cdp.jobs.kinds import (
    nudges,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_foreground_works_until_the_end_and_shows_every_step(job, clock, settings):
    settings.JOB_SLICE_SECONDS = 0
    seen = []
    done = run_in_foreground(
        job, progress=lambda job: seen.append(job.done), clock=clock, pause=lambda seconds: None
    )
    assert (done.state, done.epoch) == (JobState.DONE, 1)
    assert seen == [0, 4, 8, 10, 10]


def test_foreground_follows_a_job_that_a_worker_runs(job, clock):
    claim(job.pk, now=NOW)
    seen = []

    def let_the_worker_go_on(_seconds):
        state = JobState.DONE if len(seen) == 3 else JobState.RUNNING
        Job.objects.filter(pk=job.pk).update(done=len(seen), state=state)

    done = run_in_foreground(
        job, progress=lambda job: seen.append(job.done), clock=clock, pause=let_the_worker_go_on
    )
    assert (done.state, done.epoch, seen) == (JobState.DONE, 1, [0, 1, 2, 3])


def test_foreground_takes_over_when_the_worker_dies(job, clock):
    claim(job.pk, now=NOW)
    done = run_in_foreground(job, clock=clock, pause=lambda seconds: clock.advance(60))
    assert (done.state, done.epoch) == (JobState.DONE, 2)


def test_foreground_waits_out_a_lost_database(job, clock, behaviour):
    def fail_once(_job):
        behaviour.before_write = lambda job: None
        raise OperationalError("database is locked")

    behaviour.before_write = fail_once
    done = run_in_foreground(job, clock=clock, pause=clock.advance)
    assert (done.state, done.done) == (JobState.DONE, 10)


def test_interrupted_foreground_gives_the_job_back(job, clock, behaviour):
    def interrupt(job):
        if job.done:
            raise KeyboardInterrupt

    behaviour.before_read = interrupt
    with pytest.raises(KeyboardInterrupt):
        run_in_foreground(job, clock=clock, pause=lambda seconds: None)
    job.refresh_from_db()
    assert (job.state, job.done, job.lease_until) == (JobState.QUEUED, 4, None)
    assert nudges()[-1] == (job.pk, 1)
