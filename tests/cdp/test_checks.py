from __future__ import annotations

import pytest

from cdp import checks
from cdp.models import Shop
from cdp.schedules import Daily


def ids(check, **kwargs):
    messages = check(None, **kwargs)
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def test_shipped_settings_pass():
    for check in (
        checks.data_folder_is_writable,
        checks.sqlite_is_durable,
        checks.queue_does_not_repeat_running_tasks,
        checks.queue_is_in_the_database,
        checks.debug_stays_at_home,
        checks.secret_key_is_private,
        checks.times_fit_the_longest_task,
        checks.scheduled_kinds_exist,
    ):
        assert ids(check) == []


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_retry_shorter_than_waiting_and_running_is_an_error(settings, workers):
    queue = settings.Q_CLUSTER | {"workers": workers, "queue_limit": workers, "timeout": 60}
    needed = ((workers + 1 + workers - 1) // workers + 1) * 63 + 30
    settings.Q_CLUSTER = queue | {"retry": needed - 1}
    assert ids(checks.queue_does_not_repeat_running_tasks) == ["cdp.E003"]
    settings.Q_CLUSTER = queue | {"retry": needed}
    assert ids(checks.queue_does_not_repeat_running_tasks) == []


@pytest.mark.parametrize(
    "change", [{"orm": None}, {"ack_failures": False}, {"queue_limit": 9}, {"bulk": 5}]
)
def test_queue_that_the_job_engine_cannot_rely_on_is_an_error(settings, change):
    settings.Q_CLUSTER = settings.Q_CLUSTER | change
    assert ids(checks.queue_is_in_the_database) == ["cdp.E005"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"transaction_mode": "DEFERRED"},
        {"init_command": "PRAGMA journal_mode=WAL"},
        {"init_command": "PRAGMA synchronous=FULL"},
    ],
)
def test_sqlite_without_its_options_is_an_error(monkeypatch, settings, options):
    good = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous = FULL;",
    }
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "OPTIONS": good | options if options else {},
    }
    monkeypatch.setitem(settings.DATABASES, "default", database)
    assert ids(checks.sqlite_is_durable) == ["cdp.E002"]


def test_data_folder_that_is_missing_is_an_error(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"
    assert ids(checks.data_folder_is_writable) == ["cdp.E001"]


def test_debug_on_a_public_host_is_a_warning(settings):
    settings.DEBUG = True
    assert ids(checks.debug_stays_at_home) == []
    settings.ALLOWED_HOSTS = ["localhost", "shop.example"]
    assert ids(checks.debug_stays_at_home) == ["cdp.W001"]


def test_secret_key_that_others_may_read_is_a_warning(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    path = tmp_path / "secret_key"
    path.touch(mode=0o600)
    assert ids(checks.secret_key_is_private) == []
    path.chmod(0o640)
    assert ids(checks.secret_key_is_private) == ["cdp.W002"]


def test_times_that_do_not_fit_the_longest_task_are_warnings(settings):
    settings.JOB_LEASE_SECONDS = 63
    settings.WORKER_SILENCE_SECONDS = 120
    settings.JOB_SLICE_SECONDS = 31
    assert ids(checks.times_fit_the_longest_task) == ["cdp.W003", "cdp.W004", "cdp.W006"]


def test_schedule_naming_no_kind_of_job_is_reported(monkeypatch):
    monkeypatch.setattr(checks, "DAILY", (Daily("a", None),))
    monkeypatch.setattr(checks, "FOLLOW_UPS", {"b": ("c",)})
    monkeypatch.setattr(checks, "WATCHED", ("d",))
    assert ids(checks.scheduled_kinds_exist) == ["cdp.E004"] * 4
    monkeypatch.setattr(checks, "job_kinds", {"a": 1, "b": 1, "c": 1, "d": 1})
    assert ids(checks.scheduled_kinds_exist) == []


@pytest.mark.django_db
def test_unknown_time_zone_of_the_shop_is_an_error():
    assert ids(checks.shop_time_zone_exists, databases=["default"]) == []
    Shop.objects.create(pk=1, time_zone="Europe/Atlantis")
    assert ids(checks.shop_time_zone_exists, databases=["default"]) == ["cdp.E006"]
    assert ids(checks.shop_time_zone_exists, databases=None) == []
