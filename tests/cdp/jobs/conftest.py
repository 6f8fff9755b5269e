"""A clock, a kind of job that can be told to misbehave, and a job of it."""

from __future__ import annotations

import pytest

from cdp.jobs.requests import enqueue
from tests.cdp.jobs.kinds import After, Behaviour, Counting, FakeClock, OneFile, registered
from tests.conftest import NOW


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture(autouse=True)
def behaviour(monkeypatch):
    behaviour = Behaviour()
    monkeypatch.setattr(Counting, "behaviour", behaviour)
    with registered(Counting, OneFile, After):
        yield behaviour


@pytest.fixture
def job():
    return enqueue("counting", now=NOW)
