"""Start-up checks: settings that would lose work or data, each with what to do about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import cast
from zoneinfo import ZoneInfo

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseFailure

from cdp.jobs import job_kinds
from cdp.models import Shop
from cdp.schedules import DAILY, FOLLOW_UPS, WATCHED

Apps = Sequence[AppConfig] | None
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")


@register(Tags.files)
def data_folder_is_writable(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Uploads, rejects and an embedded database live in the data folder."""
    if os.access(settings.DATA_DIR, os.R_OK | os.W_OK | os.X_OK):
        return []
    return [
        Error(
            f"The data folder {settings.DATA_DIR} cannot be written to.",
            hint="Give this user write access, or name another folder in REGULARS_DATA_DIR.",
            id="cdp.E001",
        )
    ]


@register(Tags.compatibility)
def sqlite_is_durable(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Without these options SQLite refuses writers at random or forgets what it acknowledged."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return []
    options = cast("dict[str, str]", database.get("OPTIONS", {}))
    commands = options.get("init_command", "").replace(" ", "")
    missing = [pragma for pragma in SQLITE_PRAGMAS if pragma not in commands]
    if options.get("transaction_mode") != "IMMEDIATE":
        missing.append("transaction_mode IMMEDIATE")
    if not missing:
        return []
    return [
        Error(
            f"The SQLite database is used without {', '.join(missing)}.",
            hint="Leave DATABASES as cdp.settings makes it from DATABASE_URL.",
            id="cdp.E002",
        )
    ]


@register(Tags.compatibility)
def queue_does_not_repeat_running_tasks(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """A task is handed out again after `retry`, even while it waits in memory or runs."""
    queue = cast("dict[str, int]", settings.Q_CLUSTER)
    workers, limit, timeout = queue["workers"], queue["queue_limit"], queue["timeout"]
    rounds = (limit + 1 + workers - 1) // workers + 1
    needed = rounds * (timeout + 3) + 30
    if queue["retry"] >= needed:
        return []
    return [
        Error(
            f"Q_CLUSTER['retry'] is {queue['retry']} seconds: tasks would be started twice.",
            hint=f"Set it to {needed} or more for {workers} workers, a queue_limit of {limit} and "
            f"a timeout of {timeout} seconds.",
            id="cdp.E003",
        )
    ]


@register(Tags.compatibility)
def scheduled_kinds_exist(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """What is named in `cdp.schedules` must be a kind of job."""
    named = {daily.kind for daily in DAILY} | set(FOLLOW_UPS) | set(WATCHED)
    named |= {kind for followers in FOLLOW_UPS.values() for kind in followers}
    unknown = sorted(kind for kind in named if kind not in job_kinds)
    return [
        Error(
            f"cdp.schedules names '{kind}', which is no kind of job.",
            hint="Register it in the tasks module of its app, or remove the name.",
            id="cdp.E004",
        )
        for kind in unknown
    ]


@register(Tags.compatibility)
def queue_is_in_the_database(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """A nudge is part of the transaction that stores the work; a failed task does not come back."""
    queue = settings.Q_CLUSTER
    expected = {"orm": "default", "ack_failures": True, "queue_limit": queue["workers"], "bulk": 1}
    wrong = [name for name, value in expected.items() if queue.get(name) != value]
    if not wrong:
        return []
    return [
        Error(
            f"Q_CLUSTER differs from what the job engine relies on: {', '.join(wrong)}.",
            hint="Leave Q_CLUSTER as cdp.settings makes it; set WORKERS and TASK_TIMEOUT_SECONDS.",
            id="cdp.E005",
        )
    ]


@register(Tags.database)
def shop_time_zone_exists(
    app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Every local day depends on the zone of the shop."""
    if not databases or "default" not in databases:
        return []
    try:
        name = Shop.objects.values_list("time_zone", flat=True).first()
    except DatabaseFailure:
        return []  # No tables yet: 'migrate' runs these checks too.
    try:
        ZoneInfo(name or "UTC")
    except (OSError, ValueError, KeyError):
        return [
            Error(
                f"The time zone of the shop, '{name}', does not exist.",
                hint="Choose one such as Europe/Berlin in the settings of the shop.",
                id="cdp.E006",
            )
        ]
    return []


@register(Tags.security)
def debug_stays_at_home(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Debug pages show settings and data to whoever asks."""
    strangers = sorted(set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS)
    if not settings.DEBUG or not strangers:
        return []
    return [
        Warning(
            f"DEBUG is on and ALLOWED_HOSTS opens the site to {', '.join(strangers)}.",
            hint="Set DEBUG=0 where others can reach the site.",
            id="cdp.W001",
        )
    ]


@register(Tags.security)
def secret_key_is_private(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Whoever reads the key can sign sessions and tasks."""
    path = settings.DATA_DIR / "secret_key"
    if not path.exists() or not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [
        Warning(
            f"Other users of this machine may read {path}.",
            hint=f"Run: chmod 600 {path}",
            id="cdp.W002",
        )
    ]


@register(Tags.compatibility)
def times_fit_the_longest_task(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """A lease that lapses under a busy worker makes two do the same chunk; and so on."""
    messages: list[CheckMessage] = []
    timeout = cast("dict[str, int]", settings.Q_CLUSTER)["timeout"]
    lease, silence = settings.JOB_LEASE_SECONDS, settings.WORKER_SILENCE_SECONDS
    if lease <= timeout + 3:
        messages.append(
            Warning(
                f"JOB_LEASE_SECONDS is {lease}, but a task may take {timeout}.",
                hint=f"Set JOB_LEASE_SECONDS above {timeout + 3}.",
                id="cdp.W003",
            )
        )
    if silence <= timeout + settings.JOB_TICK_SECONDS:
        messages.append(
            Warning(
                f"WORKER_SILENCE_SECONDS is {silence}: workers that are "
                "merely busy would be taken for dead.",
                hint=f"Set it above {timeout + settings.JOB_TICK_SECONDS}.",
                id="cdp.W004",
            )
        )
    slice_seconds = settings.JOB_SLICE_SECONDS
    if slice_seconds > timeout // 2:
        messages.append(
            Warning(
                f"JOB_SLICE_SECONDS is {slice_seconds}: the last step of a slice may "
                f"be killed at {timeout} seconds.",
                hint=f"Set it to {timeout // 2} or less.",
                id="cdp.W006",
            )
        )
    return messages
