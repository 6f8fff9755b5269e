"""The stage as a fixture, over every destination that has a fake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.sync.stage import KEYS, Stage, stage_of


@pytest.fixture(params=KEYS)
def stage(
    request: pytest.FixtureRequest,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    with stage_of(request.param, settings, monkeypatch) as stage:
        yield stage


@pytest.fixture
def mailchimp(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage_of("mailchimp", settings, monkeypatch) as stage:
        yield stage
