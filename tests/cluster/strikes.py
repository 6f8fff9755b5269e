"""Striking at work under way: small chunks so that it lasts, short stops, kills while it runs."""

from __future__ import annotations

import os
import random
import signal
import time

from django.conf import settings

from analytics import chunks, predicting
from cdp.ingest import job as import_job
from cdp.jobs import supervisor
from cdp.models import Job
from integrations.destinations import destinations
from integrations.sync import difference, marking
from tests.analytics.lessons import forecasts_only
from tests.cluster.lab import POLL_SECONDS, Lab

CHUNK_VARIABLE = "LAB_CHUNK_ROWS"
STOP_VARIABLE = "LAB_STOP_SECONDS"
# A lease outlasts a small chunk on a busy machine; recovery from a kill takes about as long.
SMALL_CHUNKS = {CHUNK_VARIABLE: "80", "JOB_LEASE_SECONDS": "3"}


def make_chunks_small() -> None:
    """Let imports, refreshes and syncs in this process work in small chunks, if the lab asks."""
    rows = int(os.environ.get(CHUNK_VARIABLE, "0"))
    if rows:
        import_job.CHUNK_ROWS = dict.fromkeys(import_job.CHUNK_ROWS, rows)
        import_job.FEWEST_CHUNK_ROWS = rows
        chunks.SMALLEST = chunks.LARGEST = rows
        difference.PIECE = marking.PIECE = rows
        for destination in destinations:
            destination.batch_size, destination.batch_size_with_fields = rows, None
        # Other lessons outlast the lab's short lease on a busy machine, again and again.
        for name, parts in forecasts_only().items():
            setattr(predicting, name, parts)


def make_stops_short() -> None:
    """Let a cluster without its supervisor have less time to end, if the lab asks for it."""
    seconds = int(os.environ.get(STOP_VARIABLE, "0"))
    if seconds:
        supervisor.STOP_MARGIN_SECONDS = seconds - settings.Q_TIMEOUT


def shuffled(roles: list[str], *, seed: int) -> list[str]:
    """Return the roles in a random order, the same each time."""
    roles = list(roles)
    random.Random(seed).shuffle(roles)
    return roles


def strike(lab: Lab, job: Job, role: str) -> bool:
    """Kill a process of the role once the job has moved; False if the job ended first."""
    if not lab.wait_for_progress(job).is_live:
        return False
    while Job.objects.live().filter(pk=job.pk).exists():
        if role == "supervisor":
            lab.kill(role)
            lab.start_worker()
            return True
        for pid in lab.pids(role)[:1]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            lab.wait_until_gone([pid])
            return True
        time.sleep(POLL_SECONDS)
    return False
