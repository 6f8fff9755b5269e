"""A shop that a whole class of tests reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.segments.shops import make_random_shop


@pytest.fixture(scope="class", params=[1, 2])
def random_shop(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """One shop for many tests that only read; it is rolled back after the last one."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_random_shop(request.param)
        yield
        transaction.set_rollback(True)
