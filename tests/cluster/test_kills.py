from __future__ import annotations

import os
import signal

import pytest
from django.db import connection
from django.utils import timezone

from cdp.jobs.requests import cancel, enqueue
from cdp.models import Heartbeat, Job, JobState
from tests.cluster.models import Tally
from tests.cluster.strikes import STOP_VARIABLE, shuffled, strike

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

# An idle worker's death can hang the library's cluster; the other roles are single and vital.
ROLES = ["busy worker"] * 5 + ["idle worker", "pusher", "monitor", "sentinel", "leader"]
TOTAL = 500


def assert_counted_once(job):
    numbers = sorted(Tally.objects.filter(job_id=job.pk).values_list("number", flat=True))
    assert numbers == list(range(int(job.target)))
    assert (job.state, job.done, job.rejected) == (JobState.DONE, int(job.target), 0)


def test_kills_lose_nothing_and_repeat_nothing(lab):
    lab.start_worker()
    jobs = [enqueue("lab_counting", str(TOTAL), now=timezone.now())]
    for role in shuffled([*ROLES, "supervisor"], seed=5):
        while not strike(lab, jobs[-1], role):
            jobs.append(enqueue("lab_counting", str(TOTAL), now=timezone.now()))
    for job in jobs:
        assert_counted_once(lab.wait_for_end(job))
    lab.let_retry_time_pass()
    lab.wait_for(lambda: lab.queue_length() < 5, "an empty queue")
    assert lab.stop_worker() == 0


def test_stopping_the_worker_keeps_the_work_and_a_new_one_goes_on(lab):
    lab.start_worker()
    job = enqueue("lab_counting", "400", now=timezone.now())
    lab.wait_for_progress(job)
    assert lab.stop_worker() == 0
    job.refresh_from_db()
    assert (job.state, job.lease_until) == (JobState.QUEUED, None)
    assert 0 < job.done < 400
    lab.start_worker()
    assert_counted_once(lab.wait_for_end(job))
    assert Heartbeat.objects.exists()


@pytest.mark.parametrize("role", ["worker", "monitor"])
def test_workers_that_hang_are_started_anew(lab, role):
    lab.start_worker()
    lab.wait_for(lambda: not lab.queue_length(), "workers that hold no lock of the database")
    frozen = lab.freeze(role)
    job = enqueue("lab_counting", "50", now=timezone.now())
    lab.wait_until_gone(frozen)
    assert_counted_once(lab.wait_for_end(job))
    assert "it has finished nothing for" in lab.log.read_text()


def test_nothing_is_left_running_when_the_command_itself_is_killed(lab):
    lab.start_worker()
    others = [pid for role in ("leader", "sentinel", "worker", "pusher") for pid in lab.pids(role)]
    assert len(others) == 5
    lab.kill("supervisor")
    lab.wait_until_gone(others)


@pytest.mark.parametrize("others", [["leader"], ["sentinel"], ["leader", "sentinel"]])
def test_nothing_is_left_running_when_guards_die_at_the_same_moment(lab, others):
    lab.start_worker()
    job = enqueue("lab_counting", "100000", now=timezone.now())
    lab.wait_for_progress(job)
    guards = [pid for role in ("supervisor", *others) for pid in lab.freeze(role)]
    assert len(lab.processes()) == 7
    for pid in guards:
        os.kill(pid, signal.SIGKILL)
    lab.wait_for(lambda: not lab.processes(), "the end of all others", seconds=10)


def test_nothing_is_left_running_when_the_guard_dies_while_it_is_asked_to_stop(lab):
    lab.start_worker()
    lab.wait_for(lambda: "running." in lab.log.read_text(), "the guard at its watch")
    sentinel = lab.freeze("sentinel")[0]
    lab.kill("supervisor")
    lab.wait_for(lambda: "stopping." in lab.log.read_text(), "the wish to stop")
    os.kill(sentinel, signal.SIGKILL)
    lab.wait_for(lambda: not lab.processes(), "the end of all others", seconds=10)


def test_nothing_is_left_running_when_the_rest_hangs_and_the_command_is_killed(lab):
    lab.environment[STOP_VARIABLE] = "3"
    lab.start_worker()
    lab.freeze("sentinel")
    lab.kill("supervisor")
    lab.wait_for(lambda: not lab.processes(), "the end of all others", seconds=20)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server to lose.")
def test_lost_connections_delay_the_work_and_nothing_else(lab):
    lab.start_worker()
    job = enqueue("lab_counting", "500", now=timezone.now())
    for _time in range(5):
        if lab.wait_for_progress(job).is_live:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
    assert_counted_once(lab.wait_for_end(job))


def test_running_job_can_be_cancelled_from_outside(lab):
    lab.start_worker()
    job = enqueue("lab_counting", "100000", now=timezone.now())
    lab.wait_for_progress(job)
    cancel(job.pk, now=timezone.now())
    job = lab.wait_for_end(job)
    assert job.state == JobState.CANCELLED
    assert Tally.objects.filter(job_id=job.pk).count() == job.done


def test_killed_command_is_taken_over_by_the_worker(lab):
    job = enqueue("lab_counting", "400", now=timezone.now())
    command = lab.start("jobs", "run", job.pk)
    lab.wait_for_progress(job)
    lab.kill_process(command)
    assert Job.objects.get(pk=job.pk).state == JobState.RUNNING
    lab.start_worker()
    assert_counted_once(lab.wait_for_end(job))
