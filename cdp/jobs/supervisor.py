"""Keeps a cluster of workers alive: starts it, asks for ticks, restarts it when it dies or hangs.

The library's cluster can hang for good with every process alive (one was killed while it held the
lock of a queue), and it leaves orphans when its guard is killed. So it runs in a process group of
its own, each of its processes ends with its parent, and what counts as alive is that tasks are run
and their results taken, not that processes exist.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import FrameType

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django_q.cluster import Cluster
from django_q.signals import post_execute
from django_q.tasks import async_task

from cdp.exceptions import RegularsError
from cdp.jobs.heartbeat import WORKER_NAME_VARIABLE, beat_after_task, last_beat
from cdp.jobs.lifeline import bind_children, when_orphaned

TICK_TASK = "cdp.tasks.tick"
POLL_SECONDS = 0.2
SILENT_CLUSTER_GRACE_SECONDS = 2
STOP_MARGIN_SECONDS = 10
MAX_DEAD_STARTS = 5

logger = logging.getLogger(__name__)


class ClusterDoesNotStart(RegularsError):
    """The cluster ended several times before it ran a single task."""


class Supervisor:
    """One cluster and everything that keeps it going, until SIGTERM or SIGINT."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self._say = say
        self._name = f"{socket.gethostname()[:28]}:{os.getpid()}"
        self._stop_requests = 0
        self._dead_starts = 0
        self._next_tick = 0.0
        self._seen_beat: datetime | None = None
        self._alive_at = 0.0

    def run(self) -> None:
        """Run cluster after cluster until asked to stop; raise if they never come to life."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)
        while not self._stop_requests:
            cluster = self._begin()
            reason = self._watch(cluster)
            if self._stop_requests:
                self._say("Stopping when the running tasks end; a second signal stops at once.")
                self._end(cluster, grace_seconds=settings.Q_TIMEOUT + STOP_MARGIN_SECONDS)
                return
            logger.warning("cluster=%s: %s; starting it anew", cluster.pid, reason)
            self._end(cluster, grace_seconds=SILENT_CLUSTER_GRACE_SECONDS)
            if self._dead_starts >= MAX_DEAD_STARTS:
                raise ClusterDoesNotStart(
                    f"The workers ended {MAX_DEAD_STARTS} times without running a single task.",
                    hint="The lines above say why; 'manage.py check --database default' may help.",
                )
            self._sleep(self._dead_starts)

    def _begin(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {WORKER_NAME_VARIABLE: self._name}
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")))
        )
        cluster = subprocess.Popen(  # noqa: S603 - our own interpreter and command
            [sys.executable, "-m", "django", "worker", "--cluster-of", str(os.getpid())],
            env=environment,
            start_new_session=True,
        )
        self._dead_starts += 1
        self._next_tick = self._alive_at = time.monotonic()
        return cluster

    def _watch(self, cluster: subprocess.Popen[bytes]) -> str:
        """Return why the cluster must end."""
        while not self._stop_requests:
            time.sleep(POLL_SECONDS)
            if cluster.poll() is not None:
                return f"it ended with code {cluster.returncode}"
            if time.monotonic() >= self._next_tick:
                self._next_tick = time.monotonic() + settings.JOB_TICK_SECONDS
                self._ask_for_tick()
            silent_seconds = time.monotonic() - self._alive_at
            if silent_seconds > settings.WORKER_SILENCE_SECONDS:
                return f"it has finished nothing for {silent_seconds:.0f} seconds"
        return "asked to stop"

    def _ask_for_tick(self) -> None:
        """Note a new heartbeat and queue the next tick; without a database nobody can tell."""
        close_old_connections()
        try:
            beat = last_beat(self._name)
            async_task(TICK_TASK, q_options={"group": "tick", "save": False})
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database is not available (%s).", type(error).__name__)
            self._alive_at = time.monotonic()
            return
        if beat != self._seen_beat:
            self._seen_beat = beat
            self._alive_at = time.monotonic()
            self._dead_starts = 0

    def _end(self, cluster: subprocess.Popen[bytes], *, grace_seconds: float) -> None:
        """Let the cluster finish what it runs, then remove what is left of its process group."""
        requests = self._stop_requests
        deadline = time.monotonic() + grace_seconds
        if cluster.poll() is None:
            cluster.terminate()
        while cluster.poll() is None and time.monotonic() < deadline:
            if self._stop_requests > max(requests, 1):
                break
            time.sleep(POLL_SECONDS)
        try:
            os.killpg(cluster.pid, signal.SIGKILL)
        except ProcessLookupError:
            logger.debug("cluster=%s: nothing left of it", cluster.pid)
        cluster.wait()

    def _sleep(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._stop_requests and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_requests += 1


def run_cluster(supervisor_pid: int) -> bool:
    """Run the library's cluster in this process until it is told to stop or its supervisor is gone.

    Return whether it ended in order. Without a supervisor it may finish what it runs, but not hang.
    """
    bind_children()
    when_orphaned(supervisor_pid, _end_group_in_time)
    post_execute.connect(beat_after_task)
    cluster = Cluster()
    cluster.start()
    # Asking a sentinel that is killed while it waits for that never returns: so not in this thread.
    asking = threading.Thread(target=cluster.stop, name="stop", daemon=True)
    while cluster.sentinel.is_alive():
        if os.getppid() != supervisor_pid and asking.ident is None:
            asking.start()
        time.sleep(POLL_SECONDS)
    return bool(cluster.has_stopped)


def _end_group_in_time() -> None:
    """Kill what is left of this process group when running tasks have had their time to end."""
    time.sleep(settings.Q_TIMEOUT + STOP_MARGIN_SECONDS)
    os.killpg(0, signal.SIGKILL)
