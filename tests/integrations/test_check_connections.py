"""Testing connections from the command line and once a day."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cdp.jobs.requests import enqueue
from cdp.jobs.runner import run_in_foreground
from integrations.models import Connection, ConnectionState
from tests.conftest import NOW
from tests.connections import make_connection, vendor_of

pytestmark = pytest.mark.django_db


def check(*names: str) -> str:
    out = StringIO()
    call_command("check_connections", *names, stdout=out)
    return out.getvalue()


def test_a_line_for_each_connection_with_its_account(settings: Any) -> None:
    assert "no connections" in check()
    with vendor_of("mailchimp", settings) as mailchimp, vendor_of("meta", settings) as meta:
        make_connection("mailchimp", mailchimp)
        make_connection("meta", meta)
        lines = check().splitlines()
        assert len(lines) == 2
        assert all(": ok, account " in line for line in lines)
        assert len(check("Our meta").splitlines()) == 1
    assert Connection.objects.filter(checked_at=None).count() == 0


def test_a_broken_one_fails_the_command_and_stops(settings: Any) -> None:
    with vendor_of("mailchimp", settings) as mailchimp, vendor_of("klaviyo", settings) as klaviyo:
        broken = make_connection("mailchimp", mailchimp)
        make_connection("klaviyo", klaviyo)
        mailchimp.revoke()
        out = StringIO()
        with pytest.raises(CommandError, match="1 of 2 connections do not work"):
            call_command("check_connections", stdout=out)
    assert "Our klaviyo (Klaviyo, active): ok" in out.getvalue()
    assert "Our mailchimp (Mailchimp, stopped): BROKEN. Mailchimp refused" in out.getvalue()
    assert mailchimp.settings["api_key"] not in out.getvalue()
    broken.refresh_from_db()
    assert broken.state == ConnectionState.STOPPED


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    make_connection("mailchimp")
    with pytest.raises(CommandError, match="Known: Our mailchimp"):
        check("Newsletter")


def test_the_daily_job_asks_all_but_the_paused_ones(settings: Any) -> None:
    with vendor_of("mailchimp", settings) as mailchimp:
        make_connection("mailchimp", mailchimp, name="A")
        make_connection("mailchimp", mailchimp, name="B", state=ConnectionState.PAUSED)
        make_connection("mailchimp", mailchimp, name="C", state=ConnectionState.STOPPED, error="X.")
        job = run_in_foreground(enqueue("check_connections", now=NOW))
    assert job.done == job.total == 2
    asked = Connection.objects.exclude(checked_at=None).values_list("name", flat=True)
    assert list(asked) == ["A", "C"]
    assert Connection.objects.get(name="C").state == ConnectionState.STOPPED
