"""The working copy and the size of chunks: fenced, taken away in the end, never too much."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.db import connection

from cdp.ingest import job as import_job
from cdp.ingest import spool
from cdp.ingest.context import Outcome
from cdp.ingest.job import ImportJob, start_import
from cdp.ingest.opening import open_import
from cdp.jobs.lease import LeaseLost, claim, store
from cdp.jobs.requests import cancel
from cdp.jobs.runner import run_in_foreground, run_job
from cdp.jobs.tick import tidy
from cdp.models import Customer, ImportRun, Job, JobState, Order
from tests.cdp.ingest.files import put, result_of, take
from tests.cdp.jobs.kinds import FakeClock
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 95
CUSTOMERS = "customer_id,city\n" + "".join(f"{n},Town {n}\n" for n in range(ROWS))


@pytest.fixture
def copies(settings, tmp_path):
    """A spool folder of its own; returns the names in it."""
    settings.DATA_DIR = tmp_path / "data"
    return lambda: sorted(path.name for path in (settings.DATA_DIR / "spool").glob("*"))


@pytest.fixture
def job(tmp_path, monkeypatch, copies):
    """An import whose working copy is made ten rows at a time."""
    monkeypatch.setattr(spool, "LOOK_EVERY", 10)
    monkeypatch.setattr(import_job, "PREPARE_SECONDS", 0.0)
    return start_import(open_import(put(tmp_path, CUSTOMERS), "customers", now=NOW), now=NOW)


def step(kind, job):
    """Do one step of a claimed job as its worker does."""
    chunk = kind.read(job, now=NOW)
    for name, value in store(
        job, kind.write(job, chunk, now=NOW), now=NOW, hand_over=False
    ).items():
        setattr(job, name, value)


def test_worker_that_lost_its_lease_and_writes_on_does_not_touch_the_copy(job, copies):
    kind, late = ImportJob(), NOW + timedelta(hours=1)
    slow = claim(job.pk, now=NOW)
    store(slow, kind.plan(slow, now=NOW), now=NOW, hand_over=False)
    step(kind, slow)
    step(kind, slow)
    quick = claim(job.pk, now=late)
    for _step in range(6):
        step(kind, quick)
    for _step in range(2):
        chunk = kind.read(slow, now=NOW)
        with pytest.raises(LeaseLost):
            step(kind, slow)
        slow.checkpoint = chunk.after.stored()
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, lease_until=None)
    run_in_foreground(job, clock=lambda: late, pause=lambda _s: None)
    assert result_of(ImportRun.objects.get()).counts == (ROWS, 0, 0, 0)
    assert set(Customer.objects.values_list("city", flat=True)) == {
        f"Town {n}" for n in range(ROWS)
    }
    assert copies() == []


def test_cancelled_import_leaves_no_copy(job, copies, settings):
    settings.JOB_SLICE_SECONDS = 0
    run_job(job.pk, clock=lambda: NOW)
    run_job(job.pk, clock=lambda: NOW)
    assert copies() != []
    cancel(job.pk, now=NOW)
    assert copies() == []


def test_file_that_changes_while_it_is_read_ends_the_import_and_leaves_no_copy(
    job, copies, settings, tmp_path
):
    settings.JOB_SLICE_SECONDS = 0
    run_job(job.pk, clock=lambda: NOW)
    run_job(job.pk, clock=lambda: NOW)
    put(tmp_path, CUSTOMERS.replace("Town", "City"))
    os.utime(tmp_path / "file.csv", (1, 1))
    run_in_foreground(job, clock=lambda: NOW, pause=lambda _s: None)
    ended = Job.objects.get(pk=job.pk)
    assert ended.state == JobState.FAILED
    assert "file.csv was changed while it was imported" in ended.message
    assert copies() == []
    assert not Customer.objects.exists()


def test_rehearsal_leaves_no_copy(tmp_path, copies):
    take(tmp_path, "customers", CUSTOMERS, is_dry_run=True)
    assert copies() == []


def test_copies_left_by_killed_processes_are_tidied_away(job, copies, settings):
    settings.JOB_SLICE_SECONDS = 0
    run_job(job.pk, clock=lambda: NOW)
    run_job(job.pk, clock=lambda: NOW)
    kept = copies()
    folder = settings.DATA_DIR / "spool"
    for name in ("import-999999.1.copy0.jsonl", "import-888888.3.sort0.jsonl"):
        (folder / name).write_text("left behind")
    assert kept
    before = NOW.timestamp() - 3 * 86400
    for name in (*kept, "import-999999.1.copy0.jsonl"):
        os.utime(folder / name, (before, before))
    os.utime(folder / "import-888888.3.sort0.jsonl", (NOW.timestamp(), NOW.timestamp()))
    tidy(now=NOW)
    assert copies() == sorted([*kept, "import-888888.3.sort0.jsonl"])


def test_chunks_shrink_on_a_slow_machine_and_grow_again(tmp_path, monkeypatch, copies):
    clock, sizes = FakeClock(NOW), []
    most = import_job.CHUNK_ROWS[connection.vendor]
    seconds_per_row = [0.01]

    def slow(rows, *, context):
        sizes.append(len(rows))
        clock.advance(len(rows) * seconds_per_row[0])
        if len(sizes) == 4:
            seconds_per_row[0] = 0.0
        return Outcome(new=len(rows))

    monkeypatch.setitem(import_job.WRITERS, "orders", slow)
    monkeypatch.setattr(import_job.time, "monotonic", lambda: clock.moment.timestamp())
    rows = "".join(f"{n},2024-01-01,10\n" for n in range(most * 4))
    take(tmp_path, "orders", "order_id,date,total\n" + rows)
    assert not Order.objects.exists()
    assert sizes[:8] == [most, 200, 200, 200, 200, 400, 800, 1600]
    assert max(sizes) == most


def test_chunks_never_get_so_small_that_nothing_moves(tmp_path, monkeypatch, copies):
    clock, sizes = FakeClock(NOW), []

    def very_slow(rows, *, context):
        sizes.append(len(rows))
        clock.advance(3600)
        return Outcome(new=len(rows))

    monkeypatch.setitem(import_job.WRITERS, "orders", very_slow)
    monkeypatch.setattr(import_job.time, "monotonic", lambda: clock.moment.timestamp())
    most = import_job.CHUNK_ROWS[connection.vendor]
    rows = "".join(f"{n},2024-01-01,10\n" for n in range(most + 250))
    take(tmp_path, "orders", "order_id,date,total\n" + rows)
    assert sizes == [most, 100, 100, 50]
