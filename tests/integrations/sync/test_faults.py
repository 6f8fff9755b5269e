"""What goes wrong at a service, and that the audience is right afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.models import JobState
from integrations.models import AudienceState, ConnectionState, RunState
from integrations.sync.requests import recreate
from tests.integrations.sync.stage import Stage
from tests.integrations.test_destination_contract import FAULTS

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
    people = stage.people(3)
    stage.vendor.fail(matches=stage.vendor.writes, **(FAULTS[fault] | {"times": 2}))
    if fault == "429 with Retry-After":
        stage.vendor.faults[0].reply.headers["Retry-After"] = "3600"
        stage.vendor.faults[0].times = 1
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


def test_a_service_that_needs_hours_is_asked_again(stage: Stage, monkeypatch: Any) -> None:
    people = stage.people(3)
    monkeypatch.setattr(stage.vendor, "work", lambda: None)
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
    monkeypatch.undo()
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
