"""Slow questions are stopped, quick ones are not, and the connection can be used afterwards."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError, connection

from cdp.bulk.deadline import DeadlinePassed, deadline
from cdp.models import Customer

pytestmark = pytest.mark.django_db

# Far more rows than any machine counts within the deadline.
SLOW = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) "
    "SELECT COUNT(*) FROM n"
)


def ask(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_slow_question_is_stopped_in_time() -> None:
    begun = time.monotonic()
    with pytest.raises(DeadlinePassed, match=r"0\.3 seconds"), deadline(0.3):
        ask(SLOW)
    assert time.monotonic() - begun < 3


def test_the_connection_works_on_without_limit_afterwards() -> None:
    with pytest.raises(DeadlinePassed), deadline(0.1):
        ask(SLOW)
    assert Customer.objects.count() == 0
    if connection.vendor == "postgresql":
        assert ask("SHOW statement_timeout") == "0"


def test_all_questions_together_have_the_time() -> None:
    few = SLOW.replace("2000000000", "200000")

    def ask_often() -> None:
        for _attempt in range(1000):
            ask(few)

    with pytest.raises(DeadlinePassed), deadline(0.3):
        ask_often()


def test_quick_questions_are_answered() -> None:
    with deadline(5):
        assert ask("SELECT 7") == 7
    if connection.vendor == "postgresql":
        assert ask("SHOW statement_timeout") == "0"


def test_another_error_of_the_database_stays_what_it_is() -> None:
    with pytest.raises(OperationalError, match="nothing"), deadline(5):
        raise OperationalError("nothing")
