"""Runs the tests that start and kill workers on both databases at once: they mostly wait.

    python -m tests.side_by_side        # everything marked `cluster`

Each database is a run of its own, with its own processes and folders; what it printed is shown when
it has ended. The exit code is 1 if any of them failed.
"""

from __future__ import annotations

import os
import subprocess
import sys

PYTEST = [sys.executable, "-m", "pytest", "-q", "-m", "cluster"]
RUNS = {
    "SQLite": PYTEST,
    "PostgreSQL": [
        *(sys.executable, "-m", "tests.postgres"),
        *PYTEST,
        *("--ignore", "tests/test_demo.py"),  # it chooses its databases itself
    ],
}


def main() -> int:
    """Start all runs, wait for each, print what it said."""
    running = {
        name: subprocess.Popen(
            command,
            env={**os.environ, "DATABASE_URL": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, command in RUNS.items()
    }
    failed = []
    for name, process in running.items():
        output, _nothing = process.communicate()
        sys.stdout.write(f"-- {name}\n{output}")
        if process.returncode:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
