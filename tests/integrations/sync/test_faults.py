"""What goes wrong at a service, and that the audience is right afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.models import JobState
from integrations.exceptions import CredentialsUnreadable
from integrations.models import AudienceState, ConnectionState, MemberState, RunState
from integrations.sync import lines
from integrations.sync.requests import end, recreate
from tests.integrations.sync.stage import Stage, stage_of
from tests.integrations.test_destination_faults import FAULTS
from tests.vendors.meta import graph_error
from tests.vendors.server import Reply

pytestmark = pytest.mark.django_db

LONG_FAULTS = ("429 with Retry-After", "429 without", "503 after", "dropped after")


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_pass(stage: Stage, fault: str) -> None:
    if fault == "web page" and stage.vendor.takes_any_success:
        pytest.skip("this service may answer what it likes")
    people = stage.people(4)
    stage.sync()
    stage.leave(people[:1])
    newcomers = stage.people(1, first=10)
    if fault == "silence":
        stage.read_seconds = 0.3
    stage.vendor.fail(matches=stage.vendor.writes, **FAULTS[fault])
    run = stage.sync()
    assert run.state == RunState.DONE
    assert stage.inside() == stage.faces(people[1:] + newcomers)
    assert stage.sync().requests == 0


@pytest.mark.parametrize("fault", LONG_FAULTS)
def test_a_long_fault_makes_the_run_wait_and_go_on(stage: Stage, fault: str) -> None:
    if stage.vendor.is_local:
        pytest.skip("nothing travels")
    people = stage.people(3)
    how = FAULTS[fault] | {"times": 2}
    if fault == "429 with Retry-After":
        how |= {"times": 1, "headers": {"Retry-After": "3600"}}
    stage.vendor.fail(matches=stage.vendor.writes, **how)
    run = stage.sync()
    assert run.state == RunState.WAITING
    assert run.error
    assert stage.states() == {"pending_add": 3}
    assert stage.job.state == JobState.DONE
    assert stage.audience.next_run_at is not None
    pause_seconds = (stage.audience.next_run_at - stage.at).total_seconds()
    assert 30 < pause_seconds <= 3600
    if fault == "429 with Retry-After":
        assert pause_seconds > 3590
    again = stage.go_on()
    assert (again.pk, again.state, again.error) == (run.pk, RunState.DONE, "")
    assert stage.inside() == stage.faces(people)
    assert again.added == 3
    assert stage.audience.next_run_at is None


def test_a_service_that_needs_hours_is_asked_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = stage.people(3)
    with monkeypatch.context() as slow:
        slow.setattr(stage.vendor, "work", lambda: None)
        run = stage.sync()
        if run.state == RunState.DONE:
            pytest.skip("this service answers at once")
        assert run.state == RunState.WAITING
        assert stage.states() == {"pending_add": 3}
        assert sum(stage.waits) <= 20
        # Somebody leaves meanwhile, and a run is asked for: nobody is sent twice.
        before = len(stage.writes())
        stage.leave(people[:1])
        assert stage.sync().state == RunState.WAITING
        assert len(stage.writes()) == before
    for _ in range(3):
        run = stage.go_on() if stage.audience.next_run_at else stage.sync()
    assert run.state == RunState.DONE
    assert stage.inside() == stage.faces(people[1:])
    assert stage.audience.runs.count() <= 3


def test_revoked_credentials_stop_the_connection(stage: Stage) -> None:
    people = stage.people(3)
    stage.sync()
    key = {
        name: getattr(stage.vendor, name)
        for name in ("key", "token", "refresh")
        if hasattr(stage.vendor, name)
    }
    if not key:
        pytest.skip("this service has no log-in to revoke")
    stage.vendor.revoke()
    stage.leave(people[:1])
    run = stage.sync()
    assert (run.state, stage.job.state) == (RunState.FAILED, JobState.FAILED)
    assert run.error
    assert run.hint
    connection = stage.audience.connection
    assert (connection.state, connection.error) == (ConnectionState.STOPPED, run.error)
    assert stage.audience.state == AudienceState.ACTIVE
    for name, value in key.items():
        setattr(stage.vendor, name, value)
    connection.state = ConnectionState.ACTIVE
    connection.save()
    assert stage.sync().state == RunState.DONE
    assert stage.inside() == stage.faces(people[1:])
    assert stage.audience.connection.error == ""


def test_an_audience_deleted_there_is_made_again_when_asked(stage: Stage) -> None:
    if not hasattr(stage.vendor, "lose"):
        pytest.skip("this service keeps no audience")
    people = stage.people(3)
    stage.sync()
    stage.vendor.lose(stage.audience.remote_id)
    stage.people(1, first=10)
    run = stage.sync()
    assert run.state == RunState.FAILED
    assert stage.audience.state == AudienceState.STOPPED
    assert stage.audience.error == run.error
    assert stage.audience.hint
    run = stage.work_on(recreate(stage.audience, now=stage.now()))
    assert run.state == RunState.DONE
    assert run.added == 4
    assert stage.audience.state == AudienceState.ACTIVE
    assert stage.audience.error == ""
    assert len(stage.inside()) == 4
    assert stage.vendor.names() == ["Customers A"]
    assert stage.faces(people) < stage.inside()


def test_one_person_a_whole_batch_is_refused_for_is_found(mailchimp: Stage) -> None:
    stage = mailchimp
    people = stage.people(9)
    bad = people[4].email
    answer = stage.vendor.answer

    def picky(request: Any) -> Any:
        if bad.encode() in request.body and request.method == "POST":
            return Reply(400, {"title": "Invalid Resource", "detail": "Something is wrong."})
        return answer(request)

    stage.vendor.answer = picky
    run = stage.sync()
    assert run.state == RunState.DONE
    assert stage.inside() == stage.faces([*people[:4], *people[5:]])
    member = stage.member(people[4])
    assert member.state == MemberState.ERROR
    assert "Something is wrong" in member.reason
    assert stage.sync().requests == 0  # Not before tomorrow.


def test_a_service_that_refuses_everybody_stops_the_audience(mailchimp: Stage) -> None:
    stage = mailchimp
    stage.people(9)
    refusal = {"title": "Invalid Resource", "detail": "Nothing will do."}
    stage.vendor.fail("before", stage.vendor.writes, times=99, status=400, data=refusal)
    run = stage.sync()
    assert (run.state, stage.audience.state) == (RunState.FAILED, AudienceState.STOPPED)
    assert "Nothing will do" in stage.audience.error
    assert len(stage.vendor.requests) < 30


def test_an_update_the_service_refuses_takes_somebody_out_for_good(mailchimp: Stage) -> None:
    stage = mailchimp
    people = stage.people(3)
    stage.sync()
    people[0].first_name = "Berta"
    people[0].save()
    del stage.vendor.contacts[people[0].email]
    stage.vendor.refuse(people[0].email)
    run = stage.sync()
    assert (run.refused, run.removed) == (1, 0)
    member = stage.member(people[0])
    assert (member.state, member.sent) == (MemberState.REFUSED, {})
    assert stage.inside() == stage.faces(people[1:])
    assert stage.sync().requests == 0


def test_removals_a_service_puts_off_do_not_fail_the_run(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage_of("meta", settings, monkeypatch) as stage:
        people = stage.people(3)
        stage.sync()
        stage.leave(people[:1])
        too_small = graph_error(100, 1870047)
        stage.vendor.fail("before", "DELETE .*/users$", **too_small)
        run = stage.sync()
        assert run.state == RunState.DONE
        assert run.notes
        member = stage.member(people[0])
        assert (member.state, member.tries) == (MemberState.PENDING_REMOVE, 1)
        assert member.reason
        assert stage.audience.next_run_at is not None
        assert stage.go_on().removed == 1
        assert stage.inside() == stage.faces(people[1:])


def test_credentials_that_do_not_open_fail_the_run_with_words(
    mailchimp: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailchimp.people(1)

    def closed(*_arguments: object, **_options: object) -> None:
        raise CredentialsUnreadable("The key is missing.", hint="Put it back.")

    with monkeypatch.context() as missing:
        missing.setattr(lines, "connected", closed)
        run = mailchimp.sync()
    assert (run.state, run.error) == (RunState.FAILED, "The key is missing.")
    assert mailchimp.job.state == JobState.FAILED
    assert "Put it back." in mailchimp.job.message
    assert mailchimp.sync().state == RunState.DONE


def test_an_end_of_what_is_gone_already_is_an_end(mailchimp: Stage) -> None:
    mailchimp.people(3)
    mailchimp.sync()
    mailchimp.vendor.lose(mailchimp.audience.remote_id)
    run = mailchimp.work_on(end(mailchimp.audience, now=mailchimp.now()))
    assert (run.state, mailchimp.audience.state) == (RunState.DONE, AudienceState.ENDED)
    assert mailchimp.states() == {"out": 3}
