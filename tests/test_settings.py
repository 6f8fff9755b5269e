"""A wrong setting stops the start with a sentence that says which one and what to write instead."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules import ROOT

SHOW = (
    "from django.conf import settings; "
    "print(settings.DATABASES['default']['ENGINE'], settings.Q_CLUSTER['workers'], settings.DEBUG)"
)


CONNECT_TIMEOUT = "settings.DATABASES['default']['OPTIONS']['connect_timeout']"


def shown(folder: Path, expression: str, **settings: str) -> str:
    """Return what an expression about the settings gives in a process of its own."""
    code = f"from django.conf import settings; print({expression})"
    return start(folder, code=code, **settings).stdout.strip()


def start(folder: Path, *, code: str = SHOW, **settings: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of its own, with nothing set but `settings`."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "cdp.settings",
        "REGULARS_DATA_DIR": str(folder),
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("DEBUG", "perhaps", "Set DEBUG to 1 or 0"),
        ("HTTPS", "2", "Set HTTPS to 1 or 0"),
        ("BEHIND_PROXY", "maybe", "Set BEHIND_PROXY to 1 or 0"),
        ("WORKERS", "many", "Set WORKERS to a whole number from 1 to 64"),
        ("WORKERS", "0", "Set WORKERS to a whole number from 1 to 64"),
        ("WORKERS", "1.5", "Set WORKERS to a whole number from 1 to 64"),
        ("TASK_TIMEOUT_SECONDS", "5", "from 15 to 3600"),
        ("JOB_LEASE_SECONDS", "-1", "Set JOB_LEASE_SECONDS to a whole number"),
        ("JOB_SLICE_SECONDS", "x", "Set JOB_SLICE_SECONDS to a whole number"),
        ("JOB_TICK_SECONDS", "0", "Set JOB_TICK_SECONDS to a whole number"),
        ("WORKER_SILENCE_SECONDS", "1", "Set WORKER_SILENCE_SECONDS to a whole number"),
        ("SEGMENT_MAX_CONDITIONS", "99", "from 1 to 20"),
        ("EXPORT_DAYS", "0", "Set EXPORT_DAYS to a whole number from 1 to 365"),
        ("UPLOAD_LIMIT_MB", "0", "from 1 to 100000"),
        ("LOGIN_FAILURES", "1", "from 3 to 100"),
        ("LOGIN_LOCK_MINUTES", "soon", "Set LOGIN_LOCK_MINUTES to a whole number from 1 to 1440"),
        ("LOG_LEVEL", "loud", "Set LOG_LEVEL to one of DEBUG, INFO"),
        ("SECRET_KEY", "short", "shorter than 32 characters"),
        ("CSRF_TRUSTED_ORIGINS", "shop.example", "Write https://shop.example"),
        ("DATABASE_URL", "mysql://localhost/regulars", "Use SQLite or PostgreSQL"),
        ("DATABASE_URL", "nonsense", "Write sqlite:////path/to/file.sqlite3"),
        ("REGULARS_DATA_DIR", "/dev/null/regulars", "Name a folder that this user may write to"),
    ],
)
def test_a_wrong_setting_is_explained(name: str, value: str, hint: str, tmp_path: Path) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured")
    assert name in last
    assert hint in last


def test_nothing_need_be_set(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.stdout.split() == ["django.db.backends.sqlite3", "2", "False"], done.stderr


def test_an_empty_setting_counts_as_not_set(tmp_path: Path) -> None:
    done = start(tmp_path, WORKERS="", DEBUG=" ", DATABASE_URL="", SECRET_KEY="")
    assert done.stdout.split() == ["django.db.backends.sqlite3", "2", "False"], done.stderr


def test_settings_are_taken_from_the_environment(tmp_path: Path) -> None:
    address = "postgres://anna:secret@localhost:5432/regulars"
    done = start(tmp_path, DATABASE_URL=address, WORKERS="3", DEBUG="yes")
    assert done.stdout.split() == ["django.db.backends.postgresql", "3", "True"], done.stderr


def test_a_server_that_does_not_answer_is_given_up_soon(tmp_path: Path) -> None:
    address = "postgres://anna:secret@localhost:5432/regulars"
    assert shown(tmp_path, CONNECT_TIMEOUT, DATABASE_URL=address) == "10"
    longer = f"{address}?connect_timeout=30"
    assert shown(tmp_path, CONNECT_TIMEOUT, DATABASE_URL=longer) == "30"


def test_the_header_of_a_proxy_is_believed_only_behind_one(tmp_path: Path) -> None:
    assert shown(tmp_path, "settings.SECURE_PROXY_SSL_HEADER") == "None"
    header = "('HTTP_X_FORWARDED_PROTO', 'https')"
    assert shown(tmp_path, "settings.SECURE_PROXY_SSL_HEADER", BEHIND_PROXY="1") == header


def test_the_log_in_is_guarded_as_the_environment_says(tmp_path: Path) -> None:
    guard = "settings.AXES_FAILURE_LIMIT, settings.AXES_COOLOFF_TIME.total_seconds() / 60"
    assert shown(tmp_path, guard) == "5 15.0"
    assert shown(tmp_path, guard, LOGIN_FAILURES="3", LOGIN_LOCK_MINUTES="60") == "3 60.0"


def test_the_settings_of_a_real_installation_pass_the_check_for_one(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "REGULARS_DATA_DIR": str(tmp_path),
        "HTTPS": "1",
        "BEHIND_PROXY": "1",
        "ALLOWED_HOSTS": "crm.example",
        "CSRF_TRUSTED_ORIGINS": "https://crm.example",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_the_made_up_secret_key_stays_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    start(tmp_path)
    path = tmp_path / "secret_key"
    made = path.read_text()
    assert len(made) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    start(tmp_path)
    assert path.read_text() == made


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    assert "tooshort" not in start(tmp_path, SECRET_KEY="tooshort").stderr


def test_processes_that_start_together_agree_on_the_made_up_key(tmp_path: Path) -> None:
    show = "from django.conf import settings; print(settings.SECRET_KEY)"
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "cdp.settings",
        "REGULARS_DATA_DIR": str(tmp_path),
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-c", show],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    keys = {process.communicate(timeout=60)[0].strip() for process in started}
    assert keys == {(tmp_path / "secret_key").read_text()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_arithmetic_runs_on_one_core_unless_told_otherwise(tmp_path: Path) -> None:
    threads = "__import__('os').environ['OPENBLAS_NUM_THREADS']"
    shown_by_default = shown(tmp_path, f"settings.DEBUG or {threads}")
    assert shown_by_default == "1"
    assert shown(tmp_path, f"settings.DEBUG or {threads}", OPENBLAS_NUM_THREADS="3") == "3"
