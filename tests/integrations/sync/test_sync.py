"""What a marketer relies on, at every destination: the audience equals the segment."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from cdp.models import ConsentFlag, Customer
from integrations.destinations import destinations
from integrations.models import (
    AudienceMember,
    AudienceState,
    MemberState,
    RunKind,
    RunState,
)
from integrations.sync.requests import end, pause, release_removals, resume
from tests.integrations.sync.stage import Stage, stage_of
from tests.vendors.server import Reply

pytestmark = pytest.mark.django_db


def test_an_empty_segment_makes_an_empty_audience(stage: Stage) -> None:
    run = stage.sync()
    assert (run.state, run.wanted) == (RunState.DONE, 0)
    assert stage.inside() == set()
    assert stage.sync().requests == 0


def test_the_first_run_sends_everybody(stage: Stage) -> None:
    people = stage.people(5)
    run = stage.sync()
    assert (run.state, run.error) == (RunState.DONE, "")
    assert stage.inside() == stage.faces(people)
    assert (run.wanted, run.to_add, run.added, run.removed, run.refused) == (5, 5, 5, 0, 0)
    assert stage.states() == {"in": 5}
    assert stage.audience.synced_at
    assert stage.audience.sent_in_full_at
    if hasattr(stage.vendor, "names"):
        assert stage.vendor.names() == ["Customers A"]


def test_a_second_run_without_changes_asks_nothing(stage: Stage) -> None:
    stage.people(5)
    stage.sync()
    run = stage.sync()
    assert (run.state, run.requests, run.to_add) == (RunState.DONE, 0, 0)
    assert stage.job.message == "Nothing had to be changed."


def test_who_leaves_the_segment_leaves_the_audience(stage: Stage) -> None:
    people = stage.people(5)
    stage.sync()
    stage.leave(people[:2])
    newcomers = stage.people(1, first=10)
    run = stage.sync()
    assert stage.inside() == stage.faces(people[2:] + newcomers)
    assert (run.added, run.updated, run.removed) == (1, 0, 2)
    assert stage.member(people[0]).sent == {}
    stage.enter(people[:1])
    assert stage.sync().added == 1
    assert stage.inside() == stage.faces([people[0], *people[2:], *newcomers])


@pytest.mark.parametrize("is_paused", [False, True])
def test_who_withdraws_leaves(stage: Stage, is_paused: bool) -> None:
    people = stage.people(4)
    stage.sync()
    if is_paused:
        pause(stage.audience, now=stage.now())
    Customer.objects.filter(pk=people[0].pk).update(email_consent=ConsentFlag.WITHDRAWN)
    Customer.objects.filter(pk=people[0].pk).update(ads_consent=ConsentFlag.UNKNOWN)
    run = stage.sync()
    assert stage.inside() == stage.faces(people[1:])
    assert (run.removed, run.to_remove) == (1, 1)


@pytest.mark.parametrize("how", ["erased", "deleted"])
def test_who_is_erased_leaves(stage: Stage, how: str) -> None:
    people = stage.people(4)
    stage.sync()
    gone = Customer.objects.filter(pk=people[0].pk)
    if how == "erased":
        gone.update(erased_at=stage.at, email="", phone="")
    else:
        gone.delete()
    # Even when nobody follows the segment any more.
    stage.segment.delete()
    assert stage.sync().removed == 1
    assert stage.inside() == stage.faces(people[1:])


def test_consent_is_looked_at_once_more_before_sending(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = stage.people(3)
    kind = type(destinations.get(stage.audience.connection.destination))
    create = kind.create_audience

    def withdrawing(self: Any, name: str) -> str:
        # Somebody withdraws while the audience is being made.
        Customer.objects.filter(pk=people[0].pk).update(
            email_consent=ConsentFlag.WITHDRAWN, ads_consent=ConsentFlag.WITHDRAWN
        )
        return create(self, name)

    monkeypatch.setattr(kind, "create_audience", withdrawing)
    stage.sync()
    assert stage.inside() == stage.faces(people[1:])
    assert stage.states().get("in") == 2


def test_a_new_address_replaces_the_old_one(stage: Stage) -> None:
    people = stage.people(3)
    stage.sync()
    people[0].email = "new@shop.example"
    people[0].phone = "+4529999999"
    people[0].save()
    run = stage.sync()
    assert stage.inside() == stage.faces(people)
    assert (run.added, run.updated, run.removed) == (0, 1, 0)
    assert stage.states() == {"in": 3}
    assert stage.sync().requests == 0


def test_somebody_refused_is_told_and_holds_nobody_up(stage: Stage) -> None:
    if not hasattr(stage.vendor, "refuse"):
        pytest.skip("this service names nobody it refuses")
    people = stage.people(4)
    stage.vendor.refuse(people[1].email)
    run = stage.sync()
    assert (run.added, run.refused, run.state) == (3, 1, RunState.DONE)
    member = stage.member(people[1])
    assert member.state == MemberState.REFUSED
    assert member.reason
    assert "@" not in member.reason
    assert stage.inside() == stage.faces([people[0], *people[2:]])
    assert stage.sync().requests == 0  # It is not asked again in vain.
    run = stage.sync(RunKind.FULL)
    assert (run.refused, run.updated) == (1, 3)


def test_the_brake_stops_a_mass_removal_and_asks(stage: Stage) -> None:
    people = stage.people(40)
    stage.sync()
    stage.leave(people[:20])
    newcomers = stage.people(2, first=50)
    Customer.objects.filter(pk=people[39].pk).update(
        email_consent=ConsentFlag.WITHDRAWN, ads_consent=ConsentFlag.WITHDRAWN
    )
    run = stage.sync()
    assert run.state == RunState.HELD
    assert stage.audience.held_removals == 20
    # Whoever may not be there leaves all the same; the newcomers wait.
    assert stage.inside() == stage.faces(people[:39])
    assert stage.sync().state == RunState.HELD
    run = stage.work_on(release_removals(stage.audience, now=stage.now()))
    assert (run.state, run.removed, run.added) == (RunState.DONE, 20, 2)
    assert stage.inside() == stage.faces(people[20:39] + newcomers)
    assert (stage.audience.held_removals, stage.audience.released_removals) == (0, 0)


def test_a_dry_run_shows_and_sends_nothing(stage: Stage) -> None:
    people = stage.people(30)
    stage.sync()
    stage.leave(people[:25])
    newcomers = stage.people(3, first=50)
    before = len(stage.vendor.requests)
    rows = list(AudienceMember.objects.order_by("pk").values_list())
    run = stage.sync(RunKind.DRY_RUN)
    assert (run.kind, run.state) == (RunKind.DRY_RUN, RunState.DONE)
    assert (run.wanted, run.to_add, run.to_remove, run.to_update) == (8, 3, 25, 0)
    assert run.sample["add"] == [str(one.pk) for one in newcomers]
    assert run.sample["remove"] == [str(one.pk) for one in people[:20]]
    assert run.notes  # It would be held back.
    assert len(stage.vendor.requests) == before
    assert list(AudienceMember.objects.order_by("pk").values_list()) == rows


def test_a_paused_audience_keeps_its_people(stage: Stage) -> None:
    people = stage.people(3)
    stage.sync()
    pause(stage.audience, now=stage.now())
    stage.leave(people[:1])
    stage.people(1, first=10)
    assert stage.sync().requests == 0
    assert stage.inside() == stage.faces(people)
    stage.work_on(resume(stage.audience, now=stage.now()))
    assert len(stage.inside()) == 3
    assert stage.faces(people[:1]).isdisjoint(stage.inside())


def test_the_end_of_an_audience_takes_everybody_out(stage: Stage) -> None:
    stage.people(40)
    stage.sync()
    run = stage.work_on(end(stage.audience, now=stage.now()))
    assert (run.kind, run.state, run.removed) == (RunKind.END, RunState.DONE, 40)
    assert stage.inside() == set()
    assert stage.audience.state == AudienceState.ENDED
    assert stage.states() == {"out": 40}


def test_everybody_is_sent_again_when_asked(stage: Stage) -> None:
    people = stage.people(4)
    stage.sync()
    before = stage.audience.sent_in_full_at
    writes = len(stage.writes())
    run = stage.sync(RunKind.FULL)
    assert (run.state, run.updated, run.added) == (RunState.DONE, 4, 0)
    assert stage.inside() == stage.faces(people)
    assert stage.vendor.is_local or len(stage.writes()) > writes
    assert stage.audience.sent_in_full_at > before


def test_a_replacement_takes_strangers_out_where_the_service_can(stage: Stage) -> None:
    people = stage.people(4)
    stage.sync()
    stage.leave(people[:1])
    if stage.destination.can_replace:
        members = stage.vendor.kept[stage.audience.remote_id]["members"]
        members[stage.vendor.face("stranger@shop.example")] = stage.at - timedelta(days=1)
    run = stage.sync(RunKind.REPLACE)
    assert run.state == RunState.DONE
    assert run.kind == (RunKind.REPLACE if stage.destination.can_replace else RunKind.FULL)
    assert stage.inside() == stage.faces(people[1:])
    assert stage.sync().requests == 0


@pytest.mark.parametrize("key", ["google", "meta"])
def test_an_interrupted_replacement_goes_on_where_it_was(
    key: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage_of(key, settings, monkeypatch) as stage:
        people = stage.people(7)
        stage.sync()
        monkeypatch.setattr(stage.destination, "batch_size", 2)
        answer, count = stage.vendor.answer, 0

        def tired(request: Any) -> Any:
            nonlocal count
            found = answer(request)
            if re.search("usersreplace|ingest", request.path):
                count += 1
                return Reply(503, {}) if count in (3, 4) else found
            return found

        stage.vendor.answer = tired
        run = stage.sync(RunKind.REPLACE)
        assert run.state == RunState.WAITING
        # Somebody asks for the usual meanwhile; the replacement goes on.
        again = stage.sync()
        assert (again.pk, again.kind) == (run.pk, RunKind.REPLACE)
        while again.state == RunState.WAITING:
            again = stage.go_on()
        assert again.state == RunState.DONE
        assert stage.inside() == stage.faces(people)
        assert stage.states() == {"in": 7}


def test_a_comparison_repairs_what_was_changed_over_there(stage: Stage) -> None:
    people = stage.people(4)
    stage.sync()
    run = stage.sync(RunKind.COMPARE)
    if not stage.destination.is_readable:
        assert run.kind == RunKind.SYNC
        return
    assert (run.state, run.repaired) == (RunState.DONE, 0)
    assert stage.audience.foreign_count == 0
    stage.change_there(gone=people[0].email, come="stranger@shop.example")
    run = stage.sync(RunKind.COMPARE)
    assert (run.state, run.repaired) == (RunState.DONE, 1)
    assert stage.audience.foreign_count == 1
    assert stage.audience.compared_at
    assert stage.inside() == stage.faces(people) | {"stranger@shop.example"}


def test_a_held_out_share_is_not_sent(stage: Stage) -> None:
    stage.people(10)
    Customer.objects.update(bucket=0)
    Customer.objects.filter(email="person.0@shop.example").update(
        bucket=-stage.segment.pk * 7919 % 10_000
    )
    Customer.objects.exclude(email="person.0@shop.example").update(
        bucket=(5_000 - stage.segment.pk * 7919) % 10_000
    )
    stage.audience.holdout_percent = 10
    stage.audience.save()
    run = stage.sync()
    assert (run.wanted, run.held_out, run.added) == (9, 1, 9)


def test_a_retry_of_people_nobody_confirmed(mailchimp: Stage) -> None:
    stage = mailchimp
    stage.people(1)
    stage.sync()
    stage.people(1, first=5)
    AudienceMember.objects.filter(state=MemberState.IN).update(
        state=MemberState.ERROR, tries=1, retry_at=stage.at + timedelta(days=1)
    )
    assert stage.sync().added == 1
    assert stage.states() == {"error": 1, "in": 1}
    stage.at += timedelta(days=1, minutes=1)
    stage.sync()
    assert stage.states() == {"in": 2}


def test_figures_that_change_at_every_look_are_sent_all_the_same(
    mailchimp: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count()
    kind = type(mailchimp.destination)
    monkeypatch.setattr(kind, "outline", lambda self, person: next(numbers))
    people = mailchimp.people(2)
    assert mailchimp.sync().state == RunState.DONE
    assert mailchimp.inside() == mailchimp.faces(people)
