from __future__ import annotations

from itertools import cycle

import pytest
from django.utils import timezone

from analytics.models import CustomerStatistics
from cdp.ingest.job import start_import
from cdp.ingest.opening import open_import
from cdp.models import Customer, CustomerChange, ImportRun, Job, JobState
from tests.cluster.shop_files import KINDS, assert_holds_exactly, rows_of
from tests.cluster.strikes import SMALL_CHUNKS, shuffled, strike

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

ROLES = ["busy worker"] * 6 + ["pusher", "sentinel", "leader", "supervisor"]
COMMAND_KILLS = 2


@pytest.fixture
def folder(lab, tmp_path):
    """The files of a made-up shop; the lab's workers take them in small chunks."""
    lab.environment |= SMALL_CHUNKS
    folder = tmp_path / "shop"
    lab.run("demo_shop", "--customers", 800, "--seed", 7, "--end", "2026-11-01", "--csv", folder)
    return folder


def assert_counts_add_up(run, folder, *, is_first):
    rows = len(rows_of(folder, run.kind))
    run.refresh_from_db()
    counts = (run.new_count, run.changed_count, run.unchanged_count, run.rejected_count)
    assert counts == ((rows, 0, 0, 0) if is_first else (0, 0, rows, 0)), run.kind
    assert (run.job.state, run.job.done, run.job.rejected) == (JobState.DONE, rows, 0)


def test_kills_during_imports_lose_and_double_nothing(lab, folder):
    roles = shuffled(ROLES, seed=11)
    lab.start_worker()
    runs = []
    for kind in cycle(KINDS):
        if not roles and len(runs) >= len(KINDS):
            break
        now = timezone.now()
        run = open_import(folder / f"{kind}.csv", kind, now=now)
        job = start_import(run, now=now)
        while roles and strike(lab, job, roles[-1]):
            roles.pop()
        lab.wait_for_end(job)
        runs.append(run)
    lab.wait_for_quiet()
    assert lab.stop_worker() == 0
    for number, run in enumerate(runs):
        assert_counts_add_up(run, folder, is_first=number < len(KINDS))
    assert_holds_exactly(folder)
    assert not CustomerChange.objects.exists()
    assert CustomerStatistics.objects.count() == Customer.objects.count()
    assert not Job.objects.exclude(state=JobState.DONE).exists()


def test_command_killed_again_and_again_goes_on_where_it_was(lab, folder):
    kills = 0
    while kills < COMMAND_KILLS:
        done = Job.objects.filter(kind="import", state=JobState.DONE).count()
        command = lab.start("import_shop", folder)
        job = lab.wait_for(Job.objects.live().filter(kind="import", epoch__gt=0).first, "an import")
        if lab.wait_for_progress(job).is_live or done < len(KINDS):
            lab.kill_process(command)
            kills += 1
    lab.run("import_shop", folder)
    assert_holds_exactly(folder)
    first = {}
    for run in ImportRun.objects.select_related("job").order_by("pk"):
        first.setdefault(run.kind, run)
        assert run.job.state == JobState.DONE
    assert list(first) == list(KINDS)
    for run in first.values():
        assert_counts_add_up(run, folder, is_first=True)
