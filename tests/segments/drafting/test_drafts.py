"""A draft knows which of its rows count, and says what is wrong with the others."""

from __future__ import annotations

import pytest

from segments.criteria import Criterion, criteria
from segments.drafting.drafts import Draft, DraftRow, beginning, draft_rows
from segments.models import Match
from tests.factories import make_shop

pytestmark = pytest.mark.django_db


def row(criterion: str = "", operator: str = "", **values: object) -> DraftRow:
    return DraftRow(7, criterion, operator, values, segment_names=("VIPs",))


def test_a_row_without_criterion_is_neither_counted_nor_wrong() -> None:
    empty = row()
    assert empty.is_incomplete
    assert not empty.errors
    assert Draft(rows=(empty,)).usable == []


def test_a_missing_value_is_named_and_is_no_mistake_yet() -> None:
    unfinished = row("last_order", "within_last", unit="days")
    assert unfinished.missing == ("amount",)
    assert not unfinished.errors
    assert unfinished.understood is None


def test_of_several_values_one_is_enough() -> None:
    unfinished = row("interested_in", "interested", strength="high")
    assert unfinished.missing == ("categories", "brands", "products", "keywords")
    assert unfinished.is_incomplete
    assert not unfinished.errors
    finished = row("interested_in", "interested", strength="high", brands=["Nike"])
    assert not finished.is_incomplete
    assert finished.understood is not None


@pytest.mark.parametrize(
    ("wrong", "place", "words"),
    [
        (row("last_order", "within_last", amount="many"), "amount", "whole number"),
        (row("revenue", "between", low="9", high="3"), "high", "Exchange the two"),
        (row("country", "is_any_of", values=["Atlantis"]), "values", "no country"),
        (row("in_segment", "is_member", segment="VIP"), "segment", "Did you mean “VIPs”?"),
        (row("purchased", "bought", attribute="colour"), "", "need each other"),
        (row("revenue", "sings", value="3"), "", "cannot be asked with"),
        (row("shoe_colour", "is", values=["red"]), "", "no longer exists"),
    ],
)
def test_a_mistake_is_told_at_its_place(wrong: DraftRow, place: str, words: str) -> None:
    assert list(wrong.errors) == [place]
    assert words in wrong.errors[place]
    assert wrong.understood is None


def test_values_of_another_operator_are_left_out() -> None:
    kept = row("last_order", "never", amount="30", unit="days")
    assert kept.definition is not None
    assert kept.definition.values == {}


@pytest.mark.parametrize("criterion", list(criteria), ids=lambda one: one.key)
def test_a_new_row_begins_without_mistake_whatever_the_operator(criterion: Criterion) -> None:
    for operator in (None, *criterion.operators):
        chosen, values = beginning(criterion, operator)
        begun = row(criterion.key, chosen.key, **values)
        assert not begun.errors
        if operator is not None:
            assert chosen is operator


def test_last_order_begins_with_customers_who_have_been_silent() -> None:
    operator, values = beginning(criteria.get("last_order"), None)
    assert (operator.key, values) == ("more_than_ago", {"amount": 60, "unit": "days"})


def test_rows_go_to_their_stored_form_and_back() -> None:
    make_shop()
    draft = Draft(
        name=" VIPs  of Denmark ",
        rows=(row("revenue", "more_than", value="99.90"), row("has_email", "is_yes")),
        match=Match.ANY,
    )
    definition = draft.definition
    assert definition.name == "VIPs of Denmark"
    again = Draft(rows=draft_rows(definition, ()))
    assert again.definition.rows == definition.rows
    assert [one.number for one in again.rows] == [1, 2]


def test_too_many_rows_are_a_mistake_that_names_the_setting(settings: object) -> None:
    settings.SEGMENT_MAX_CONDITIONS = 1
    two = Draft(rows=(row("has_email", "is_yes"), row("has_phone", "is_yes")))
    assert "SEGMENT_MAX_CONDITIONS" in two.problem


@pytest.mark.parametrize(
    ("name", "words"), [("", "Give"), (" \t ", "Give"), ("x" * 201, "longer than 200")]
)
def test_a_name_must_be_one(name: str, words: str) -> None:
    assert words in Draft(name=name).name_problem
