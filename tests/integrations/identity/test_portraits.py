from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import CustomerClassification, RecommendationList
from cdp.models import Customer, CustomerIdentity
from integrations.identity.portraits import persons
from integrations.identity.profile_fields import PROFILE_FIELDS
from tests.conftest import NOW
from tests.factories import make_customer, make_product
from tests.predictions import make_forecast, make_recommendation

pytestmark = pytest.mark.django_db

ALL = tuple(PROFILE_FIELDS)


def _identity(customer: Customer, kind: str, value: str, *, is_former: bool = False) -> None:
    CustomerIdentity.objects.create(
        customer=customer, kind=kind, value=value, is_former=is_former, first_seen_at=NOW
    )


def _classification(customer: Customer, **labels: str) -> None:
    CustomerClassification.objects.create(
        customer=customer,
        **({"life_cycle": "active", "importance": "loyal"} | labels),
        stage_since=NOW.date(),
        slip_days=60,
        lost_days=120,
        orders_at_own_pace=4,
        value_at_own_pace=200,
    )


def test_a_person_is_the_customer_as_stored() -> None:
    customer = make_customer(
        external_id="K-17",
        email="anna@example.com",
        phone="+4520123456",
        first_name="Anna",
        last_name="Ærø",
        language="da",
        country="DK",
        region="Fyn",
        city="Odense",
        postal_code="5000",
        email_consent=1,
        sms_consent=0,
        ads_consent=-1,
        profiling_consent=1,
    )
    (person,) = persons([customer.pk], fields=())
    assert person.id == str(customer.pk)
    assert person.shop_id == "K-17"
    assert (person.emails, person.phones) == (("anna@example.com",), ("+4520123456",))
    assert (person.first_name, person.last_name) == ("Anna", "Ærø")
    assert (person.country, person.region, person.city) == ("DK", "Fyn", "Odense")
    assert (person.postal_code, person.language) == ("5000", "da")
    assert person.consents == {"email", "profiling"}
    assert person.fields == {}


def test_current_identifiers_follow_the_preferred_one_and_former_ones_do_not() -> None:
    customer = make_customer(email="now@example.com", phone="+4520000001")
    _identity(customer, "email", "also@example.com")
    _identity(customer, "email", "now@example.com")
    _identity(customer, "email", "old@example.com", is_former=True)
    _identity(customer, "phone", "+4520000002")
    _identity(customer, "phone", "+4520000003", is_former=True)
    (person,) = persons([customer.pk], fields=())
    assert person.emails == ("now@example.com", "also@example.com")
    assert person.phones == ("+4520000001", "+4520000002")


def test_the_order_is_by_id_whoever_asks_and_nobody_comes_twice() -> None:
    ids = [make_customer().pk for _number in range(4)]
    found = persons([ids[2], ids[0], ids[3], ids[0], ids[1]], fields=())
    assert [person.id for person in found] == [str(pk) for pk in ids]


def test_erased_and_deleted_customers_are_left_out() -> None:
    erased = make_customer(email="gone@example.com", erased_at=NOW)
    assert persons([erased.pk, erased.pk + 1000], fields=ALL) == []


def test_the_figures_are_the_stored_ones() -> None:
    customer = make_customer()
    _classification(customer, life_cycle="slipping_away", importance="vip")
    make_forecast(customer, revenue_365=Decimal("123.4567"), next_order_on=date(2027, 2, 1))
    make_recommendation(
        customer, make_product("Spray"), of=RecommendationList.BUY_AGAIN, position=1
    )
    for number, name in enumerate(("Igloo", "Castle", "Shoe"), 1):
        make_recommendation(customer, make_product(name), position=number)
    (person,) = persons([customer.pk], fields=ALL)
    assert person.fields == {
        "life_cycle": "slipping_away",
        "importance": "vip",
        "predicted_value": 123.46,
        "next_order_on": date(2027, 2, 1),
        "recommended": "Spray, Igloo, Castle",
    }


def test_only_the_figures_asked_for_are_there() -> None:
    customer = make_customer()
    make_forecast(customer)
    (person,) = persons([customer.pk], fields=("predicted_value",))
    assert person.fields == {"predicted_value": 120.0}


def test_what_nobody_knows_is_none_and_so_clears_an_older_figure() -> None:
    (person,) = persons([make_customer().pk], fields=ALL)
    assert person.fields == dict.fromkeys(ALL)


def test_whoever_withdrew_consent_to_profiling_has_no_figures() -> None:
    silent, refuses = make_customer(profiling_consent=0), make_customer(profiling_consent=-1)
    for one in (silent, refuses):
        _classification(one)
        make_forecast(one)
        make_recommendation(one, make_product(f"For {one.pk}"))
    first, second = persons([silent.pk, refuses.pk], fields=ALL)
    assert all(value is not None for value in first.fields.values())
    assert second.fields == dict.fromkeys(ALL)


def test_product_names_too_long_for_the_service_are_left_out_whole() -> None:
    customer = make_customer()
    for number, name in enumerate(("a" * 200, "b" * 100, "c" * 40), 1):
        make_recommendation(customer, make_product(name), position=number)
    (person,) = persons([customer.pk], fields=("recommended",))
    assert person.fields["recommended"] == f"{'a' * 200}, {'c' * 40}"


def test_the_number_of_queries_does_not_grow_with_the_customers() -> None:
    counts = []
    for size in (2, 20):
        crowd = [make_customer() for _number in range(size)]
        for customer in crowd:
            _classification(customer)
            make_forecast(customer)
            make_recommendation(customer, make_product(f"For {customer.pk}"))
        with CaptureQueriesContext(connection) as queries:
            assert len(persons([one.pk for one in crowd], fields=ALL)) == size
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
