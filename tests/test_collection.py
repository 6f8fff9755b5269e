"""Every process that collects the tests finds the same names."""

from __future__ import annotations

import os

import pytest


@pytest.mark.parametrize("content", [os.urandom(8)])
def test_bytes_do_not_name_a_test(content: bytes, request: pytest.FixtureRequest) -> None:
    assert len(content) == 8
    assert request.node.name.endswith("[content]")
