"""What every test may ask for: the present moment, and no network but loopback."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache

_DATABASE = {"db", "transactional_db", "live_server", "lab"}
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name cases by the argument, not by its bytes: those of an archive hold the time of day, and
    the processes that share the tests must collect the same names.
    """
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for no database: it need not be repeated on a second one."""
    for item in items:
        if item.get_closest_marker("django_db") is None and not _DATABASE & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker("once")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Forget the figures of another test's shop: rows of a new one have the same numbers."""
    cache.clear()


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"A test tried to reach {host}.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
