from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django_q.models import OrmQ

from cdp.exceptions import RegularsError
from cdp.jobs.lease import MAX_ATTEMPTS, claim
from cdp.jobs.requests import cancel, enqueue, retry
from cdp.jobs.runner import run_in_foreground, run_job
from cdp.models import Job, JobRejection, JobState
from tests.cdp.job_kinds import (
    After,
    Behaviour,
    Counting,
    FakeClock,
    OneFile,
    numbers_of,
    registered,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture(autouse=True)
def behaviour(monkeypatch):
    behaviour = Behaviour()
    monkeypatch.setattr(Counting, "behaviour", behaviour)
    with registered(Counting, OneFile, After):
        yield behaviour


@pytest.fixture
def job():
    return enqueue("counting", now=NOW)


def run(job, clock):
    """Work on the job until no nudge brings it further."""
    run_job(job.pk, clock=clock)
    job.refresh_from_db()
    return job


def nudges():
    return [row.task["args"] for row in OrmQ.objects.all()]


def test_job_runs_from_plan_to_end(job, clock):
    run(job, clock)
    assert (job.state, job.done, job.total, job.rejected) == (JobState.DONE, 10, 10, 0)
    assert (job.message, job.started_at, job.finished_at) == ("Counting.", NOW, NOW)
    assert job.lease_until is None
    assert numbers_of(job) == list(range(10))


def test_enqueued_job_is_nudged_once_with_ids_only(job):
    assert nudges() == [(job.pk, 0)]


def test_unknown_kind_is_refused():
    with pytest.raises(RegularsError, match="no job kind 'sorting'"):
        enqueue("sorting", now=NOW)


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


def test_job_without_progress_gets_stuck_and_says_what_to_do(job, clock):
    for _attempt in range(MAX_ATTEMPTS):
        assert claim(job.pk, now=clock()) is not None
        clock.advance(10_000)
    run(job, clock)
    assert (job.state, job.done) == (JobState.STUCK, 0)
    assert "retry the job" in job.message
    retry(job.pk, now=NOW)
    assert run(job, clock).state == JobState.DONE


def test_progress_resets_the_attempts(job, clock, settings):
    settings.JOB_SLICE_SECONDS = 0
    for _attempt in range(MAX_ATTEMPTS - 1):
        claim(job.pk, now=clock())
        clock.advance(10_000)
    run(job, clock)
    assert job.attempts == 0


def test_after_a_claim_without_progress_smaller_chunks_are_tried(job, clock, behaviour):
    for _attempt in range(2):
        claim(job.pk, now=clock())
        clock.advance(10_000)
    run(job, clock)
    assert behaviour.written == [[0], [1], [2], [3], [4, 5, 6, 7], [8, 9]]


def test_poison_row_is_set_aside_and_the_others_are_kept(job, clock, behaviour):
    behaviour.poison = {2: ValueError("poison"), 9: RegularsError("refused")}
    run(job, clock)
    assert (job.state, job.done, job.rejected) == (JobState.DONE, 10, 2)
    assert numbers_of(job) == [0, 1, 3, 4, 5, 6, 7, 8]
    assert [(row.position, row.reason) for row in job.rejections.all()] == [
        (2, "Refused 2."),
        (9, "Refused 9."),
    ]


def test_rejected_row_of_any_text_can_be_stored(job, clock, behaviour):
    behaviour.poison = {2: ValueError("poison")}
    run(job, clock)
    assert JobRejection.objects.get().content == "a\N{SYMBOL FOR NULL}b?"


def test_row_rejected_again_after_a_retry_is_counted_once(job, clock, behaviour):
    behaviour.poison = {2: ValueError("poison")}
    run(job, clock)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, checkpoint="2")
    retry(job.pk, now=NOW)
    behaviour.total = 3
    run(job, clock)
    assert (job.state, job.rejected, JobRejection.objects.count()) == (JobState.DONE, 1, 1)


def test_fault_that_hits_every_row_fails_the_job(job, clock, behaviour):
    behaviour.total = 1000
    behaviour.poison = dict.fromkeys(range(1000), ValueError("a bug"))
    run(job, clock)
    assert (job.state, job.rejected) == (JobState.FAILED, 20)


def test_expected_error_fails_the_job_with_its_sentence(job, clock, behaviour):
    behaviour.can_reject = False
    behaviour.poison = {5: RegularsError("The file is gone.", hint="Upload it again.")}
    run(job, clock)
    assert (job.state, job.message) == (JobState.FAILED, "The file is gone. Upload it again.")
    assert numbers_of(job) == [0, 1, 2, 3, 4]


def test_error_while_reading_fails_the_job(job, clock, behaviour):
    def fail(_job):
        raise RegularsError("The file is gone.")

    behaviour.before_read = fail
    run(job, clock)
    assert (job.state, job.message) == (JobState.FAILED, "The file is gone.")


def test_unexpected_error_names_its_class_but_never_its_text(job, clock, behaviour, caplog):
    behaviour.can_reject = False
    behaviour.poison = {5: KeyError("anna@example.org")}
    with caplog.at_level(logging.INFO):
        run(job, clock)
    assert job.state == JobState.FAILED
    assert "KeyError" in job.message
    assert "KeyError" in caplog.text
    assert "anna" not in caplog.text + job.message


def test_lost_database_puts_the_job_off_and_it_goes_on(job, clock, behaviour):
    def fail(_job):
        raise OperationalError("database is locked")

    behaviour.before_write = fail
    run(job, clock)
    assert (job.state, job.lease_until) == (JobState.WAITING, None)
    assert NOW < job.next_attempt_at <= NOW + timedelta(seconds=10)
    behaviour.before_write = lambda job: None
    run(job, clock)
    assert job.state == JobState.WAITING
    clock.advance(10)
    run(job, clock)
    assert (job.state, job.done) == (JobState.DONE, 10)


def test_kind_that_stands_still_fails_instead_of_running_for_ever(job, clock, monkeypatch):
    from cdp.jobs import Step

    monkeypatch.setattr(Counting, "write", lambda self, job, chunk, now: Step(checkpoint="0"))
    monkeypatch.setattr(Counting, "reject", lambda self, job, chunk, error: None)
    assert run(job, clock).state == JobState.FAILED


def test_kind_of_another_version_fails_with_a_sentence(job, clock):
    Job.objects.filter(pk=job.pk).update(kind="gone")
    run(job, clock)
    assert job.state == JobState.FAILED
    assert "no job kind 'gone'" in job.message


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
