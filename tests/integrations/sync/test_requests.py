"""Asking for runs: what is asked for happens once, in order, and nothing is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cdp.jobs.base import job_kinds
from cdp.jobs.requests import cancel, enqueue
from cdp.jobs.runner import run_in_foreground, run_job
from cdp.models import AuditEntry, Job, JobState
from integrations.models import AudienceState, ConnectionState, RunKind, RunState, SyncRun
from integrations.sync.requests import (
    SyncRefused,
    ask_for_run,
    end,
    pause,
    recreate,
    release_removals,
    resume,
)
from tests.integrations.sync.stage import Stage

pytestmark = pytest.mark.django_db


def test_two_requests_are_one_job(mailchimp: Stage) -> None:
    first = ask_for_run(mailchimp.audience, RunKind.SYNC, now=mailchimp.now())
    again = ask_for_run(mailchimp.audience, RunKind.FULL, now=mailchimp.now())
    assert first == again
    mailchimp.people(2)
    run = mailchimp.work_on(first)
    # The full one does what the other would have done.
    assert list(mailchimp.audience.runs.values_list("kind", flat=True)) == [RunKind.FULL]
    assert run.added == 2
    assert not Job.objects.live().exists()


def test_a_job_under_way_is_followed_by_what_was_asked_for(mailchimp: Stage) -> None:
    mailchimp.people(2)
    job = ask_for_run(mailchimp.audience, RunKind.SYNC, now=mailchimp.now())
    Job.objects.filter(pk=job.pk).update(epoch=1)
    job.refresh_from_db()
    ask_for_run(mailchimp.audience, RunKind.COMPARE, now=mailchimp.now())
    ask_for_run(mailchimp.audience, RunKind.FULL, now=mailchimp.now())
    mailchimp.work_on(job)
    while follower := Job.objects.live().filter(kind="sync").first():
        mailchimp.work_on(follower)
    kinds = list(mailchimp.audience.runs.order_by("pk").values_list("kind", flat=True))
    assert kinds == [RunKind.FULL, RunKind.COMPARE]
    assert mailchimp.audience.asked_kinds == ""


def test_a_cancelled_job_cancels_its_run_and_the_next_one_begins_anew(
    mailchimp: Stage, django_capture_on_commit_callbacks: Any
) -> None:
    people = mailchimp.people(2)
    job = ask_for_run(mailchimp.audience, RunKind.SYNC, now=mailchimp.now())
    asked = []

    def progress(_job: Job) -> None:
        if not asked:
            asked.append(cancel(job.pk, now=mailchimp.now()))

    with django_capture_on_commit_callbacks(execute=True):
        job = run_in_foreground(
            job, clock=mailchimp.now, pause=lambda _seconds: None, progress=progress
        )
    assert job.state == JobState.CANCELLED
    assert mailchimp.audience.runs.get().state == RunState.CANCELLED
    assert mailchimp.sync().state == RunState.DONE
    assert mailchimp.inside() == mailchimp.faces(people)


def test_a_failed_job_that_is_retried_begins_a_new_run(mailchimp: Stage) -> None:
    people = mailchimp.people(2)
    mailchimp.vendor.fail("before", "segments", status=400, data={"title": "x", "detail": "No."})
    assert mailchimp.sync().state == RunState.FAILED
    run = mailchimp.work_on(resume(mailchimp.audience, now=mailchimp.now()))
    assert run.state == RunState.DONE
    assert mailchimp.inside() == mailchimp.faces(people)


def test_nothing_is_asked_of_a_stopped_connection(mailchimp: Stage) -> None:
    connection = mailchimp.audience.connection
    connection.state = ConnectionState.STOPPED
    connection.save()
    with pytest.raises(SyncRefused, match="was stopped"):
        ask_for_run(mailchimp.audience, RunKind.SYNC, now=mailchimp.now())
    job = enqueue("sync", str(mailchimp.audience.pk), now=mailchimp.now())
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, mailchimp.audience.runs.count()) == (JobState.DONE, 0)
    assert "was stopped" in job.message


def test_what_does_not_fit_the_state_is_refused(mailchimp: Stage) -> None:
    now = mailchimp.now()
    audience = mailchimp.audience
    with pytest.raises(SyncRefused):
        resume(audience, now=now)
    with pytest.raises(SyncRefused):
        release_removals(audience, now=now)
    pause(audience, now=now)
    for change in (pause, recreate):
        with pytest.raises(SyncRefused):
            change(audience, now=now)
    end(audience, now=now)
    for change in (pause, resume, recreate):
        with pytest.raises(SyncRefused):
            change(audience, now=now)
    audience.refresh_from_db()
    audience.state = AudienceState.ENDED
    audience.save()
    with pytest.raises(SyncRefused):
        end(audience, now=now)
    subjects = set(AuditEntry.objects.values_list("subject", "details"))
    assert subjects == {(f"audience {audience.pk}", one) for one in ("paused", "ending")}


def test_a_job_without_its_audience_ends(mailchimp: Stage) -> None:
    job = enqueue("sync", "4711", now=mailchimp.now())
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_a_job_names_the_audience_as_outsiders_read_it(mailchimp: Stage) -> None:
    key = str(mailchimp.audience.pk)
    for kind in ("sync", "sync_dry_run"):
        assert job_kinds.get(kind).subjects([key]) == {key: "Customers A"}


def test_the_database_keeps_a_second_run_from_beginning(mailchimp: Stage) -> None:
    audience, now = mailchimp.audience, mailchimp.now()
    SyncRun.objects.create(audience=audience, state=RunState.WAITING, started_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncRun.objects.create(audience=audience, state=RunState.RUNNING, started_at=now)
    # A job takes up the one that waits.
    mailchimp.people(1)
    assert mailchimp.sync().added == 1
    assert audience.runs.count() == 1
