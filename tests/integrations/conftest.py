"""Adapters and their vendors know no database: one run proves them for both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integrations.pairs import distant, keeper, pair

__all__ = ["distant", "keeper", "pair"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.once)
