"""How a job stands, in words and figures, without asking the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cdp.jobs.heartbeat import Pulse
from cdp.jobs.progress import Standing, lacks_worker, progress_of, subjects_of
from cdp.models import ImportRun, Job, JobState
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


def job_that(**values: object) -> Job:
    return Job(kind="import", created_at=NOW - 5 * MINUTE, **values)


@pytest.mark.parametrize(
    ("values", "standing"),
    [
        ({"state": "queued"}, Standing.QUEUED),
        ({"state": "queued", "progressed_at": NOW}, Standing.RUNNING),
        ({"state": "queued", "progressed_at": NOW - 2 * MINUTE}, Standing.QUEUED),
        ({"state": "running", "lease_until": NOW + MINUTE}, Standing.RUNNING),
        (
            {"state": "running", "lease_until": NOW + MINUTE, "cancel_requested": True},
            Standing.STOPPING,
        ),
        ({"state": "running", "lease_until": NOW}, Standing.STALLED),
        ({"state": "running"}, Standing.STALLED),
        ({"state": "waiting", "next_attempt_at": NOW + MINUTE}, Standing.WAITING),
        ({"state": "waiting", "next_attempt_at": NOW}, Standing.QUEUED),
        ({"state": "done"}, Standing.DONE),
        ({"state": "done", "rejected": 1}, Standing.REJECTED),
        ({"state": "failed"}, Standing.FAILED),
        ({"state": "stuck"}, Standing.STUCK),
        ({"state": "cancelled"}, Standing.CANCELLED),
    ],
)
def test_a_state_is_called_what_people_would_call_it(values, standing) -> None:
    assert progress_of(job_that(**values), now=NOW).standing is standing


def test_rate_and_time_left_follow_from_what_was_done_since_the_start() -> None:
    job = job_that(
        state=JobState.RUNNING,
        lease_until=NOW + MINUTE,
        started_at=NOW - timedelta(seconds=40),
        progressed_at=NOW,
        done=1000,
        total=4000,
    )
    progress = progress_of(job, now=NOW)
    assert (progress.percent, progress.rate, progress.seconds_left) == (25, 25.0, 120)


@pytest.mark.parametrize(
    "values",
    [
        {"done": 0, "started_at": NOW, "progressed_at": NOW},
        {"done": 10, "started_at": NOW, "progressed_at": NOW},
        {"done": 10},
    ],
)
def test_no_rate_is_guessed_from_nothing(values) -> None:
    progress = progress_of(job_that(state="running", lease_until=NOW + MINUTE, **values), now=NOW)
    assert progress.rate is None
    assert progress.seconds_left is None


def test_a_job_that_did_more_than_it_knew_of_stays_at_all_of_it() -> None:
    job = job_that(state="running", lease_until=NOW + MINUTE, done=30, total=20)
    assert progress_of(job, now=NOW).percent == 100


def test_a_kind_of_another_version_is_shown_by_its_key() -> None:
    assert progress_of(Job(kind="sing_song", created_at=NOW), now=NOW).label == "Sing song"


@pytest.mark.parametrize(
    ("values", "is_alive", "lacks"),
    [
        ({"state": "queued"}, False, True),
        ({"state": "queued"}, True, False),
        ({"state": "running", "lease_until": NOW + MINUTE}, False, False),
        ({"state": "running", "lease_until": NOW - MINUTE}, False, True),
        ({"state": "done"}, False, True),
    ],
)
def test_a_job_that_runs_is_a_sign_of_a_worker_too(values, is_alive, lacks) -> None:
    assert lacks_worker([job_that(**values)], Pulse(is_alive, None), now=NOW) is lacks


@pytest.mark.django_db
def test_the_files_of_many_imports_are_named_with_one_question(
    django_assert_num_queries,
) -> None:
    jobs = []
    for number in range(3):
        run = ImportRun.objects.create(
            kind="orders", path="/x", file_name=f"orders{number}.csv", created_at=NOW
        )
        jobs.append(Job.objects.create(kind="import", target=str(run.pk), created_at=NOW))
    jobs.append(Job.objects.create(kind="refresh", created_at=NOW))
    jobs.append(Job.objects.create(kind="import", target="999999", created_at=NOW))
    with django_assert_num_queries(1):
        names = subjects_of(jobs)
    assert [names[job.pk] for job in jobs] == ["orders0.csv", "orders1.csv", "orders2.csv", "", ""]
