from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def manage(tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cdp.settings",
        "REGULARS_DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shop.sqlite3'}",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_first_command_makes_the_tables_of_a_new_database(manage):
    first = manage("segments", "list")
    assert first.returncode == 0
    assert "creating its tables" in first.stderr
    assert manage("segments", "list").stderr == ""


def test_database_of_another_version_is_refused_with_a_hint(manage, tmp_path):
    manage("segments", "list")
    with sqlite3.connect(tmp_path / "shop.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'segments'")
    refused = manage("refresh")
    assert refused.returncode == 1
    assert "Run 'manage.py migrate' first" in refused.stderr
    assert "Traceback" not in refused.stderr
