"""Who is interested in what a row names, and what is said while nobody can be named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.models import (
    BackTest,
    CustomerStatistics,
    Interest,
    InterestTarget,
    Prediction,
    Refresh,
    Shortage,
    Strength,
    TargetKind,
)
from analytics.refresh import refresh_now
from cdp.models import Customer, Job, Product
from segments.compiler import shop_time
from segments.definitions import Definition, make_row, parse, to_json
from segments.exceptions import ConditionError
from segments.models import Segment
from segments.rows import Row, row_of
from segments.storing import compare, store
from segments.why import why
from tests import factories
from tests.conftest import NOW
from tests.predictions import make_back_test, make_interest, make_target

pytestmark = pytest.mark.django_db

HIGH = {"strength": "high"}
MEDIUM = {"strength": "medium"}


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.make_shop()


@pytest.fixture
def tent() -> Product:
    return factories.make_product("Igloo Tent", brand="Nordisk", category="Outdoor > Tents")


@pytest.fixture
def people(tent: Product) -> list[Customer]:
    people = [factories.make_customer() for _number in range(4)]
    factories.make_order(people[0], NOW - timedelta(days=20), [(tent, 1)])
    refresh_now(now=NOW, full=True)
    InterestTarget.objects.all().delete()
    BackTest.objects.all().delete()
    return people


def asked(*, is_not: bool = False, **values: object) -> Row:
    return row_of("interested_in", "not_interested" if is_not else "interested", values)


def found(row: Row) -> set[int]:
    rows = CustomerStatistics.objects.filter(row.q(now=shop_time(NOW)))
    return set(rows.values_list("pk", flat=True))


def keep(*rows: Row) -> Segment:
    written = [make_row(row.criterion.key, row.operator.key, row.params) for row in rows]
    (segment,) = store(compare([Definition("Wanted", tuple(written))]), now=NOW)
    return segment


def test_high_interest_is_at_least_medium(people: list[Customer], tent: Product) -> None:
    target = make_target(factories.make_category("Outdoor > Tents"))
    make_interest(people[0], target, Strength.HIGH, has_bought=True)
    make_interest(people[1], target, Strength.MEDIUM)
    high, medium, *others = (customer.pk for customer in people)
    assert found(asked(categories=["Tents"], **HIGH)) == {high}
    assert found(asked(categories=["tents"], **MEDIUM)) == {high, medium}
    assert found(asked(categories=["Outdoor > TENTS"], bought="never", **MEDIUM)) == {medium}
    assert found(asked(categories=["Tents"], bought="before", **MEDIUM)) == {high}
    assert found(asked(categories=["Tents"], is_not=True, **HIGH)) == {medium, *others}
    assert found(asked(categories=["Outdoor"], **MEDIUM)) == set()


def test_names_in_one_list_are_alternatives_and_lists_hold_together(
    people: list[Customer], tent: Product
) -> None:
    nike, nordisk = make_target("Nike"), make_target("Nordisk")
    product = make_target(tent)
    for customer, target in ((0, nike), (1, nordisk), (1, product)):
        make_interest(people[customer], target)
    first, second, *_others = (customer.pk for customer in people)
    assert found(asked(brands=["NIKE", "nordisk", "unheard of"], **HIGH)) == {first, second}
    assert found(asked(brands=["Nike", "Nordisk"], products=["igloo tent"], **HIGH)) == {second}
    both = asked(brands=["Nordisk"], products=[tent.sku], is_not=True, **HIGH)
    assert found(both) == {customer.pk for customer in people} - {second}


def test_a_name_of_another_kind_is_not_meant(people: list[Customer]) -> None:
    make_interest(people[0], make_target("tent", kind=TargetKind.KEYWORD))
    assert found(asked(keywords=["TENT"], **HIGH)) == {people[0].pk}
    assert found(asked(brands=["tent"], **HIGH)) == set()


def test_something_must_be_named() -> None:
    with pytest.raises(ConditionError, match="at least one of “categories”"):
        asked(strength="high")
    with pytest.raises(ConditionError, match="strength"):
        asked(brands=["Nike"])


def test_the_sentence_reads_as_people_speak() -> None:
    row = asked(categories=["Tents", "Shoes"], bought="never", **HIGH)
    assert row.describe() == (
        "Is highly interested in category “Tents” or “Shoes”, but never bought it"
    )
    row = asked(brands=["Nike"], keywords=["run"], is_not=True, **MEDIUM)
    assert row.describe() == (
        "Is not interested in brand “Nike” and also in what is found by “run”"
    )


def test_why_names_the_chance_and_what_speaks_for_it(people: list[Customer], tent: Product) -> None:
    target = make_target("Nordisk")
    make_interest(people[0], target, score=0.123, reason=tent)
    segment = keep(asked(brands=["Nordisk"], **HIGH))
    told = why(segment, people[0], now=NOW).rows[0]
    assert told.passes
    assert told.actual == "Nordisk: high, 12.3 percent within 30 days, having bought “Igloo Tent”"
    assert why(segment, people[1], now=NOW).rows[0].actual == "no interest"


def test_saving_has_what_is_named_followed_and_learned_once(tent: Product) -> None:
    row = asked(categories=["Tents"], brands=["Nordisk"], **HIGH)
    assert row.notices() == [
        "Regulars does not follow “Tents” yet: saving the segment has it learned.",
        "Regulars does not follow “Nordisk” yet: saving the segment has it learned.",
    ]
    keep(row, asked(keywords=["igloo"], **HIGH))
    followed = InterestTarget.objects.filter(is_asked=True).values_list("kind", flat=True)
    assert sorted(followed) == ["brand", "category", "keyword"]
    assert Refresh.objects.filter(started_at=None, part="interests").count() == 1
    assert Job.objects.filter(kind="refresh").count() == 1
    assert not [one for one in row.notices() if "not follow" in one]
    assert len(row.notices()) == 2


def test_saving_what_is_learned_already_asks_for_nothing(people: list[Customer]) -> None:
    target = make_target("Nordisk")
    keep(asked(brands=["nordisk"], **HIGH))
    target.refresh_from_db()
    assert target.is_asked
    assert not Job.objects.filter(kind="refresh").exists()


def test_a_file_has_what_it_names_followed_as_well(tent: Product) -> None:
    row = make_row("interested_in", "interested", {"products": ["Igloo Tent"], **HIGH})
    written = to_json(Definition("Tents", (row,)))
    (change,) = compare(parse(written))
    assert change.notices == (
        "Row 1: Regulars does not follow “Igloo Tent” yet: saving the segment has it learned.",
    )
    store([change], now=NOW)
    assert InterestTarget.objects.get().product == tent


def test_a_category_that_the_shop_does_not_have_is_said_to_be_unknown() -> None:
    row = asked(categories=["Canoes"], **HIGH)
    assert row.notices() == ["The shop knows no category “Canoes” yet."]
    keep(row)
    assert not InterestTarget.objects.exists()


def test_a_shop_with_too_little_is_told_so(people: list[Customer]) -> None:
    make_target("Nordisk", learned_in=None)
    make_back_test(
        Prediction.BRANDS, shortage=Shortage.HISTORY, shortage_needs=120, shortage_has=20
    )
    row = asked(brands=["Nordisk"], **HIGH)
    assert row.notices() == ["Not enough data: needs 120 days of orders, has 20."]


def test_a_target_with_too_few_buyers_says_so(people: list[Customer]) -> None:
    make_target("Nordisk", medium_limit=None, high_limit=None)
    assert asked(brands=["Nordisk"], **HIGH).notices() == [
        "Nobody can be named for “Nordisk”: too few have bought it to learn from."
    ]


def test_a_row_says_how_many_of_those_named_bought(people: list[Customer]) -> None:
    make_target("Nordisk")
    assert asked(brands=["Nordisk"], **HIGH).track_record() == [
        "When last tested, 31 of 100 customers named as interested bought it within 30 days; of "
        "100 customers taken at random it was 8."
    ]


def test_a_target_that_is_gone_leaves_a_row_that_finds_nobody(
    people: list[Customer], tent: Product
) -> None:
    make_interest(people[0], make_target(tent))
    row = asked(products=["Igloo Tent"], **HIGH)
    assert found(row) == {people[0].pk}
    InterestTarget.objects.all().delete()
    assert not Interest.objects.exists()
    assert found(row) == set()
