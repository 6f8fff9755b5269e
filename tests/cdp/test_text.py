"""Words that people take for the same are the same for every database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.text import key, tidy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nike", "NIKE"),
        ("  New   York ", "new york"),
        ("Straße", "STRASSE"),
        ("Zu\u0308rich", "Z\u00fcrich"),
        ("ÅRHUS", "århus"),
        ("a\u00a0b", "a b"),
        ("a\tb\nc", "a b c"),
    ],
)
def test_the_same_word_has_the_same_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Arhus", "Århus"), ("ab", "a b"), ("resume", "résumé")]
)
def test_different_words_have_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_tidying_keeps_capitals() -> None:
    assert tidy("  Red   TENT ") == "Red TENT"


@given(st.text())
def test_tidying_and_keying_twice_changes_nothing_more(value: str) -> None:
    assert tidy(tidy(value)) == tidy(value)
    assert key(key(value)) == key(value)
