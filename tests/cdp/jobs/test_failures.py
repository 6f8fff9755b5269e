from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError

from cdp.exceptions import RegularsError
from cdp.jobs.lease import MAX_ATTEMPTS, claim
from cdp.jobs.requests import retry
from cdp.models import Job, JobRejection, JobState
from tests.cdp.jobs.kinds import (
    Counting,
    numbers_of,
    run,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


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
