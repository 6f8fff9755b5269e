"""Only rows that differ are written."""

from __future__ import annotations

import pytest

from analytics.models import Interest, Strength
from cdp import bulk
from tests.factories import make_customer
from tests.predictions import make_interest, make_target

COLUMNS = ("customer_id", "target_id", "strength", "has_bought", "score")

pytestmark = pytest.mark.django_db


def test_rows_become_equal_and_equal_ones_stay_untouched() -> None:
    anna, bert = make_customer(), make_customer()
    tents, stoves = make_target("Tents"), make_target("Stoves")
    same = make_interest(anna, tents, score=0.25)
    make_interest(anna, stoves, Strength.MEDIUM)
    foreign = make_interest(bert, tents)
    stored = Interest.objects.filter(customer=anna)
    wanted = [
        (anna.pk, tents.pk, Strength.HIGH, False, 0.25),
        (anna.pk, stoves.pk, Strength.HIGH, False, 0.5),
    ]

    removed, added = bulk.make_equal(Interest, COLUMNS, wanted, key_width=2, stored=stored)
    assert [row[1] for row in removed] == [row[1] for row in added] == [stoves.pk]
    assert sorted(stored.values_list(*COLUMNS)) == sorted(wanted)
    assert stored.filter(pk=same.pk).exists()
    assert Interest.objects.filter(pk=foreign.pk).exists()

    assert bulk.make_equal(Interest, COLUMNS, wanted, key_width=2, stored=stored) == ([], [])
    bulk.make_equal(Interest, COLUMNS, [], key_width=2, stored=stored)
    assert list(Interest.objects.all()) == [foreign]
