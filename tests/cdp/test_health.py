from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from cdp.models import Heartbeat

pytestmark = pytest.mark.django_db
PATHS = ("/healthz", "/healthz/worker")


def beat(age_seconds):
    beat_at = timezone.now() - timedelta(seconds=age_seconds)
    Heartbeat.objects.create(name="worker", beat_at=beat_at)


def test_site_with_a_database_is_healthy(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_worker_that_ran_lately_is_healthy(client):
    beat(100)
    response = client.get("/healthz/worker")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_silent_worker_is_not_healthy(client):
    beat(200)
    response = client.get("/healthz/worker")
    assert response.status_code == 503
    assert b"No worker has run a task lately" in response.content


def test_missing_worker_is_not_healthy(client):
    assert client.get("/healthz/worker").status_code == 503


@pytest.mark.parametrize("path", PATHS)
def test_lost_database_is_said_in_a_sentence(client, path, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("could not connect to db.internal as anna")

    monkeypatch.setattr("django.db.models.query.QuerySet.exists", fail)
    response = client.get(path)
    assert (response.status_code, response.content) == (503, b"The database cannot be read.\n")


@pytest.mark.parametrize("path", PATHS)
def test_health_is_never_cached_and_only_read(client, path):
    assert "no-store" in client.get(path)["Cache-Control"]
    assert client.head(path).status_code in (200, 503)
    assert client.post(path).status_code == 405


def test_health_is_answered_without_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 301


@pytest.mark.django_db
def test_front_page_asks_strangers_to_log_in(client):
    assert client.get("/").headers["Location"] == "/admin/login/?next=/"
