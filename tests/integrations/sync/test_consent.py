"""Consent decides at every destination, at every moment, whatever stands still."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cdp.jobs.requests import enqueue
from cdp.jobs.runner import run_in_foreground
from cdp.jobs.tick import start_watched
from cdp.models import ConsentFlag, Customer, Job
from integrations.connecting.connections import declared
from integrations.connecting.hooks import new_hook
from integrations.models import Audience, AudienceState, ConnectionState, MemberState
from integrations.sync.requests import SyncRefused, end, pause, resume
from tests.connections import make_audience, make_connection
from tests.integrations.sync.stage import Stage
from tests.predictions import make_forecast
from tests.vendors.mailchimp import LIST

pytestmark = pytest.mark.django_db


def withdraw(*customers: Customer) -> None:
    chosen = Customer.objects.filter(pk__in=[one.pk for one in customers])
    chosen.update(email_consent=ConsentFlag.WITHDRAWN, ads_consent=ConsentFlag.WITHDRAWN)


def grant(*customers: Customer) -> None:
    chosen = Customer.objects.filter(pk__in=[one.pk for one in customers])
    chosen.update(email_consent=ConsentFlag.GRANTED, ads_consent=ConsentFlag.GRANTED)


def _pause_audience(stage: Stage) -> None:
    pause(stage.audience, now=stage.now())


def _stop_audience(stage: Stage) -> None:
    Audience.objects.filter(pk=stage.audience.pk).update(state=AudienceState.STOPPED)


def _pause_connection(stage: Stage) -> None:
    stage.audience.connection.state = ConnectionState.PAUSED
    stage.audience.connection.save()


def _archive_segment(stage: Stage) -> None:
    stage.segment.is_archived = True
    stage.segment.save()


def _delete_segment(stage: Stage) -> None:
    stage.segment.delete()


STANDSTILLS = [
    _pause_audience,
    _stop_audience,
    _pause_connection,
    _archive_segment,
    _delete_segment,
]
while_it_stands_still = pytest.mark.parametrize(
    "stand_still", STANDSTILLS, ids=[one.__name__[1:] for one in STANDSTILLS]
)


@while_it_stands_still
def test_nobody_enters_whoever_may_not_be_there_leaves_and_the_others_stay(
    mailchimp: Stage, stand_still: Any
) -> None:
    people = mailchimp.people(6)
    mailchimp.sync()
    gone, withdrew, erased, deleted, *stay = people
    stand_still(mailchimp)
    if mailchimp.segment.pk:
        mailchimp.leave([gone])
        mailchimp.people(1, first=50)
    withdraw(withdrew)
    Customer.objects.filter(pk=erased.pk).update(erased_at=mailchimp.at, email="", phone="")
    face = mailchimp.faces([deleted])
    deleted.delete()
    run = mailchimp.sync()
    assert mailchimp.inside() == mailchimp.faces([gone, *stay])
    assert (run.removed, run.added) == (3, 0)
    assert not face & mailchimp.inside()
    left = mailchimp.audience.members.filter(state=MemberState.OUT)
    assert [one.sent for one in left] == [{}, {}, {}]


@while_it_stands_still
def test_the_tick_finds_them_without_anybody_asking(mailchimp: Stage, stand_still: Any) -> None:
    people = mailchimp.people(3)
    mailchimp.sync()
    stand_still(mailchimp)
    withdraw(people[0])
    Job.objects.all().delete()
    mailchimp.at += timedelta(hours=1)
    start_watched(now=mailchimp.at)
    (job,) = Job.objects.filter(kind="sync_due")
    run_in_foreground(job, clock=mailchimp.now, pause=lambda _seconds: None)
    mailchimp.work_on(Job.objects.get(kind="sync", target=str(mailchimp.audience.pk)))
    assert mailchimp.inside() == mailchimp.faces(people[1:])


def test_the_brake_does_not_hold_whoever_may_not_be_there(mailchimp: Stage) -> None:
    people = mailchimp.people(40)
    mailchimp.sync()
    withdraw(*people[:15])
    mailchimp.leave(people[15:35])
    run = mailchimp.sync()
    assert run.removed == 15
    assert mailchimp.audience.held_removals == 20
    assert mailchimp.inside() == mailchimp.faces(people[15:])


def test_a_stopped_connection_lets_nobody_out_until_it_works_again(mailchimp: Stage) -> None:
    people = mailchimp.people(3)
    mailchimp.sync()
    key = mailchimp.vendor.key
    mailchimp.vendor.revoke()
    withdraw(people[0])
    mailchimp.sync()
    assert mailchimp.audience.connection.state == ConnectionState.STOPPED
    with pytest.raises(SyncRefused, match="was stopped"):
        mailchimp.sync()
    assert mailchimp.member(people[0]).state == MemberState.PENDING_REMOVE
    mailchimp.vendor.key = key
    mailchimp.audience.connection.state = ConnectionState.ACTIVE
    mailchimp.audience.connection.save()
    mailchimp.sync()
    assert mailchimp.inside() == mailchimp.faces(people[1:])


def test_consent_granted_again_brings_somebody_back(stage: Stage) -> None:
    people = stage.people(3)
    stage.sync()
    withdraw(people[0])
    stage.sync()
    assert stage.inside() == stage.faces(people[1:])
    grant(people[0])
    stage.sync()
    assert stage.inside() == stage.faces(people)


def test_somebody_erased_is_not_wanted_again(stage: Stage) -> None:
    people = stage.people(2)
    stage.sync()
    Customer.objects.filter(pk=people[0].pk).update(erased_at=stage.at)
    stage.sync()
    assert stage.sync().requests == 0
    assert stage.inside() == stage.faces(people[1:])
    assert stage.member(people[0]).sent == {}


def test_the_record_of_somebody_deleted_outlives_them_until_the_service_confirms(
    stage: Stage,
) -> None:
    if stage.vendor.is_local:
        pytest.skip("what is kept here does not fail over there")
    people = stage.people(2)
    stage.sync()
    key, face = str(people[0].pk), stage.faces(people[:1])
    people[0].delete()
    stage.vendor.fail("before", stage.vendor.writes, times=50, status=503, data={})
    stage.sync()
    row = stage.audience.members.get(person_id=key)
    assert (row.customer, row.state) == (None, MemberState.PENDING_REMOVE)
    assert any(row.sent.values())
    stage.vendor.faults.clear()
    for _time in range(5):
        if not face & stage.inside():
            break
        stage.go_on()
    row.refresh_from_db()
    assert not face & stage.inside()
    assert (row.state, row.sent) == (MemberState.OUT, {})


def test_ending_an_audience_whose_segment_is_gone_takes_everybody_out(stage: Stage) -> None:
    people = stage.people(3)
    stage.sync()
    stage.segment.delete()
    stage.sync()
    assert stage.inside() == stage.faces(people)
    stage.work_on(end(stage.audience, now=stage.now()))
    assert stage.inside() == set()
    assert stage.audience.state == AudienceState.ENDED


def test_a_segment_taken_out_of_the_archive_is_followed_again(mailchimp: Stage) -> None:
    people = mailchimp.people(2)
    mailchimp.sync()
    _archive_segment(mailchimp)
    newcomers = mailchimp.people(1, first=9)
    mailchimp.sync()
    assert mailchimp.inside() == mailchimp.faces(people)
    mailchimp.segment.is_archived = False
    mailchimp.segment.save()
    mailchimp.sync()
    assert mailchimp.inside() == mailchimp.faces([*people, *newcomers])


def test_who_withdraws_while_paused_does_not_come_back_with_resume(mailchimp: Stage) -> None:
    people = mailchimp.people(3)
    mailchimp.sync()
    _pause_audience(mailchimp)
    withdraw(people[0])
    mailchimp.sync()
    mailchimp.work_on(resume(mailchimp.audience, now=mailchimp.now()))
    assert mailchimp.inside() == mailchimp.faces(people[1:])


def test_a_larger_share_to_compare_with_takes_people_out(mailchimp: Stage) -> None:
    people = mailchimp.people(40)
    for number, one in enumerate(people):
        one.bucket = number * 250
    Customer.objects.bulk_update(people, ["bucket"])
    mailchimp.sync()
    Audience.objects.filter(pk=mailchimp.audience.pk).update(holdout_percent=20)
    run = mailchimp.sync()
    assert (run.wanted, run.held_out, run.removed) == (32, 8, 8)
    assert len(mailchimp.inside()) == 32


def test_the_same_people_are_kept_out_at_two_services(mailchimp: Stage, settings: Any) -> None:
    people = mailchimp.people(20)
    for number, one in enumerate(people):
        one.bucket = number * 500
    Customer.objects.bulk_update(people, ["bucket"])
    Audience.objects.filter(pk=mailchimp.audience.pk).update(holdout_percent=25)
    mailchimp.sync()
    other = make_audience(make_connection("klaviyo"), mailchimp.segment, holdout_percent=25)
    run = run_in_foreground(
        enqueue("sync_dry_run", str(other.pk), now=mailchimp.now()),
        clock=mailchimp.now,
        pause=lambda _seconds: None,
    )
    found = other.runs.latest("pk")
    assert (found.wanted, found.held_out) == (15, 5), run.message
    sample = set(map(int, found.sample["add"]))
    assert len(mailchimp.inside()) == 15
    inside = mailchimp.audience.members.filter(state=MemberState.IN)
    assert sample <= set(inside.values_list("customer", flat=True))


def test_withdrawn_consent_to_profiling_clears_the_figures(mailchimp: Stage) -> None:
    (anna,) = mailchimp.people(1)
    make_forecast(anna)
    Audience.objects.filter(pk=mailchimp.audience.pk).update(profile_fields=["predicted_value"])
    mailchimp.sync()
    contact = mailchimp.vendor.contacts[anna.email]
    assert contact["fields"]["REG_VALUE"] == 120.0
    Customer.objects.filter(pk=anna.pk).update(profiling_consent=ConsentFlag.WITHDRAWN)
    mailchimp.sync()
    assert contact["fields"]["REG_VALUE"] == ""
    assert mailchimp.inside() == mailchimp.faces([anna])


def test_who_unsubscribes_over_there_loses_the_tag_and_keeps_their_choice(
    mailchimp: Stage,
) -> None:
    people = mailchimp.people(3)
    mailchimp.sync()
    mailchimp.vendor.unsubscribe(people[0].email, mailchimp.at)
    mailchimp.at += timedelta(minutes=20)
    start_watched(now=mailchimp.at)
    job = Job.objects.get(kind="read_withdrawals")
    run_in_foreground(job, clock=mailchimp.now, pause=lambda _seconds: None)
    mailchimp.sync()
    assert mailchimp.inside() == mailchimp.faces(people[1:])
    assert mailchimp.vendor.contacts[people[0].email]["status"] == "unsubscribed"


def test_a_call_of_mailchimp_is_followed_by_a_removal(mailchimp: Stage) -> None:
    people = mailchimp.people(3)
    mailchimp.sync()
    assert declared(mailchimp.audience.connection).calls_us
    secret = new_hook(mailchimp.audience.connection, user=None, now=mailchimp.at)
    call = {"type": "unsubscribe", "data[email]": people[0].email, "data[list_id]": LIST}
    Client().post(f"/hooks/{secret}", call)
    mailchimp.sync()
    assert mailchimp.inside() == mailchimp.faces(people[1:])
