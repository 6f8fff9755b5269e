"""A laboratory with a real `manage.py worker` on a database of its own, to kill its processes.

    def test_refresh_survives_kills(lab):              # fixture of tests/cluster/conftest.py
        lab.start_worker()
        job = enqueue("refresh", now=timezone.now())   # the test's ORM works on the lab's database
        for role in ("busy worker", "idle worker", "sentinel"):
            lab.wait_for_progress(job)
            lab.kill(role)
        lab.wait_for_end(job)
        lab.stop_worker()

The database is SQLite or PostgreSQL like the one of the test run: a copy of an empty one or of the
module's fixture `template`, removed in the end. Inside a test the default connection is the lab's,
so models, `enqueue` and whatever else work on it directly. Commands run as processes of their own:
`lab.run("refresh", "--full")` waits and returns the output, `lab.start("import_shop", folder)`
returns the process and `lab.kill_process(process)` kills it.

Leases, slices, ticks and the watchdog run on short times (`ENVIRONMENT`), so that recovery takes
seconds. A job whose chunks take longer than the lease would be taken over for ever: for such a job
set `lab.environment["JOB_LEASE_SECONDS"]` before starting anything.

Roles: "busy worker" (runs a job), "idle worker", "worker" (any), "pusher", "monitor", "sentinel"
(the guard), "leader" (the process in which the cluster begins), "supervisor" (the command itself;
start it again afterwards). Every wait has a deadline and fails with the end of the worker's log,
which is in `lab.log`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F
from django_q.models import OrmQ

from cdp.models import Job
from integrations.credentials.sealing import key_file

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "JOB_LEASE_SECONDS": "2",
    "JOB_SLICE_SECONDS": "2",
    "JOB_TICK_SECONDS": "1",
    "WORKER_SILENCE_SECONDS": "5",
    "TASK_TIMEOUT_SECONDS": "15",
    "LOG_LEVEL": "INFO",
    "PYTHONUNBUFFERED": "1",
}
MARK_VARIABLE = "LAB_FOLDER"  # Tells the processes of a lab, whoever their parent is now.
POLL_SECONDS = 0.05
DEADLINE_SECONDS = 90
LOG_LINES_SHOWN = 40

_ROLE_LINES = {
    "worker": re.compile(r"(\S+) ready for work at (\d+)"),
    "monitor": re.compile(r"(\S+) monitoring at (\d+)"),
    "pusher": re.compile(r"(\S+) pushing tasks at (\d+)"),
}
_BEGUN = re.compile(r"(Process-\S+) processing (\S+) 'cdp\.tasks\.run_job'")
_ENDED = re.compile(r"(?:Processed|Failed) 'cdp\.tasks\.run_job' \((\S+)\)")


class Lab:
    """One database, at most one worker command, and the means to hurt it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.log = folder / "worker.log"
        self.environment = (
            os.environ
            | ENVIRONMENT
            | {
                "DATABASE_URL": database_url,
                "REGULARS_DATA_DIR": str(folder),
                # What the test seals, its processes open.
                "CREDENTIAL_KEY_FILE": str(key_file()),
                MARK_VARIABLE: str(folder),
                "SECRET_KEY": settings.SECRET_KEY,
            }
        )
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._others: list[subprocess.Popen[bytes]] = []

    # Commands

    def run(self, *arguments: object) -> str:
        """Run a management command to its end and return what it printed; fail if it fails."""
        done = subprocess.run(
            self._command(*arguments),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start a management command in the background; its output goes to the lab's log."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._command(*arguments), env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )
        self._others.append(process)
        return process

    def kill_process(self, process: subprocess.Popen[bytes]) -> None:
        """Kill -9 a command that `start` has started, and wait until it is gone."""
        process.kill()
        process.wait()

    @staticmethod
    def _command(*arguments: object) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]

    # The worker

    def start_worker(self) -> None:
        """Start `manage.py worker` and wait until its workers are ready."""
        self._supervisor = self.start("worker")
        self.wait_for(lambda: self.pids("worker"), "workers")

    def stop_worker(self) -> int:
        """Ask the worker to stop (SIGTERM) and return its exit code."""
        assert self._supervisor is not None
        self._supervisor.terminate()
        return self._supervisor.wait(timeout=DEADLINE_SECONDS)

    def pids(self, role: str) -> list[int]:
        """Return the living processes of a role."""
        if self._supervisor is None or self._supervisor.poll() is not None:
            return []
        leaders = _children(self._supervisor.pid)
        sentinels = [pid for leader in leaders for pid in _children(leader)]
        if role in ("supervisor", "leader", "sentinel"):
            return {
                "supervisor": [self._supervisor.pid],
                "leader": leaders,
                "sentinel": sentinels,
            }[role]
        alive = {pid for sentinel in sentinels for pid in _children(sentinel)}
        lines = self.log.read_text(errors="replace")
        if role.endswith("worker"):
            workers = {name: int(pid) for name, pid in _ROLE_LINES["worker"].findall(lines)}
            ended = set(_ENDED.findall(lines))
            busy = {name for name, task in _BEGUN.findall(lines) if task not in ended}
            wanted = {
                "worker": set(workers),
                "busy worker": busy & set(workers),
                "idle worker": set(workers) - busy,
            }[role]
            return [workers[name] for name in wanted if workers[name] in alive]
        return [int(pid) for _name, pid in _ROLE_LINES[role].findall(lines) if int(pid) in alive]

    def kill(self, role: str) -> int:
        """Kill -9 one process of a role as soon as there is one; return its id."""
        for _chance in range(200):
            pid = self.wait_for(lambda: self.pids(role), role)[0]
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            if role == "supervisor":
                assert self._supervisor is not None
                self._supervisor.wait()
            self.wait_until_gone([pid])
            return pid
        raise AssertionError(f"No {role} lived long enough to be killed.")

    def freeze(self, role: str) -> list[int]:
        """Stop all processes of a role without ending them, as if they hung; return their ids."""
        pids = self.wait_for(lambda: self.pids(role), role)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        return pids

    def wait_until_gone(self, pids: list[int]) -> None:
        """Wait until none of the processes lives."""
        self.wait_for(lambda: not any(map(_is_running, pids)), f"the end of {pids}")

    # Waiting

    def wait_for(
        self, condition: Callable[[], Any], what: str, seconds: float = DEADLINE_SECONDS
    ) -> Any:
        """Return the first true value of `condition`; fail with the log's end when it is late."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
                raise AssertionError(f"Waited in vain for {what}.\n" + "\n".join(lines))
            time.sleep(POLL_SECONDS)

    def wait_for_progress(self, job: Job) -> Job:
        """Wait until the job has stored another step, or has ended."""
        before = Job.objects.get(pk=job.pk)

        def moved() -> Job | None:
            now = Job.objects.get(pk=job.pk)
            stands = (now.progressed_at, now.done) == (before.progressed_at, before.done)
            return None if stands and now.is_live else now

        return self.wait_for(moved, f"progress of {job}")

    def wait_for_end(self, job: Job, seconds: float = DEADLINE_SECONDS) -> Job:
        """Wait until the job has ended in whatever state."""
        self.wait_for(
            lambda: not Job.objects.live().filter(pk=job.pk).exists(), f"the end of {job}", seconds
        )
        return Job.objects.get(pk=job.pk)

    def wait_for_quiet(self, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until no job is live, follow-ups included."""
        self.wait_for(lambda: not Job.objects.live().exists(), "the end of all jobs", seconds)

    def queue_length(self) -> int:
        """Return how many tasks the queue holds, those handed out included."""
        return OrmQ.objects.count()

    def let_retry_time_pass(self) -> None:
        """Let the queue hand out again the tasks of workers that were killed."""
        retry = timedelta(seconds=settings.Q_CLUSTER["retry"])
        OrmQ.objects.filter(lock__isnull=False).update(lock=F("lock") - retry)

    def processes(self) -> list[int]:
        """Return all living processes of the lab, orphans included."""
        mark = f"{MARK_VARIABLE}={self.folder}".encode()
        return [
            pid
            for pid in _all_pids()
            if _is_running(pid) and mark in _bytes_of(pid, "environ").split(b"\0")
        ]

    def close(self) -> None:
        """Kill whatever still runs."""
        while pids := self.processes():
            for pid in pids:
                _kill(pid)
        for process in self._others:
            process.wait()


def _children(parent: int) -> list[int]:
    """Return the living children of a process, oldest first."""
    return [pid for pid in _all_pids() if _status(pid)[1] == parent and _is_running(pid)]


def _all_pids() -> list[int]:
    return sorted(int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit())


def _bytes_of(pid: int, name: str) -> bytes:
    """Return what the system tells of a process, nothing if there is no such process."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _status(pid: int) -> tuple[str, int]:
    """Return state and parent of a process; it is dead (X) if there is no such process."""
    fields = _bytes_of(pid, "stat").rpartition(b")")[2].split()
    return (fields[0].decode(), int(fields[1])) if fields else ("X", 0)


def _is_running(pid: int) -> bool:
    return _status(pid)[0] not in "XZ"


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
