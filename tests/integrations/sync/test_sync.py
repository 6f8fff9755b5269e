from __future__ import annotations

from typing import Any

import pytest

from integrations.models import RunState
from tests.integrations.sync.stage import KEYS, Stage, stage_of
from tests.vendors import FAKES

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[key for key in KEYS if key in FAKES])
def stage(request: Any, settings: Any, monkeypatch: Any) -> Any:
    with stage_of(request.param, settings, monkeypatch) as stage:
        yield stage


def test_the_first_run_sends_everybody(stage: Stage) -> None:
    people = stage.people(5)
    run = stage.sync()
    assert (run.state, run.error) == (RunState.DONE, "")
    assert stage.inside() == stage.faces(people)
    assert (run.wanted, run.to_add, run.added, run.removed, run.refused) == (5, 5, 5, 0, 0)
    assert stage.states() == {"in": 5}
    assert stage.audience.synced_at


def test_a_second_run_without_changes_writes_nothing(stage: Stage) -> None:
    stage.people(5)
    stage.sync()
    before = stage.writes()
    run = stage.sync()
    assert run.state == RunState.DONE
    assert stage.writes() == before
    assert run.requests == 0


def test_who_leaves_the_segment_leaves_the_audience(stage: Stage) -> None:
    people = stage.people(5)
    stage.sync()
    stage.leave(people[:2])
    run = stage.sync()
    assert stage.inside() == stage.faces(people[2:])
    assert (run.added, run.updated, run.removed) == (0, 0, 2)
