"""Which audiences are looked at without anybody asking."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cdp.jobs.requests import enqueue
from cdp.jobs.runner import run_in_foreground
from cdp.jobs.tick import tick
from cdp.models import ConsentFlag, Customer, Job
from integrations.audiences import end_in_place
from integrations.models import AudienceState, ConnectionState, RunKind, Schedule
from integrations.sync.due import due_audiences
from integrations.sync.moments import next_daily
from integrations.sync.requests import end
from tests.conftest import NOW
from tests.integrations.sync.stage import Stage

pytestmark = pytest.mark.django_db


def due(stage: Stage, *, thoroughly: bool = True) -> list[RunKind | None]:
    stage.audience.refresh_from_db()
    return [kind for _one, kind in due_audiences(now=stage.at, thoroughly=thoroughly)]


def refresh(stage: Stage) -> None:
    stage.segment.computed_at = stage.now()
    stage.segment.save()
    stage.now()


def test_an_audience_follows_each_refresh_of_its_segment(mailchimp: Stage) -> None:
    assert due(mailchimp) == []
    refresh(mailchimp)
    assert due(mailchimp, thoroughly=False) == [RunKind.SYNC]
    mailchimp.sync()
    assert due(mailchimp) == []
    refresh(mailchimp)
    assert due(mailchimp) == [RunKind.SYNC]


@pytest.mark.parametrize("what", ["manual", "paused", "stopped", "archived", "connection"])
def test_what_does_not_follow_is_left_alone(mailchimp: Stage, what: str) -> None:
    refresh(mailchimp)
    audience = mailchimp.audience
    if what == "manual":
        audience.schedule = Schedule.MANUAL
    elif what == "archived":
        mailchimp.segment.is_archived = True
        mailchimp.segment.save()
    elif what == "connection":
        audience.connection.state = ConnectionState.PAUSED
        audience.connection.save()
    else:
        audience.state = AudienceState(what)
    audience.save()
    assert due(mailchimp) == []


def test_a_daily_audience_is_due_at_its_time_of_day(mailchimp: Stage) -> None:
    audience = mailchimp.audience
    audience.schedule, audience.daily_at = Schedule.DAILY, time(6, 30)
    audience.save()
    mailchimp.sync()
    refresh(mailchimp)
    assert due(mailchimp) == []
    mailchimp.at = datetime(2026, 11, 25, 5, 29, tzinfo=UTC)
    assert due(mailchimp) == []
    mailchimp.at = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)  # 6.30 in Copenhagen
    assert due(mailchimp) == [RunKind.SYNC]
    mailchimp.sync()
    assert due(mailchimp) == []
    assert audience.connection  # It says when it is next looked at.
    assert mailchimp.audience.next_run_at == datetime(2026, 11, 26, 5, 30, tzinfo=UTC)


def test_the_next_time_of_day_follows_the_clocks() -> None:
    zone = ZoneInfo("Europe/Copenhagen")
    before = datetime(2026, 10, 24, 10, tzinfo=UTC)
    assert next_daily(time(9), zone, after=before) == datetime(2026, 10, 25, 8, tzinfo=UTC)
    same = datetime(2026, 10, 25, 8, tzinfo=UTC)
    assert next_daily(time(9), zone, after=same) == datetime(2026, 10, 26, 8, tzinfo=UTC)


def test_whoever_may_not_be_there_makes_an_audience_due(mailchimp: Stage) -> None:
    people = mailchimp.people(2)
    mailchimp.sync()
    mailchimp.audience.state = AudienceState.PAUSED
    mailchimp.audience.save()
    Customer.objects.filter(pk=people[0].pk).update(email_consent=ConsentFlag.WITHDRAWN)
    assert due(mailchimp, thoroughly=False) == []
    assert due(mailchimp) == [None]
    mailchimp.audience.connection.state = ConnectionState.STOPPED
    mailchimp.audience.connection.save()
    assert due(mailchimp) == []


def test_members_a_service_forgets_are_sent_again_in_time(
    mailchimp: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailchimp.people(2)
    mailchimp.sync()
    kind = type(mailchimp.destination)
    monkeypatch.setattr(kind, "resend_days", 90)
    monkeypatch.setattr(kind, "is_readable", False)
    mailchimp.at += timedelta(days=89)
    assert due(mailchimp) == []
    mailchimp.at += timedelta(days=2)
    assert due(mailchimp) == [RunKind.FULL]
    mailchimp.sync(RunKind.FULL)
    assert due(mailchimp) == []


def test_the_tick_starts_what_is_due_and_a_refresh_of_segments_too(mailchimp: Stage) -> None:
    people = mailchimp.people(2)
    refresh(mailchimp)
    mailchimp.at = NOW + timedelta(minutes=1)
    tick(now=mailchimp.at)
    job = Job.objects.get(kind="sync_due")
    job = run_in_foreground(job, clock=mailchimp.now, pause=lambda _seconds: None)
    assert job.message == "1 audience was due."
    mailchimp.work_on(Job.objects.get(kind="sync"))
    assert mailchimp.inside() == mailchimp.faces(people)
    tick(now=mailchimp.now())
    assert not Job.objects.live().filter(kind__startswith="sync").exists()
    segments = enqueue("refresh_segments", now=mailchimp.now())
    run_in_foreground(segments, clock=mailchimp.now, pause=lambda _seconds: None)
    assert Job.objects.live().filter(kind="sync_due").exists()


def test_a_shop_without_audiences_is_not_bothered(mailchimp: Stage) -> None:
    mailchimp.audience.delete()
    tick(now=mailchimp.now())
    segments = enqueue("refresh_segments", now=mailchimp.now())
    run_in_foreground(segments, clock=mailchimp.now, pause=lambda _seconds: None)
    assert not Job.objects.filter(kind="sync_due").exists()


def test_an_audience_that_can_be_read_is_compared_every_week(mailchimp: Stage) -> None:
    people = mailchimp.people(2)
    mailchimp.sync(RunKind.COMPARE)  # Nothing to read yet: it is made.
    mailchimp.sync(RunKind.COMPARE)
    mailchimp.at += timedelta(days=6)
    assert due(mailchimp) == []
    mailchimp.at += timedelta(days=1)
    assert due(mailchimp) == [RunKind.COMPARE]
    mailchimp.change_there(gone=people[0].email, come="stranger@shop.example")
    assert mailchimp.sync(RunKind.COMPARE).repaired == 1
    assert due(mailchimp) == []


def test_whoever_may_not_be_there_leaves_an_audience_that_has_ended_too(mailchimp: Stage) -> None:
    people = mailchimp.people(2)
    mailchimp.sync()
    end_in_place(mailchimp.audience, user=None, now=mailchimp.now())
    refresh(mailchimp)
    assert due(mailchimp) == []
    Customer.objects.filter(pk=people[0].pk).update(email_consent=ConsentFlag.WITHDRAWN)
    assert due(mailchimp) == [None]
    mailchimp.sync()
    assert mailchimp.inside() == mailchimp.faces(people[1:])
    assert mailchimp.audience.state == AudienceState.ENDED


def test_an_end_that_failed_is_not_tried_at_every_tick(mailchimp: Stage) -> None:
    mailchimp.people(1)
    mailchimp.sync()
    refusal = {"title": "Invalid Resource", "detail": "No."}
    mailchimp.vendor.fail("before", mailchimp.vendor.writes, status=400, data=refusal)
    mailchimp.work_on(end(mailchimp.audience, now=mailchimp.now()))
    assert mailchimp.audience.state == AudienceState.ENDING
    assert due(mailchimp) == []
    mailchimp.at += timedelta(hours=6)
    assert due(mailchimp) == [RunKind.END]
    mailchimp.sync()
    assert mailchimp.audience.state == AudienceState.ENDED
