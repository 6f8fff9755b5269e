"""Segments become querysets: rows combined, nested, excluded, or refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from analytics.refresh import refresh_now
from cdp.models import Customer
from segments.compiler import customers_in, matching
from segments.exceptions import SegmentError
from segments.models import Condition, Match, Segment
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Customer]:
    """Ann of Denmark has ordered, Bea of Denmark not, Cid of Germany has; one has left for good."""
    factories.make_shop()
    found = {
        name: factories.make_customer(first_name=name, country=country)
        for name, country in (("Ann", "DK"), ("Bea", "DK"), ("Cid", "DE"))
    }
    factories.make_customer(first_name="Gone", country="DK", erased_at=NOW)
    for name in ("Ann", "Cid"):
        factories.make_order(found[name], NOW - timedelta(days=10), total=80)
    refresh_now(now=NOW, full=True)
    return found


def make_segment(name: str = "Asked", **values: object) -> Segment:
    return Segment.objects.create(name=name, created_at=NOW, edited_at=NOW, **values)


def ask(segment: Segment, criterion: str, operator: str, /, **values: object) -> Condition:
    is_negated = bool(values.pop("is_negated", False))
    return Condition.objects.create(
        segment=segment,
        position=segment.conditions.count() + 1,
        criterion=criterion,
        operator=operator,
        parameters=values,
        is_negated=is_negated,
        referenced_segment=Segment.objects.filter(name=values.get("segment")).first(),
    )


def names(segment: Segment) -> list[str]:
    return sorted(customers_in(segment, now=NOW).values_list("first_name", flat=True))


DANISH = ("country", "is_any_of", {"values": ["DK"]})
BUYER = ("order_count", "at_least", {"value": 1})


@pytest.mark.parametrize(
    ("match", "expected"), [(Match.ALL, ["Ann"]), (Match.ANY, ["Ann", "Bea", "Cid"])]
)
@pytest.mark.usefixtures("people")
def test_rows_combine_as_the_segment_says(match: Match, expected: list[str]) -> None:
    segment = make_segment(match=match)
    for criterion, operator, values in (DANISH, BUYER):
        ask(segment, criterion, operator, **values)
    assert names(segment) == expected


@pytest.mark.usefixtures("people")
def test_a_negated_row_is_everybody_else() -> None:
    segment = make_segment()
    ask(segment, "last_order", "within_last", amount=30, is_negated=True)
    assert names(segment) == ["Bea"]


@pytest.mark.parametrize("match", Match.values)
def test_members_of_the_excluded_segment_are_left_out(
    people: dict[str, Customer], match: str
) -> None:
    staff = factories.make_static_segment("Staff", [people["Ann"]], NOW)
    segment = make_segment(match=match, excluded_segment=staff)
    ask(segment, *DANISH[:2], **DANISH[2])
    ask(segment, *DANISH[:2], **DANISH[2])
    assert names(segment) == ["Bea"]


def test_a_fixed_list_holds_its_members_but_nobody_erased(people: dict[str, Customer]) -> None:
    gone = Customer.objects.get(first_name="Gone")
    assert names(factories.make_static_segment("Fixed", [people["Cid"], gone], NOW)) == ["Cid"]


@pytest.mark.usefixtures("people")
def test_a_segment_without_rows_matches_nobody() -> None:
    assert names(make_segment()) == []


def test_a_segment_asked_for_may_get_another_name(people: dict[str, Customer]) -> None:
    friends = factories.make_static_segment("Friends", [people["Ann"]], NOW)
    segment = make_segment()
    ask(segment, "in_segment", "is_member", segment="Friends", is_negated=True)
    assert names(segment) == ["Bea", "Cid"]
    friends.name = "Best friends"
    friends.save()
    assert names(Segment.objects.get(name="Asked")) == ["Bea", "Cid"]


@pytest.mark.usefixtures("people")
def test_a_row_that_asks_for_no_segment_is_refused_instead_of_holding_for_everybody() -> None:
    segment = make_segment()
    ask(segment, "in_segment", "is_member", segment="Nowhere", is_negated=True)
    with pytest.raises(SegmentError, match=r"Condition 1 \(in_segment\).*does not exist"):
        matching(segment, now=NOW)


@pytest.mark.parametrize(
    ("criterion", "operator", "values", "said"),
    [
        ("shoe_size", "is", {}, "There is no criterion “shoe_size”"),
        ("country", "is", {}, "cannot be asked with “is”"),
        ("country", "is_any_of", {"values": ["Atlantis"]}, "Atlantis"),
        ("country", "is_any_of", {}, "values"),
        ("country", "is_any_of", {"value": "DK"}, "value"),
        ("last_order", "within_last", {"amount": "soon"}, "amount"),
    ],
)
@pytest.mark.parametrize("match", Match.values)
@pytest.mark.usefixtures("people")
def test_one_broken_row_refuses_the_whole_segment(
    match: str, criterion: str, operator: str, values: dict[str, object], said: str
) -> None:
    segment = make_segment(match=match)
    ask(segment, *DANISH[:2], **DANISH[2])
    ask(segment, criterion, operator, **values)
    with pytest.raises(SegmentError, match="Condition 2") as refused:
        matching(segment, now=NOW)
    assert said in str(refused.value)


@pytest.mark.usefixtures("people")
def test_a_segment_is_answered_in_one_query_whatever_its_rows(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    segment = make_segment(match=Match.ANY)
    ask(segment, *DANISH[:2], **DANISH[2])
    ask(segment, "purchased", "not_bought", keywords=["tent"])
    ask(segment, "revenue", "at_least", value=10, last=30)
    found = matching(segment, now=NOW)
    with django_assert_num_queries(1):
        assert found.count() == 3
