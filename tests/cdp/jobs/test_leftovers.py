from __future__ import annotations

from datetime import timedelta

import pytest

from cdp.jobs import job_kinds
from cdp.jobs.lease import MAX_ATTEMPTS, claim
from cdp.jobs.requests import cancel, enqueue, retry
from cdp.jobs.runner import run_job
from cdp.jobs.tick import tidy
from cdp.models import Job, JobState
from tests.cdp.jobs.kinds import Counting, nudges
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cleaned(monkeypatch):
    """The jobs whose files were removed, each with the state it was in by then."""
    seen = []
    monkeypatch.setattr(
        Counting,
        "clean_up",
        lambda self, job: seen.append((job.pk, Job.objects.get(pk=job.pk).state)),
    )
    return seen


def test_files_of_a_finished_job_go_away_once_that_is_stored(job, clock, cleaned):
    run_job(job.pk, clock=clock)
    assert cleaned == [(job.pk, JobState.DONE)]


def test_files_of_a_failed_job_go_away_and_a_retry_can_make_them_again(
    job, clock, behaviour, cleaned
):
    behaviour.poison, behaviour.can_reject = {5: ValueError("broken")}, False
    run_job(job.pk, clock=clock)
    assert cleaned == [(job.pk, JobState.FAILED)]
    behaviour.poison = {}
    retry(job.pk, now=NOW)
    run_job(job.pk, clock=clock)
    assert cleaned[1:] == [(job.pk, JobState.DONE)]


def test_files_of_a_job_cancelled_while_it_waits_go_away(job, cleaned):
    cancel(job.pk, now=NOW)
    assert cleaned == [(job.pk, JobState.CANCELLED)]


def test_files_of_a_job_cancelled_while_it_runs_go_away_when_it_stops(
    job, clock, behaviour, cleaned
):
    behaviour.before_read = lambda job: cancel(job.pk, now=NOW)
    run_job(job.pk, clock=clock)
    assert cleaned == [(job.pk, JobState.CANCELLED)]


def test_files_of_a_stuck_job_go_away(job, cleaned):
    Job.objects.filter(pk=job.pk).update(attempts=MAX_ATTEMPTS)
    assert claim(job.pk, now=NOW) is None
    assert cleaned == [(job.pk, JobState.STUCK)]


def test_job_that_goes_on_keeps_its_files(job, clock, settings, cleaned):
    settings.JOB_SLICE_SECONDS = 0
    run_job(job.pk, clock=clock)
    assert Job.objects.get().is_live
    assert cleaned == []


def test_files_that_cannot_be_removed_do_not_undo_the_end(job, clock, monkeypatch):
    def refuse(self, job):
        raise PermissionError("the folder is read-only")

    monkeypatch.setattr(Counting, "clean_up", refuse)
    run_job(job.pk, clock=clock)
    ended = Job.objects.get()
    assert (ended.state, ended.done) == (JobState.DONE, 10)


def test_kinds_tidy_up_once_a_day(monkeypatch):
    seen = []
    monkeypatch.setattr(Counting, "tidy", lambda self, *, now: seen.append(now))
    tidy(now=NOW)
    assert seen == [NOW]


@pytest.mark.parametrize("is_asked_again", [False, True])
def test_job_of_an_unknown_kind_fails_once_and_is_not_tried_again(clock, is_asked_again):
    assert "forgotten" not in job_kinds
    job = Job.objects.create(
        kind="forgotten", created_at=NOW, epoch=1, rerun_requested=is_asked_again
    )
    run_job(job.pk, clock=clock)
    ended = Job.objects.get()
    assert (ended.state, ended.epoch) == (JobState.FAILED, 2)
    assert "no job kind 'forgotten'" in ended.message
    assert claim(job.pk, now=NOW + timedelta(days=1)) is None
    assert nudges() == []


def test_job_of_an_unknown_kind_that_kept_dying_gets_stuck(clock):
    job = Job.objects.create(
        kind="forgotten", created_at=NOW, attempts=MAX_ATTEMPTS, rerun_requested=True
    )
    assert claim(job.pk, now=NOW) is None
    assert Job.objects.get().state == JobState.STUCK


def test_other_jobs_go_on_beside_one_of_an_unknown_kind(job, clock):
    other = Job.objects.create(kind="forgotten", created_at=NOW, rerun_requested=True)
    run_job(other.pk, clock=clock)
    run_job(job.pk, clock=clock)
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    assert enqueue("counting", now=NOW).pk != job.pk
