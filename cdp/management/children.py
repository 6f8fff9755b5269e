"""Child processes of a command: started together, watched, and stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdp.exceptions import RegularsError

STOP_SECONDS = 30
POLL_SECONDS = 0.2
LOG_LINES = 20


class ChildFailed(RegularsError):
    """A child process ended or stayed silent although it was to serve."""


@dataclass(frozen=True)
class Child:
    """A running process, what people call it, and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    def last_lines(self) -> str:
        """Return the end of what the process wrote."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])


def start(
    name: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
) -> Child:
    """Start a process in a group of its own, so that Ctrl-C reaches only the command itself."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - arguments come from the command, no shell
            arguments,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, log)


def stop(children: Sequence[Child], *, seconds: float = STOP_SECONDS) -> None:
    """Ask every process to end; end those that have not done so in time, with their children."""
    for child in children:
        if child.is_running:
            child.process.terminate()
    deadline = time.monotonic() + seconds
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


def require_running(children: Sequence[Child]) -> None:
    """Raise `ChildFailed` with the end of its output if one of the processes has ended."""
    for child in children:
        if not child.is_running:
            raise ChildFailed(
                f"The {child.name} stopped unexpectedly (exit code {child.process.returncode}). "
                f"The end of {child.log}:\n{child.last_lines()}"
            )


def answers(address: str, *, seconds: float = 5) -> bool:
    """Return whether an HTTP address answers with success."""
    try:
        with urllib.request.urlopen(address, timeout=seconds) as response:  # noqa: S310 - http only
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def wait_for(address: str, children: Sequence[Child], *, seconds: float) -> None:
    """Wait until an HTTP address answers with success while all processes run."""
    deadline = time.monotonic() + seconds
    while not answers(address):
        require_running(children)
        if time.monotonic() > deadline:
            raise ChildFailed(
                f"{address} did not answer within {seconds:.0f} seconds.",
                hint="Look into " + ", ".join(str(child.log) for child in children) + ".",
            )
        time.sleep(POLL_SECONDS)
