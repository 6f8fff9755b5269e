"""Asking an audience for runs, and what the pages say of them; its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cdp.jobs.runner import run_in_foreground
from cdp.models import AuditAction, AuditEntry, Customer, Job
from integrations.models import (
    Audience,
    AudienceState,
    MemberState,
    RunKind,
    RunState,
    SyncRun,
)
from integrations.stored_files import folder, store
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, make_member, vendor_of
from tests.integrations.views.audience_pages import look, press, text_of, words_of
from tests.people import client_of

pytestmark = pytest.mark.django_db


# Runs


@pytest.fixture
def vendor(settings: Any) -> Iterator[Any]:
    with vendor_of("mailchimp", settings) as vendor:
        yield vendor


def finish(kind: str) -> Job:
    job = run_in_foreground(Job.objects.live().get(kind=kind), pause=lambda _seconds: None)
    assert job.state == "done", job.message
    return job


def test_from_dry_run_to_a_ledger_that_is_equal(
    marketer: Client, audience: Audience, vendor: Any
) -> None:
    press(marketer, "start", audience, kind="dry_run")
    assert "data-job" in look(marketer, "detail", audience.pk)
    finish("sync_dry_run")
    assert vendor.requests == []
    dry = SyncRun.objects.get()
    shown = look(marketer, "run", audience.pk, dry.pk)
    assert "To add 10" in words_of(shown)
    assert "Anna3" in shown
    assert "Do it" in shown
    assert "Anna3" not in look(client_of("Analyst"), "run", audience.pk, dry.pk)
    assert "Do it" in look(marketer, "detail", audience.pk)
    press(marketer, "start", audience, kind="sync")
    finish("sync")
    audience.refresh_from_db()
    assert len(vendor.inside(audience.remote_id)) == 10
    after = words_of(look(marketer, "detail", audience.pk))
    assert "all 10 people who belong in are there" in after
    assert "Added: 10" in after
    assert "Do it" not in look(marketer, "run", audience.pk, dry.pk)


@pytest.mark.parametrize("state", [AudienceState.ENDED, AudienceState.STOPPED])
def test_nothing_is_asked_of_an_audience_that_sends_nothing(
    marketer: Client, audience: Audience, state: str
) -> None:
    Audience.objects.update(state=state)
    assert 'value="sync"' not in look(marketer, "detail", audience.pk)
    assert "Nothing can be sent" in text_of(press(marketer, "start", audience, kind="sync"))
    assert not Job.objects.exists()


def test_an_audience_deleted_over_there_is_made_again(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    make_member(audience, people[0])
    Audience.objects.update(state=AudienceState.STOPPED, remote_id="77", error="It is gone.")
    assert "Make it again" in look(marketer, "detail", audience.pk)
    press(marketer, "again", audience)
    audience.refresh_from_db()
    assert (audience.state, audience.remote_id) == (AudienceState.ACTIVE, "")
    assert not audience.members.filter(state=MemberState.IN).exists()
    assert Job.objects.get().kind == "sync"


def test_a_file_is_taken_by_those_who_may_export_and_noted(
    marketer: Client, segment: Segment, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    files = make_audience(make_connection("csv"), segment, remote_id="customers")
    place = folder(files.connection.settings["folder"], files.remote_id)
    name = store(place, ["email\n", "a@x.example\n"], now=NOW).name
    assert name in look(marketer, "detail", files.pk)
    assert name not in look(client_of("Analyst"), "detail", files.pk)
    answer = marketer.get(reverse("audiences:file", args=[files.pk, name]))
    assert b"".join(answer) == b"email\na@x.example\n"
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.get(action=AuditAction.EXPORT_READ).details == name
    for other in ("20200101-000000.csv", "..%2Fsecret_key", "x.csv"):
        address = reverse("audiences:detail", args=[files.pk]) + f"files/{other}/"
        assert marketer.get(address).status_code == 404


def test_an_unknown_kind_of_run_is_refused(marketer: Client, audience: Audience) -> None:
    press(marketer, "start", audience, kind="end")
    assert not Job.objects.exists()


def test_every_run_has_a_page_and_a_sentence(marketer: Client, audience: Audience) -> None:
    run = SyncRun.objects.create(audience=audience, started_at=NOW, notes=["Slow today."])
    for kind in RunKind.values:
        for state in RunState.values:
            SyncRun.objects.update(kind=kind, state=state)
            run.refresh_from_db()
            shown = look(marketer, "run", audience.pk, run.pk)
            assert "Slow today." in shown
            assert str(run.get_state_display()) in shown


def test_a_run_that_waits_says_when_it_goes_on(marketer: Client, audience: Audience) -> None:
    SyncRun.objects.create(audience=audience, started_at=NOW, state=RunState.WAITING)
    Audience.objects.update(next_run_at=NOW)
    shown = words_of(look(marketer, "detail", audience.pk))
    assert "The service is still working on what was sent" in shown
    assert "It goes on: Nov. 24, 2026, 1 p.m. at the earliest." in shown
