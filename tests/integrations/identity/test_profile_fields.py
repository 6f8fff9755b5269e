"""How much a prediction must change before it is sent again."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.identity.people import FieldValue
from integrations.identity.profile_fields import steady


@pytest.mark.parametrize(
    ("before", "after"),
    [(116.97, 116.14), (1240.0, 1199.0), (4.63, 4.59), (0.031, 0.0305), (0.0, 0.0)],
)
def test_a_little_more_or_less_is_no_news(before: float, after: float) -> None:
    assert steady({"value": before}) == steady({"value": after})


@pytest.mark.parametrize(
    ("before", "after"), [(100.0, 130.0), (0.0, 0.5), (9.9, 20.0), (40.0, 4.0)]
)
def test_another_step_is_news(before: float, after: float) -> None:
    assert steady({"value": before}) != steady({"value": after})


def test_steps_go_on_over_decades() -> None:
    assert steady({"value": 9.7}) == steady({"value": 10.3}) == {"value": 10.0}


def test_days_of_one_week_are_alike() -> None:
    monday, sunday, next_monday = date(2026, 11, 23), date(2026, 11, 29), date(2026, 11, 30)
    assert steady({"day": sunday}) == steady({"day": monday}) == {"day": monday}
    assert steady({"day": next_monday}) != {"day": monday}


def test_words_and_what_is_unknown_stay() -> None:
    fields: dict[str, FieldValue] = {"a": "slipping_away", "b": None, "c": True}
    assert steady(fields) == fields
