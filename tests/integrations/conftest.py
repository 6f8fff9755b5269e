"""Destinations joined to their fakes, for all tests of this folder."""

from __future__ import annotations

from tests.integrations.pairs import distant, keeper, pair

__all__ = ["distant", "keeper", "pair"]
