from __future__ import annotations

import pytest

from cdp.exceptions import RegularsError
from cdp.jobs.lease import claim
from cdp.jobs.requests import cancel, enqueue, retry
from cdp.models import Job, JobState
from tests.cdp.jobs.kinds import (
    nudges,
    numbers_of,
    run,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_enqueued_job_is_nudged_once_with_ids_only(job):
    assert nudges() == [(job.pk, 0)]


def test_unknown_kind_is_refused():
    with pytest.raises(RegularsError, match="no job kind 'sorting'"):
        enqueue("sorting", now=NOW)


def test_queued_job_is_cancelled_at_once(job, clock):
    cancel(job.pk, now=NOW)
    run(job, clock)
    assert (job.state, job.finished_at, numbers_of(job)) == (JobState.CANCELLED, NOW, [])


def test_running_job_is_cancelled_before_its_chunk_counts(job, clock, behaviour):
    behaviour.before_read = lambda job: cancel(job.pk, now=NOW) if job.done == 4 else None
    run(job, clock)
    assert (job.state, job.done, job.checkpoint) == (JobState.CANCELLED, 4, "4")
    assert numbers_of(job) == [0, 1, 2, 3]


def test_cancel_of_a_job_whose_worker_died_takes_effect_when_it_is_claimed(job, clock):
    claim(job.pk, now=NOW)
    assert cancel(job.pk, now=NOW).state == JobState.RUNNING
    clock.advance(10_000)
    run(job, clock)
    assert (job.state, job.done) == (JobState.CANCELLED, 0)


def test_ended_job_cannot_be_cancelled(job, clock):
    run(job, clock)
    with pytest.raises(RegularsError, match="cannot be cancelled"):
        cancel(job.pk, now=NOW)


def test_cancelled_job_goes_on_from_its_checkpoint_when_retried(job, clock, behaviour):
    behaviour.before_read = lambda job: cancel(job.pk, now=NOW) if job.done == 4 else None
    run(job, clock)
    behaviour.before_read = lambda job: None
    retry(job.pk, now=NOW)
    run(job, clock)
    assert (job.state, job.done, job.finished_at) == (JobState.DONE, 10, NOW)
    assert numbers_of(job) == list(range(10))


def test_done_job_cannot_be_retried(job, clock):
    run(job, clock)
    with pytest.raises(RegularsError, match="cannot be retried"):
        retry(job.pk, now=NOW)


def test_retry_is_refused_while_a_newer_job_is_live(job, clock):
    cancel(job.pk, now=NOW)
    assert enqueue("counting", now=NOW).pk != job.pk
    with pytest.raises(RegularsError, match="a newer job"):
        retry(job.pk, now=NOW)


def test_second_request_joins_the_job_that_has_not_begun(job):
    assert enqueue("counting", now=NOW).pk == job.pk
    assert Job.objects.count() == 1
    assert len(nudges()) == 1


def test_request_during_a_run_leads_to_another_run(job, clock, behaviour):
    behaviour.before_read = lambda job: enqueue("counting", now=NOW)
    run(job, clock)
    behaviour.before_read = lambda job: None
    successor = Job.objects.get(state=JobState.QUEUED)
    assert (job.state, successor.kind, successor.epoch) == (JobState.DONE, "counting", 0)
    assert nudges()[-1] == (successor.pk, 0)
    run(successor, clock)
    assert not Job.objects.live().exists()


def test_request_during_a_failing_run_leads_to_another_run(job, clock, behaviour):
    def fail(_job):
        enqueue("counting", now=NOW)
        raise RegularsError("No.")

    behaviour.before_read = fail
    run(job, clock)
    assert job.state == JobState.FAILED
    assert Job.objects.live().get().pk != job.pk


def test_cancelling_covers_the_requests_made_before_but_not_those_after(job, clock, behaviour):
    def cancel_last(job):
        enqueue("counting", now=NOW)
        cancel(job.pk, now=NOW)

    behaviour.before_read = cancel_last
    run(job, clock)
    assert not Job.objects.live().exists()

    def cancel_first(job):
        cancel(job.pk, now=NOW)
        enqueue("counting", now=NOW)

    behaviour.before_read = cancel_first
    second = run(enqueue("counting", now=NOW), clock)
    assert second.state == JobState.CANCELLED
    assert Job.objects.live().count() == 1


def test_request_for_one_fixed_target_during_its_run_means_the_same_run(clock):
    job = enqueue("one_file", "7", now=NOW)
    claim(job.pk, now=NOW)
    assert enqueue("one_file", "7", now=NOW).pk == job.pk
    clock.advance(10_000)
    run(job, clock)
    assert (job.state, Job.objects.count()) == (JobState.DONE, 1)


def test_targets_have_jobs_of_their_own():
    assert enqueue("one_file", "7", now=NOW).pk != enqueue("one_file", "8", now=NOW).pk


def test_follow_up_is_queued_when_the_job_is_done(job, clock, monkeypatch):
    monkeypatch.setattr("cdp.jobs.requests.FOLLOW_UPS", {"counting": ("after", "unregistered")})
    run(job, clock)
    follower = Job.objects.live().get()
    assert (follower.kind, follower.target) == ("after", "")


def test_failed_job_has_no_follow_up(job, clock, behaviour, monkeypatch):
    monkeypatch.setattr("cdp.jobs.requests.FOLLOW_UPS", {"counting": ("after",)})
    behaviour.can_reject = False
    behaviour.poison = {5: RegularsError("No.")}
    run(job, clock)
    assert not Job.objects.live().exists()
