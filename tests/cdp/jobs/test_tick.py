from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django_q.models import Failure, OrmQ, Task

from cdp import tasks
from cdp.jobs.heartbeat import beat, beat_after_task, is_any_worker_alive
from cdp.jobs.lease import claim
from cdp.jobs.requests import cancel, enqueue
from cdp.jobs.tick import tick
from cdp.models import DailyRun, Heartbeat, Job, JobState, Shop
from cdp.schedules import Daily
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_daily(monkeypatch):
    monkeypatch.setattr("cdp.jobs.tick.DAILY", ())


def nudged(now=NOW):
    OrmQ.objects.all().delete()
    tick(now=now)
    return [row.task["args"] for row in OrmQ.objects.order_by("pk")]


def test_job_that_lost_its_nudge_gets_another():
    job = enqueue("counting", now=NOW)
    assert nudged() == [(job.pk, 0)]


def test_job_under_way_is_left_alone_until_its_lease_lapses(settings):
    job = enqueue("counting", now=NOW)
    claim(job.pk, now=NOW)
    assert nudged() == []
    assert nudged(NOW + timedelta(seconds=settings.JOB_LEASE_SECONDS - 1)) == []
    assert nudged(NOW + timedelta(seconds=settings.JOB_LEASE_SECONDS)) == [(job.pk, 1)]


def test_waiting_job_is_nudged_when_it_is_due():
    job = enqueue("counting", now=NOW)
    Job.objects.update(state=JobState.WAITING, next_attempt_at=NOW + timedelta(seconds=30))
    assert nudged() == []
    assert nudged(NOW + timedelta(seconds=30)) == [(job.pk, 0)]


def test_ended_job_is_never_nudged():
    cancel(enqueue("counting", now=NOW).pk, now=NOW)
    assert nudged() == []


def test_beat_is_a_sign_of_life_for_as_long_as_silence_is_allowed(settings):
    assert not is_any_worker_alive(now=NOW)
    beat(now=NOW)
    beat(now=NOW)
    assert Heartbeat.objects.count() == 1
    silence = timedelta(seconds=settings.WORKER_SILENCE_SECONDS)
    assert is_any_worker_alive(now=NOW + silence)
    assert not is_any_worker_alive(now=NOW + silence + timedelta(seconds=1))


def test_tick_task_of_the_queue_does_what_is_due():
    job = enqueue("counting", now=NOW)
    OrmQ.objects.all().delete()
    tasks.tick()
    assert [row.task["args"] for row in OrmQ.objects.all()] == [(job.pk, 0)]


def test_task_is_a_sign_of_life_only_when_its_result_was_taken():
    enqueue("counting", now=NOW)
    tasks.tick()
    assert not Heartbeat.objects.exists()
    beat_after_task(sender="django_q", task={})
    assert Heartbeat.objects.exists()


def daily_starts(monkeypatch, *, zone, at, start, hours):
    """Tick every ten minutes and return the local times at which the daily job was started."""
    monkeypatch.setattr("cdp.jobs.tick.DAILY", (Daily("counting", at),))
    Shop.objects.update_or_create(pk=1, defaults={"time_zone": zone})
    for minute in range(0, hours * 60, 10):
        tick(now=start + timedelta(minutes=minute))
        Job.objects.filter(kind="counting").update(state=JobState.DONE)
    return [
        job.created_at.astimezone(ZoneInfo(zone)).strftime("%d %H:%M %z")
        for job in Job.objects.filter(kind="counting").order_by("created_at")
    ]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (time(3, 0), ["24 03:00 +0100", "25 03:00 +0100"]),
        (time(2, 30), ["24 02:30 +0100", "25 02:30 +0200"]),
    ],
)
def test_daily_run_starts_once_in_the_night_with_an_hour_more(monkeypatch, at, expected):
    start = datetime(2026, 10, 23, 22, 30, tzinfo=UTC)
    starts = daily_starts(monkeypatch, zone="Europe/Berlin", at=at, start=start, hours=28)
    assert [line[:8] for line in starts] == [line[:8] for line in expected]
    assert starts[1] == expected[1]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (time(3, 0), ["28 03:00 +0100", "29 03:00 +0200"]),
        (time(2, 30), ["28 02:30 +0100", "29 03:30 +0200"]),
    ],
)
def test_daily_run_starts_once_in_the_night_with_an_hour_less(monkeypatch, at, expected):
    start = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)
    starts = daily_starts(monkeypatch, zone="Europe/Berlin", at=at, start=start, hours=28)
    assert starts == expected


def test_daily_run_missed_while_no_worker_ran_is_made_up_for_once(monkeypatch):
    starts = daily_starts(
        monkeypatch,
        zone="America/New_York",
        at=time(3, 0),
        start=datetime(2026, 11, 24, 19, 0, tzinfo=UTC),
        hours=2,
    )
    assert starts == ["24 14:00 -0500"]


def test_daily_kind_that_is_not_registered_is_skipped(monkeypatch):
    monkeypatch.setattr("cdp.jobs.tick.DAILY", (Daily("gone", time(3, 0)),))
    tick(now=NOW)
    assert not Job.objects.exists()


def test_old_records_are_removed_once_a_day():
    for name, days in (("old", 31), ("new", 29)):
        Task.objects.create(
            id=name,
            name=name,
            func="f",
            started=NOW,
            stopped=NOW - timedelta(days=days),
            success=False,
        )
    Heartbeat.objects.create(name="gone", beat_at=NOW - timedelta(days=2))
    DailyRun.objects.create(name="x", local_date=NOW, started_at=NOW - timedelta(days=401))
    tick(now=NOW)
    assert [task.name for task in Failure.objects.all()] == ["new"]
    assert not Heartbeat.objects.exists()
    assert [run.name for run in DailyRun.objects.all()] == ["tidy"]
