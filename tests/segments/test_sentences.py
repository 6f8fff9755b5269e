"""Several rows read as one sentence, in whatever language."""

from __future__ import annotations

import pytest
from django.utils import translation

from segments.definitions import make_row
from segments.sentences import sentence

ROWS = [
    make_row("importance", "is_any_of", {"values": ["vip"]}).understood,
    make_row("email_domain", "is_any_of", {"values": ["example.com"]}).understood,
    make_row("life_cycle", "is_any_of", {"values": ["lost"]}).understood,
]


def test_only_the_first_row_begins_with_a_capital() -> None:
    assert sentence(ROWS).startswith("Importance is VIP and e-mail domain is")
    assert sentence(ROWS).endswith(" and life cycle is lost")


def test_an_excluded_segment_ends_the_sentence() -> None:
    said = sentence(ROWS[:1], match="any", excluded="Staff")
    assert said == "Importance is VIP; but not in “Staff”"


def test_no_rows_mean_nobody() -> None:
    assert sentence([]).startswith("Nobody")


@pytest.mark.parametrize("language", ["da", "it"])
def test_other_languages_do_the_same(language: str) -> None:
    with translation.override(language):
        for part in ROWS[1:]:
            text = part.describe()
            assert text[:1].lower() + text[1:] in sentence(ROWS)


def test_german_keeps_its_capitals() -> None:
    with translation.override("de"):
        for part in ROWS[1:]:
            assert part.describe() in sentence(ROWS)
