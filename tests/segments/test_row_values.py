"""Values of rows as people write them: what is understood, refused or only noticed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segments.criteria import Criterion, criteria
from segments.criteria.params import plain
from segments.exceptions import ConditionError
from segments.rows import row_of, understand
from tests import factories
from tests.conftest import NOW

Values = dict[str, object]


@pytest.mark.parametrize(
    ("criterion", "operator", "values", "clean"),
    [
        ("country", "is_any_of", {"values": ["germany", "dk", "DK"]}, {"values": ["DE", "DK"]}),
        ("country", "is_any_of", {"values": "Denmark\nUK"}, {"values": ["DK", "GB"]}),
        ("language", "is_any_of", {"values": ["Danish", "PT_br"]}, {"values": ["da", "pt-br"]}),
        (
            "importance",
            "is_any_of",
            {"values": ["VIP", "One-time buyer"]},
            {"values": ["vip", "one_time"]},
        ),
        ("accepts_marketing", "granted", {"purpose": "Marketing e-mail"}, {"purpose": "email"}),
        ("email_domain", "is_any_of", {"values": ["@Gmail.com"]}, {"values": ["gmail.com"]}),
        ("email_domain", "is_any_of", {"values": ["bücher.de"]}, {"values": ["xn--bcher-kva.de"]}),
        ("revenue", "at_least", {"value": "29.95"}, {"value": Decimal("29.95")}),
        ("revenue", "at_least", {"value": Decimal("1e2")}, {"value": Decimal(100)}),
        ("last_order", "within_last", {"amount": 3}, {"amount": 3, "unit": "days"}),
        ("revenue", "at_most", {"value": 5, "unit": "months"}, {"value": Decimal(5)}),
        ("last_order", "since", {"day": "2026-05-06"}, {"day": date(2026, 5, 6)}),
        ("tag", "is_any_of", {"values": ["  New   arrivals "]}, {"values": ["New arrivals"]}),
        ("purchased", "bought", {"categories": [12]}, {"categories": ["12"]}),
    ],
)
def test_values_are_understood(
    criterion: str, operator: str, values: Values, clean: Values
) -> None:
    assert row_of(criterion, operator, values).params == clean


@pytest.mark.parametrize(
    ("criterion", "operator", "values", "words"),
    [
        ("countri", "is_any_of", {}, ["no criterion “countri”", "“country”"]),
        ("country", "is", {}, ["cannot be asked with “is”", "is_any_of"]),
        ("country", "is_any_of", {}, ["“values” is missing"]),
        ("country", "is_any_of", {"values": []}, ["“values” is missing"]),
        ("country", "is_any_of", {"values": ["Denmrak"]}, ["“Denmrak” is no country", "Denmark"]),
        (
            "country",
            "is_any_of",
            {"value": ["DK"]},
            ["“value” is not a value", "“values”", "missing"],
        ),
        ("language", "is_any_of", {"values": ["Danisch!"]}, ["no language", "danish"]),
        ("importance", "is_any_of", {"values": ["vips"]}, ["“vips” is not possible", "vip"]),
        ("importance", "is_any_of", {"values": {"a": 1}}, ["Write a list of texts"]),
        ("tag", "is_any_of", {"values": ["a" * 501]}, ["more than 500 characters"]),
        ("tag", "is_any_of", {"values": [str(n) for n in range(1001)]}, ["more than 1000 values"]),
        ("tag", "is_any_of", {"values": [True]}, ["Write a list of texts"]),
        ("revenue", "at_least", {"value": "much"}, ["“value” cannot be used", "number"]),
        ("revenue", "at_least", {"value": True}, ["“value” cannot be used"]),
        ("revenue", "at_least", {"value": "NaN"}, ["“value” cannot be used"]),
        ("revenue", "between", {"low": 5, "high": 1}, ["“low” is larger than “high”"]),
        ("order_count", "at_least", {"value": 1.5}, ["“value” cannot be used"]),
        ("last_order", "within_last", {"amount": 0}, ["“amount” cannot be used"]),
        ("last_order", "within_last", {"amount": 3, "unit": "hours"}, ["“hours” is not possible"]),
        ("last_order", "since", {"day": "06/05/2026"}, ["Write the day as 2026-05-06"]),
        ("last_order", "since", {"day": "0001-01-01"}, ["“day” cannot be used"]),
        ("last_order", "since", {"day": ["2026-05-06"]}, ["Write the day as 2026-05-06"]),
        ("last_order", "on_days_between", {"start": "2026-12-24", "end": "2026-12-01"}, ["larger"]),
        ("last_order", "never", {"day": "2026-05-06"}, ["It takes no values"]),
        ("purchased", "bought", {"attribute": "colour"}, ["need each other"]),
        ("purchased", "bought", {"price_from": 9, "price_to": 5}, ["larger than “price_to”"]),
        ("random_share", "share", {"percent": 60, "starting_at": 50}, ["more than 100"]),
        ("email_domain", "is_any_of", {"values": ["two words"]}, ["no domain"]),
    ],
)
def test_wrong_values_are_refused_with_what_would_be_right(
    criterion: str, operator: str, values: Values, words: list[str]
) -> None:
    with pytest.raises(ConditionError) as caught:
        row_of(criterion, operator, values)
    for word in words:
        assert word in str(caught.value)


def test_every_mistake_of_a_row_is_named_at_once() -> None:
    with pytest.raises(ConditionError) as caught:
        row_of("revenue", "between", {"low": "a", "hihg": 5, "since": "May"})
    for word in ("“hihg”", "“low”", "“high” is missing", "“since”"):
        assert word in str(caught.value)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.sampled_from(["2026-02-30", "1e999", "-0", "\x00", "DK", "email", "days"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=30, deadline=None)
@given(st.data())
@pytest.mark.parametrize("criterion", list(criteria), ids=lambda criterion: criterion.key)
def test_whatever_is_written_is_understood_or_refused(
    criterion: Criterion, data: st.DataObject
) -> None:
    """Nothing crashes; what is understood stays the same when it is read again."""
    operator = data.draw(st.sampled_from(criterion.operators))
    names = st.sampled_from([*criterion.fields(operator), "stranger"])
    values = data.draw(st.dictionaries(names, json_values))
    try:
        params = criterion.clean(operator, values)
    except ConditionError:
        return
    assert criterion.clean(operator, json.loads(json.dumps(plain(params)))) == params


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("criterion", "values", "expected"),
    [
        (
            "tag",
            {"values": ["VIP club", "VIP clup"]},
            ["no tag “VIP clup” yet. Did you mean “VIP Club”?"],
        ),
        ("customer_group", {"values": ["wholesale"]}, []),
        ("city", {"values": ["AARHUS"]}, []),
        ("city", {"values": ["Arhus"]}, ["no city “Arhus” yet. Did you mean “Aarhus”?"]),
        ("purchased", {"brands": ["nordisk"], "categories": ["Outdoor > tents"]}, []),
        ("purchased", {"brands": ["Nordsik"]}, ["no brand “Nordsik” yet. Did you mean “Nordisk”?"]),
        ("purchased", {"categories": ["Tent"]}, ["no category “Tent” yet. Did you mean “Tents”"]),
        ("purchased", {"products": ["igloo tent", "T-1"]}, []),
        ("purchased", {"products": ["Yurt"]}, ["no product “Yurt” yet"]),
        ("purchased", {"keywords": ["IGLOO", "yurt"]}, ["No product is found by “yurt” yet"]),
        ("custom_text", {"field": "hobby", "values": ["x"]}, []),
        ("custom_text", {"field": "size", "values": ["x"]}, ["holds number: use custom_number"]),
        ("custom_text", {"field": "hoby", "values": ["x"]}, ["Did you mean “hobby”?"]),
    ],
)
def test_names_that_the_shop_does_not_know_yet_are_noticed(
    criterion: str, values: Values, expected: list[str]
) -> None:
    person = factories.make_customer(city="Aarhus")
    factories.give_tags(person, "VIP Club")
    factories.put_in_groups(person, "Wholesale")
    factories.set_field(person, "hobby", "Hiking")
    factories.set_field(person, "size", Decimal(42))
    factories.make_product("Igloo Tent", brand="Nordisk", category="Outdoor > Tents", sku="T-1")
    operator = "bought" if criterion == "purchased" else "is_any_of"
    found = row_of(criterion, operator, values).notices()
    assert len(found) == len(expected)
    for words, notice in zip(expected, found, strict=True):
        assert words in notice


@pytest.mark.django_db
def test_a_stored_row_that_is_not_understood_says_which_and_why() -> None:
    segment = factories.make_static_segment("List", [], NOW)
    condition = segment.conditions.create(
        position=2, criterion="revenue", operator="at_least", parameters={"value": "much"}
    )
    with pytest.raises(ConditionError, match=r"Condition 2 \(revenue\).*“value”"):
        understand(condition)
    condition.criterion = "gone"
    with pytest.raises(ConditionError, match="no criterion “gone”"):
        understand(condition)


@pytest.mark.parametrize(
    ("criterion", "operator", "values", "sentence"),
    [
        ("last_order", "within_last", {"amount": 30}, "Last order was within the last 30 days"),
        (
            "last_order",
            "within_last",
            {"amount": 1, "unit": "weeks"},
            "Last order was within the last 1 week",
        ),
        ("importance", "is_any_of", {"values": ["vip", "loyal"]}, "Importance is VIP or loyal"),
        ("country", "is_any_of", {"values": ["dk"]}, "Country is Denmark"),
        (
            "revenue",
            "more_than",
            {"value": 100, "last": 365},
            "Revenue is more than 100 EUR in the last 365 days",
        ),
        ("order_count", "between", {"low": 2, "high": 5}, "Number of orders is between 2 and 5"),
        ("accepts_marketing", "granted", {}, "Consent to marketing e-mail is granted"),
        (
            "purchased",
            "bought",
            {"brands": ["Nike"], "price_below": "29.5", "since": "2026-05-06"},
            "Has bought a product under 29.5 EUR of brand Nike since May 6, 2026",
        ),
        (
            "purchased",
            "not_bought",
            {"keywords": ["spray"]},
            "Has not bought a product found by “spray”",
        ),
        (
            "abandoned_cart",
            "abandoned",
            {"value_above": 50, "last": 3},
            "Has abandoned a cart over 50 EUR in the last 3 days",
        ),
        (
            "website_activity",
            "searched",
            {"contains": ["tent"], "times": 2},
            "Has searched the website containing “tent” at least 2 times",
        ),
        (
            "life_cycle_change",
            "becomes_lost",
            {"days": 14},
            "Change of life cycle: becomes lost within 14 days unless they order",
        ),
        (
            "random_share",
            "share",
            {"percent": "12.5"},
            "Random share: 12.5 percent of all customers",
        ),
        ("custom_flag", "is_yes", {"field": "club_member"}, "club_member is yes"),
        ("in_segment", "is_member", {"segment": "VIPs"}, "Is in segment “VIPs”"),
    ],
)
def test_rows_read_as_sentences(
    criterion: str, operator: str, values: Values, sentence: str
) -> None:
    row = row_of(criterion, operator, values)
    assert row.describe(currency="EUR") == sentence
