"""What is recommended to whom: stored by a refresh, or chosen among given products on demand."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.asof import classified_as_of
from analytics.models import (
    BackTest,
    Prediction,
    Recommendation,
    RecommendationList,
    RefreshPart,
    Rule,
    Shortage,
)
from analytics.recommendations import products_about, recommended, recommended_among
from analytics.refresh import refresh_now
from cdp.models import Customer, CustomerChange, Order, OrderLine, Product
from tests.analytics.shops import mark_changed
from tests.analytics.tastes import CAMPING, RUNNING, add_order, add_orders, make_taste_shop
from tests.conftest import NOW
from tests.factories import make_customer, make_product, make_shop
from tests.predictions import make_recommendation

pytestmark = pytest.mark.django_db

AGAIN, NEW = RecommendationList.BUY_AGAIN, RecommendationList.NEW_FOR_YOU


def refreshed(**options: object) -> None:
    refresh_now(now=NOW, part=RefreshPart.INTERESTS, full=True, **options)  # type: ignore[arg-type]


def rows() -> list[tuple]:
    return list(
        Recommendation.objects.order_by("customer", "list", "position").values_list(
            "customer_id", "list", "position", "product_id", "score", "reason_id"
        )
    )


def customer_of(number: int) -> Customer:
    return Customer.objects.get(external_id=f"c{number}")


def bought() -> dict[int, set[int]]:
    result: dict[int, set[int]] = defaultdict(set)
    for customer, product in OrderLine.objects.values_list("customer_id", "product_id"):
        result[customer].add(product)
    return result


@pytest.fixture
def shop() -> list[Product]:
    return make_taste_shop()


def test_what_is_known_is_known_and_what_is_new_is_new_and_of_the_taste(shop):
    refreshed()
    mine = bought()
    found = recommended(Customer.objects.values_list("pk", flat=True), most=5)
    assert len(found) == 120
    right = total = 0
    for number in range(110):
        customer = customer_of(number)
        again = [one for one in found[customer.pk] if one.list == AGAIN]
        new = [one for one in found[customer.pk] if one.list == NEW]
        assert {one.product.pk for one in again} <= mine[customer.pk]
        assert len(again) == min(5, len(mine[customer.pk]))
        assert not {one.product.pk for one in new} & mine[customer.pk]
        assert [one.position for one in again] == list(range(1, len(again) + 1))
        assert [one.position for one in new] == list(range(1, len(new) + 1))
        assert all(one.reason is None for one in again)
        own = CAMPING if number % 2 == 0 else RUNNING
        right += sum(one.product.name in own for one in new[:2])
        total += len(new[:2])
        for one in new:
            assert one.reason is None or one.reason.pk in mine[customer.pk]
    assert right / total > 0.9
    assert all(one.list == NEW for one in found[customer_of(115).pk])


def test_a_reason_is_a_purchase_that_speaks_for_the_product(shop):
    refreshed()
    reasons = [
        (row.product.name in CAMPING) == (row.reason.name in CAMPING)
        for row in Recommendation.objects.filter(list=NEW, position=1).select_related()
        if row.reason is not None
    ]
    assert len(reasons) > 60
    assert sum(reasons) / len(reasons) > 0.9


def test_who_never_bought_gets_what_most_people_bought_lately(shop):
    hit = shop[4]
    for number in range(30):
        add_order(customer_of(number), NOW - timedelta(days=5), [hit])
    refreshed()
    newcomer = recommended([customer_of(115).pk], most=5)[customer_of(115).pk]
    assert len(newcomer) == 5
    assert newcomer[0].product == hit
    assert newcomer[0].reason is None


def test_what_is_sold_out_is_never_named(shop):
    Product.objects.filter(name__in=("Tent", "Shoe")).update(is_available=False)
    refreshed()
    names = set(Recommendation.objects.values_list("product__name", flat=True))
    assert not names & {"Tent", "Shoe"}
    assert len(names) == 18


def test_what_sells_out_after_the_refresh_is_left_out_and_places_close_up(shop):
    refreshed()
    customer = customer_of(0)
    before = recommended([customer.pk], most=5, list=NEW)[customer.pk]
    Product.objects.filter(pk=before[1].product.pk).update(is_available=False)
    after = recommended([customer.pk], most=3, list=NEW)[customer.pk]
    assert [one.product for one in after] == [before[place].product for place in (0, 2, 3)]
    assert [one.position for one in after] == [1, 2, 3]


def test_products_removed_after_the_refresh_leave_no_trace(shop):
    make_shop()
    customer, kept, gone, spoke = make_customer(), *(make_product(name) for name in "abc")
    make_recommendation(customer, gone)
    make_recommendation(customer, kept, position=2, reason=spoke)
    gone.delete()
    spoke.delete()
    (found,) = recommended([customer.pk], most=5)[customer.pk]
    assert (found.product, found.position, found.reason) == (kept, 1, None)


def test_everybody_asked_has_an_answer():
    make_shop()
    customer = make_customer()
    assert recommended([customer.pk, 987], most=5) == {customer.pk: [], 987: []}
    assert recommended([], most=5) == {}
    assert recommended_among([customer.pk], [1, 2], most=5, now=NOW) == {customer.pk: []}
    assert recommended_among([], [1, 2], most=5, now=NOW) == {}


def test_as_many_queries_for_two_customers_as_for_twenty(shop):
    refreshed()
    ids = list(Customer.objects.values_list("pk", flat=True))
    counts = []
    for some in (ids[:2], ids[:20]):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            for answers in recommended(some, most=5).values():
                assert all(str(one.product) and str(one.reason) for one in answers)
        counts.append(len(caught))
        with CaptureQueriesContext(connection) as caught:
            recommended_among(some, products_about(brand="Nordic"), most=5, now=NOW)
        counts.append(len(caught))
    assert counts[:2] == counts[2:]
    assert counts[0] == 2


def test_a_second_refresh_writes_nothing(shop):
    refreshed()
    first = list(Recommendation.objects.order_by("pk").values_list())
    assert first
    refreshed()
    assert list(Recommendation.objects.order_by("pk").values_list()) == first


def test_a_quiet_day_keeps_most_rows(shop):
    refreshed()
    first = set(Recommendation.objects.values_list())
    refresh_now(now=NOW + timedelta(days=1), part=RefreshPart.INTERESTS, full=True)
    assert len(first & set(Recommendation.objects.values_list())) > 0.6 * len(first)


def test_only_changed_customers_gives_what_everybody_gives(shop):
    refresh_now(now=NOW, full=True)
    customer = customer_of(7)
    add_order(customer, NOW - timedelta(hours=2), [shop[0], shop[11]])
    CustomerChange.objects.all().delete()
    mark_changed(customer, NOW)
    before = set(rows())
    refresh_now(now=NOW)
    partly = rows()
    assert {row[0] for row in set(partly) ^ before} == {customer.pk}
    refresh_now(now=NOW, full=True)
    assert rows() == partly


def test_orders_of_later_change_nothing_about_a_past_moment(shop):
    then = NOW - timedelta(days=60)
    with classified_as_of(then, predicts=True):
        first = rows()
    assert first
    for number in range(40):
        moment = then + timedelta(days=1 + number)
        add_order(customer_of(number), moment, shop[number % 20 : number % 20 + 3])
    with classified_as_of(then, predicts=True):
        assert rows() == first
    assert not rows()


def test_customers_who_are_gone_lose_their_rows(shop):
    refreshed()
    customer = customer_of(3)
    Customer.objects.filter(pk=customer.pk).update(erased_at=NOW)
    refreshed()
    assert not Recommendation.objects.filter(customer=customer).exists()


# Among products of one's choice.


def test_a_newsletter_about_a_brand_stays_personal(shop):
    refreshed()
    ids = list(Customer.objects.values_list("pk", flat=True))
    found = recommended_among(ids, products_about(brand="nordic"), most=3, now=NOW)
    mine = bought()
    assert set(found) == set(ids)
    firsts = set()
    for customer_id, answers in found.items():
        assert [one.position for one in answers] == [1, 2, 3]
        assert len({one.product.pk for one in answers}) == 3
        assert {one.product.brand for one in answers} == {"Nordic"}
        for one in answers:
            assert (one.list == AGAIN) == (one.product.pk in mine[customer_id])
        firsts.add(answers[0].product.name)
    assert len(firsts) > 4
    right = [
        (answers[0].product.name in CAMPING) == (number % 2 == 0)
        for number, answers in enumerate(found[customer_of(n).pk] for n in range(110))
    ]
    assert sum(right) / len(right) > 0.85


def test_what_is_due_comes_first_and_what_was_just_bought_last(shop):
    customer = make_customer(external_id="monthly")
    for months in range(1, 7):
        add_order(customer, NOW - timedelta(days=30 * months), [shop[6]])
    add_order(customer, NOW - timedelta(days=1), [shop[0]])
    add_order(customer, NOW - timedelta(days=31), [shop[0]])
    refreshed()
    found = recommended_among([customer.pk], products_about(category="Camping"), most=10, now=NOW)
    names = [one.product.name for one in found[customer.pk]]
    assert names[0] == "Axe"
    assert names[-1] == "Tent"
    assert len(names) == len(CAMPING)


def test_nobody_goes_without_while_something_is_to_be_had(shop):
    refreshed()
    late = make_product("Surprise", brand="Fresh")
    gone = make_product("Sold out", brand="Fresh", is_available=False)
    customers = [customer_of(0).pk, customer_of(119).pk]
    found = recommended_among(customers, products_about(brand="Fresh"), most=5, now=NOW)
    assert [[one.product for one in answers] for answers in found.values()] == [[late], [late]]
    add_order(customer_of(0), NOW - timedelta(hours=1), [late])
    found = recommended_among(customers, {late.pk, gone.pk, 10**9}, most=5, now=NOW)
    assert [answers[0].list for answers in found.values()] == [AGAIN, NEW]


def test_before_the_first_refresh_the_newest_is_named():
    make_shop()
    customer = make_customer()
    products = [make_product(name) for name in "abc"]
    found = recommended_among([customer.pk], Product.objects.all(), most=2, now=NOW)
    assert [one.product for one in found[customer.pk]] == products[:0:-1]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"keyword": "TENT"}, {"Tent"}),
        ({"keyword": "nordic", "category": "running"}, {"Shoe", "Short", "Cap", "Gel", "Bottle"}),
        ({"brand": "sprint", "category": "Camping"}, {"Stove", "Rope", "Mug", "Tarp", "Knife"}),
        ({"category": "Nowhere"}, set()),
    ],
)
def test_products_are_chosen_by_keyword_brand_and_category(shop, asked, names):
    assert {product.name for product in products_about(**asked)} == names


# Young, small and odd shops.


def test_a_shop_without_orders_recommends_nothing():
    make_shop()
    make_customer()
    make_product("Tent")
    refreshed()
    assert not rows()
    assert list(shortages().values()) == [(Shortage.HISTORY, 60, 0)] * 2


def shortages() -> dict[str, tuple]:
    kinds = (Prediction.BUY_AGAIN, Prediction.NEW_FOR_YOU)
    return {
        test.prediction: (test.shortage, test.shortage_needs, test.shortage_has)
        for test in BackTest.objects.filter(prediction__in=kinds)
    }


def test_a_shop_without_products_recommends_nothing():
    make_shop()
    Order.objects.create(
        customer=make_customer(), external_id="o", placed_at=NOW - timedelta(days=9), total=5
    )
    refreshed()
    assert not rows()


def test_one_product_is_new_for_some_and_known_to_others():
    make_shop()
    tent = make_product("Tent")
    buyer, other = make_customer(), make_customer()
    add_order(buyer, NOW - timedelta(days=3), [tent])
    refreshed()
    found = recommended([buyer.pk, other.pk], most=5)
    assert [(one.product, one.list) for one in found[buyer.pk]] == [(tent, AGAIN)]
    assert [(one.product, one.list) for one in found[other.pk]] == [(tent, NEW)]


def test_who_bought_everything_is_told_what_to_buy_again(shop):
    add_order(customer_of(0), NOW - timedelta(days=2), shop)
    refreshed()
    found = recommended([customer_of(0).pk], most=5)[customer_of(0).pk]
    assert [one.list for one in found] == [AGAIN] * 5


def test_a_customer_with_thousands_of_orders(shop):
    customer = customer_of(2)
    add_orders(
        [
            (customer, NOW - timedelta(hours=number + 1), [shop[number % 9]])
            for number in range(5_000)
        ]
    )
    refreshed()
    found = recommended([customer.pk], most=5)[customer.pk]
    assert len([one for one in found if one.list == AGAIN]) == 5
    assert found[-1].list == NEW


# The trial on the last 30 days.


def test_both_lists_are_tried_beside_the_plain_rules(shop):
    refreshed()
    tests = {test.prediction: test for test in BackTest.objects.all()}
    again, new = tests[Prediction.BUY_AGAIN], tests[Prediction.NEW_FOR_YOU]
    assert {rule.rule for rule in again.rules.all()} == {Rule.OWN_COUNT}
    assert {rule.rule for rule in new.rules.all()} == {Rule.POPULARITY, Rule.COSINE}
    for test in (again, new):
        assert not test.shortage
        assert (test.window_end - test.window_start).days == 30
        assert test.case_count >= 30
        assert 0 < test.hit_count <= test.case_count
        assert test.hit_count <= test.named_hits < test.named_count <= 5 * test.case_count
        assert 0 < test.ndcg < 1
    popular = new.rules.get(rule=Rule.POPULARITY)
    assert new.ndcg > popular.ndcg


def test_a_window_with_few_customers_says_what_is_missing():
    make_taste_shop(customers=30)
    refreshed()
    for shortage, needs, has in shortages().values():
        assert shortage == Shortage.CAME
        assert has < needs == 30
    assert rows()
