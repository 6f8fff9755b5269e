"""Every criterion finds exactly the customers that plain Python finds."""

from __future__ import annotations

import pytest

from analytics.models import CustomerStatistics
from cdp.models import Customer
from segments.compiler import shop_time
from segments.criteria import criteria
from segments.models import MembershipEvent
from segments.rows import row_of
from tests.conftest import NOW
from tests.segments.examples import EXAMPLES
from tests.segments.oracle import ORACLES, Asked

pytestmark = pytest.mark.django_db


def customers() -> list[Customer]:
    people = list(
        Customer.objects.filter(statistics__isnull=False)
        .select_related("statistics", "classification", "forecast")
        .prefetch_related(
            "orders__lines__product",
            "orders__lines__order",
            "carts__lines__product",
            "events__product",
            "consents",
            "tags",
            "groups",
            "field_values__field",
            "memberships__segment",
            "interests__target__category",
            "interests__target__product",
        )
    )
    events = list(MembershipEvent.objects.select_related("segment"))
    for person in people:
        person.change_events = [event for event in events if event.customer_id == person.pk]
    return people


def test_every_criterion_has_an_oracle() -> None:
    assert set(ORACLES) == {criterion.key for criterion in criteria}


@pytest.mark.usefixtures("random_shop")
class TestOnARandomShop:
    @pytest.mark.parametrize("criterion", ORACLES)
    def test_the_query_finds_whom_plain_python_finds(self, criterion: str) -> None:
        people = customers()
        for operator, rows in EXAMPLES[criterion].items():
            for values in rows:
                asked = Asked(operator, values, NOW)
                expected = {person.pk for person in people if ORACLES[criterion](person, asked)}
                q = row_of(criterion, operator, values).q(now=shop_time(NOW))
                found = CustomerStatistics.objects.filter(q).values_list("pk", flat=True)
                assert set(found) == expected, f"{criterion} {operator} {values}"
