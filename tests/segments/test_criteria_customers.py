"""Who somebody is, what they allowed and did, how they are labelled, which segments they are in."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from analytics.models import CustomerClassification, CustomerStatistics
from analytics.refresh import refresh_now
from cdp.models import Customer
from segments.compiler import shop_time
from segments.criteria import criteria
from segments.rows import Row, row_of
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.make_shop()


def matching(row: Row) -> set[int]:
    refresh_now(now=NOW, full=True)
    rows = CustomerStatistics.objects.filter(row.q(now=shop_time(NOW)))
    return set(rows.values_list("pk", flat=True))


def found(criterion: str, operator: str, **values: object) -> set[int]:
    return matching(row_of(criterion, operator, values))


def lacking(criterion: str, operator: str, **values: object) -> set[int]:
    unknown = row_of(criterion, operator, values).unknown(now=shop_time(NOW))
    refresh_now(now=NOW, full=True)
    return set(CustomerStatistics.objects.filter(unknown).values_list("pk", flat=True))


@pytest.mark.parametrize("name", ["aero", "ÆRØ", "  ærø "])
def test_places_are_compared_without_case_but_with_their_letters(name: str) -> None:
    person = factories.make_customer(region="Ærø", city="Ærøskøbing")
    factories.make_customer()
    expected = set() if name == "aero" else {person.pk}
    assert found("region", "is_any_of", values=[name]) == expected
    assert len(lacking("region", "is_any_of", values=[name])) == 1


def test_a_negated_row_holds_for_those_who_lack_the_value_and_says_how_many() -> None:
    dane, german, unknown = (factories.make_customer(country=c) for c in ("DK", "DE", ""))
    row = row_of("country", "is_any_of", {"values": ["Denmark"]}, is_negated=True)
    assert matching(row) == {german.pk, unknown.pk}
    assert lacking("country", "is_any_of", values=["DK"]) == {unknown.pk}
    assert found("country", "is_known") == {dane.pk, german.pk}


def test_a_domain_is_the_whole_part_after_the_at_sign() -> None:
    person = factories.make_customer(email="a@shop.example")
    factories.make_customer(email="a@mail.shop.example")
    factories.make_customer(email="a@myshop.example")
    assert found("email_domain", "is_any_of", values=["@Shop.example"]) == {person.pk}


def test_two_random_shares_that_begin_where_the_other_ends_have_everybody_once() -> None:
    for bucket in (0, 4_999, 5_000, 9_999):
        factories.make_customer(bucket=bucket)
    half = found("random_share", "share", percent=50)
    rest = found("random_share", "share", percent=50, starting_at=50)
    assert (len(half), len(rest), len(half | rest)) == (2, 2, 4)


def test_consent_is_granted_if_any_of_the_channels_is() -> None:
    both, off, silent = (factories.make_customer() for _ in range(3))
    factories.make_consent(both, "email", "email", "withdrawn")
    factories.make_consent(both, "email", "post", "granted")
    factories.make_consent(off, "email", "email", "withdrawn")
    assert found("accepts_marketing", "granted") == {both.pk}
    assert found("accepts_marketing", "withdrawn") == {off.pk}
    assert found("accepts_marketing", "is_unknown") == {silent.pk}
    assert found("accepts_marketing", "withdrawn", channels=["e-mail"]) == {both.pk, off.pk}
    assert found("communication_channel", "is_any_of", values=["letter post"]) == {both.pk}
    assert lacking("communication_channel", "is_any_of", values=["post"]) == {off.pk, silent.pk}


def test_custom_fields_are_compared_as_what_they_are() -> None:
    person, other = factories.make_customer(), factories.make_customer()
    factories.set_field(person, "size", Decimal("9.5"))
    factories.set_field(other, "size", Decimal(10))
    factories.set_field(person, "birthday", date(1990, 11, 30))
    factories.set_field(person, "club", False)
    assert found("custom_number", "less_than", field="size", value=10) == {person.pk}
    assert found("custom_number", "equals", field="Size", value="9.50") == {person.pk}
    assert found("custom_date", "anniversary_within", field="birthday", days=6) == {person.pk}
    assert found("custom_date", "anniversary_within", field="birthday", days=5) == set()
    assert found("custom_flag", "is_no", field="club") == {person.pk}
    assert lacking("custom_flag", "is_no", field="club") == {other.pk}


def test_tags_and_groups_are_found_by_any_of_their_names() -> None:
    person, other = factories.make_customer(), factories.make_customer()
    factories.give_tags(person, "Summer sale", "VIP Club")
    factories.put_in_groups(other, "Wholesale")
    assert found("tag", "is_any_of", values=["summer SALE", "unheard of"]) == {person.pk}
    assert found("customer_group", "is_any_of", values=["wholesale"]) == {other.pk}
    assert found("tag", "is_unknown") == {other.pk}


def test_activity_counts_what_happened_in_the_window() -> None:
    often, once = factories.make_customer(), factories.make_customer()
    for hours in (1, 2, 30):
        factories.make_event(often, "page_view", NOW - timedelta(hours=hours), detail="/Checkout")
    factories.make_event(once, "search", NOW - timedelta(days=40), query="Red tent")
    factories.make_event(once, "email_open", NOW - timedelta(hours=1))
    assert found("website_activity", "visited") == {often.pk, once.pk}
    assert found("website_activity", "visited", last=1) == {often.pk}
    assert found("website_activity", "visited", times=3) == {often.pk}
    assert found("website_activity", "visited", times=3, last=1) == set()
    assert found("website_activity", "viewed_page", contains=["checkout"]) == {often.pk}
    assert found("website_activity", "searched", contains=["TENT"]) == {once.pk}


def test_labels_are_missing_for_those_who_never_bought() -> None:
    buyer, prospect = factories.make_customer(), factories.make_customer()
    factories.make_order(buyer, NOW - timedelta(days=5))
    assert found("life_cycle", "is_any_of", values=["just ordered"]) == {buyer.pk}
    assert found("importance", "is_any_of", values=["One-time buyer"]) == {buyer.pk}
    assert lacking("importance", "is_any_of", values=["vip"]) == {prospect.pk}


def days_until(person: Customer, stage: str) -> int:
    """Days from now until the real refresh puts a customer who stays silent into the stage."""
    for ahead in range(400):
        refresh_now(now=NOW + timedelta(days=ahead), full=True)
        if CustomerClassification.objects.get(customer=person).life_cycle == stage:
            return ahead
    raise AssertionError(stage)


@pytest.mark.parametrize(
    ("silence", "stage", "operator"),
    [
        (5, "slipping_away", "becomes_slipping_away"),
        (40, "slipping_away", "becomes_slipping_away"),
        (75, "lost", "becomes_lost"),
    ],
)
def test_a_change_of_stage_is_foreseen_to_the_day(silence: int, stage: str, operator: str) -> None:
    """A customer who orders every 40 days slips away 50 days after the last order."""
    person = factories.make_customer()
    for order in range(5):
        factories.make_order(person, NOW - timedelta(days=silence + 40 * order))
    ahead = days_until(person, stage)
    assert 0 < ahead < 90
    assert found("life_cycle_change", operator, days=ahead) == {person.pk}
    assert found("life_cycle_change", "becomes_slipping_or_lost", days=ahead) == {person.pk}
    if ahead > 1:
        assert found("life_cycle_change", operator, days=ahead - 1) == set()


def test_entering_and_leaving_a_segment_is_remembered() -> None:
    person, other = factories.make_customer(), factories.make_customer()
    factories.make_static_segment("Friends", [person], NOW - timedelta(days=3))
    factories.make_static_segment("Others", [other], NOW)
    asked = {"segment": "Friends", "unit": "days"}
    assert found("segment_change", "entered_within", amount=4, **asked) == {person.pk}
    assert found("segment_change", "entered_within", amount=3, **asked) == set()
    assert found("segment_change", "left_within", amount=4, **asked) == set()
    assert found("in_segment", "is_member", segment="Friends") == {person.pk}


@pytest.mark.parametrize("criterion", list(criteria), ids=lambda criterion: criterion.key)
def test_only_the_calendar_makes_an_answer_depend_on_the_day(criterion: object) -> None:
    relative = {
        "within_last", "more_than_ago", "exactly_ago", "anniversary_within", "within_next",
        "becomes_slipping_away", "becomes_lost", "becomes_slipping_or_lost",
        "entered_within", "left_within", "more_than_ahead",
    }  # fmt: skip
    for operator in criterion.operators:
        assert criterion.depends_on_day(operator, {}) == (operator.key in relative)
        if criterion.has_window:
            assert criterion.depends_on_day(operator, {"last": 3, "unit": "days"})
