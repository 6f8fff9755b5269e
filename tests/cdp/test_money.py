"""Money is exact in Python and in the database, and sums stay exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ExpressionWrapper, F, Sum
from hypothesis import given
from hypothesis import strategies as st

from cdp.models import Order, Product
from cdp.money import LIMIT, MoneyField, from_units, to_units
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("amount", "units"),
    [
        ("0", 0),
        ("0.1", 1000),
        ("19.99", 199_900),
        ("0.00004", 0),
        ("0.00005", 1),
        ("-0.00005", -1),
        ("-12.5", -125_000),
        (3, 30_000),
        ("922337203685477.5807", 2**63 - 1),
    ],
)
def test_amounts_become_whole_ten_thousandths_rounded_half_up(
    amount: str | int, units: int
) -> None:
    assert to_units(amount) == units


@pytest.mark.parametrize(
    ("units", "shown"), [(0, "0.00"), (199_900, "19.99"), (12_345, "1.2345"), (-50, "-0.0050")]
)
def test_amounts_show_two_decimals_or_four(units: int, shown: str) -> None:
    assert str(from_units(units)) == shown


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
def test_no_stored_amount_changes_on_the_way_to_python_and_back(units: int) -> None:
    assert to_units(from_units(units)) == units


@pytest.mark.parametrize("value", ["twelve", "", "NaN", "Infinity", "1e40", LIMIT + 1, object()])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="is not an amount of money"):
        MoneyField().to_python(value if not isinstance(value, Decimal) else str(value))


@pytest.mark.django_db
def test_three_times_ten_cents_are_thirty_cents_in_the_database() -> None:
    for number in range(3):
        Product.objects.create(external_id=str(number), price=Decimal("0.1"))
    assert Product.objects.aggregate(total=Sum("price"))["total"] == Decimal("0.30")
    assert Product.objects.filter(price__lt=Decimal("0.10")).count() == 0


@pytest.mark.django_db
def test_amounts_are_compared_and_computed_in_the_database() -> None:
    Order.objects.create(
        external_id="1", placed_at=NOW, currency="EUR", total="19.99", discount="5.01"
    )
    full = Order.objects.annotate(
        full=ExpressionWrapper(F("total") + F("discount"), MoneyField())
    ).get()
    assert full.full == Decimal("25.00")
    assert Order.objects.filter(total__gte="19.99", total__lt=20).exists()


@pytest.mark.django_db
def test_no_amount_stays_none() -> None:
    assert Product.objects.create(external_id="1", price=None).price is None
    assert Product.objects.get().price is None
