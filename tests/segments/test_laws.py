"""Laws that every criterion with every operator keeps, on random shops."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import translation

from analytics.models import CustomerStatistics
from segments.compiler import combined, shop_time
from segments.criteria import criteria
from segments.criteria.params import plain
from segments.models import Match
from segments.rows import Row, row_of
from tests.conftest import NOW
from tests.segments.examples import EXAMPLES, ROWS
from tests.segments.shops import make_random_shop

pytestmark = pytest.mark.django_db


def everybody() -> set[int]:
    return set(CustomerStatistics.objects.values_list("pk", flat=True))


def members(q: Q) -> list[int]:
    return list(CustomerStatistics.objects.order_by().filter(q).values_list("pk", flat=True))


def rows_for(criterion: str) -> list[Row]:
    return [
        row_of(criterion, operator, values)
        for operator, rows in EXAMPLES[criterion].items()
        for values in rows
    ]


def named(row: Row) -> str:
    return f"{row.criterion.key} {row.operator.key} {row.params}"


def test_every_criterion_and_operator_has_at_least_two_examples() -> None:
    declared = {(entry.key, operator.key) for entry in criteria for operator in entry.operators}
    shown = [(criterion, operator) for criterion, operator, _values in ROWS]
    assert {pair for pair in shown if shown.count(pair) >= 2} == declared


def test_keys_of_operators_are_unique_within_a_criterion() -> None:
    for criterion in criteria:
        keys = [operator.key for operator in criterion.operators]
        assert len(set(keys)) == len(keys)


@pytest.mark.usefixtures("random_shop")
class TestOnARandomShop:
    @pytest.mark.parametrize("criterion", EXAMPLES)
    def test_a_row_is_one_query_splits_everybody_and_knows_who_lacks_the_value(
        self, criterion: str
    ) -> None:
        present, now = everybody(), shop_time(NOW)
        assert len(present) > 20
        is_telling = False
        for row in rows_for(criterion):
            with CaptureQueriesContext(connection) as queries:
                inside = members(row.q(now=now))
            assert len(queries) == 1, named(row)
            negated = Row(row.criterion, row.operator, row.params, is_negated=True)
            outside = members(negated.q(now=now))
            assert sorted([*inside, *outside]) == sorted(present), named(row)
            lacking = row.unknown(now=now)
            if lacking is not None:
                assert set(members(lacking)) <= set(outside), named(row)
            is_telling |= bool(inside) and bool(outside)
        assert is_telling, "No example tells the customers apart."

    def test_any_is_the_union_and_all_the_intersection(self) -> None:
        now = shop_time(NOW)
        rows = [
            row_of(criterion, operator, values, is_negated=number % 3 == 0)
            for number, (criterion, operator, values) in enumerate(ROWS[::11])
        ]
        sets = [set(members(row.q(now=now))) for row in rows]
        for first in range(len(rows) - 2):
            taken, parts = rows[first : first + 3], sets[first : first + 3]
            either = combined(taken, match=Match.ANY, now=NOW).values_list("pk", flat=True)
            both = combined(taken, match=Match.ALL, now=NOW).values_list("pk", flat=True)
            assert sorted(either) == sorted(set.union(*parts))
            assert sorted(both) == sorted(set.intersection(*parts))


def test_no_rows_match_nobody() -> None:
    make_random_shop(3, customers=5)
    for match in Match.values:
        assert not combined([], match=match, now=NOW).exists()


@pytest.mark.parametrize("criterion", EXAMPLES)
def test_values_survive_the_way_into_a_file_and_back(criterion: str) -> None:
    for row in rows_for(criterion):
        stored = plain(row.params)
        assert all(isinstance(value, str | int | list) for value in stored.values())
        again = row_of(criterion, row.operator.key, json.loads(json.dumps(stored)))
        assert again == row
        assert plain(again.params) == stored
        assert again.describe() == row.describe()


@pytest.mark.parametrize("criterion", EXAMPLES)
def test_the_sentence_can_be_read(criterion: str) -> None:
    for row in rows_for(criterion):
        sentence = row.describe(currency="EUR")
        assert sentence[0].isupper() or sentence.startswith(str(row.params.get("field")))
        assert not sentence.endswith(".")
        assert sentence == " ".join(sentence.split())
        values = " ".join(map(str, row.params.values()))
        assert not [sign for sign in "{}%" if sign in sentence and sign not in values]
        assert "None" not in sentence
        negated = Row(row.criterion, row.operator, row.params, is_negated=True)
        assert negated.describe() == f"not ({row.describe()})"


def test_shown_in_another_language_the_sentence_still_holds_its_values() -> None:
    row = row_of("revenue", "at_least", {"value": "1234.5", "last": 3, "unit": "months"})
    with translation.override("de"), override_settings(USE_THOUSAND_SEPARATOR=True):
        assert "1.234,5 EUR" in row.describe(currency="EUR")
