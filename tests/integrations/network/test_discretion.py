"""Texts that are logged, stored or shown hold nobody's address and no secret."""

from __future__ import annotations

import pytest

from integrations.network.discretion import discreet, discreet_path


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("anna.rossi@example.com is in a compliance state", "anna"),
        ("filter=any(email,['anna%40example.com'])", "anna"),
        ("Email <josé@example.es> again", "josé"),
        ("call +39 333 123 4567 now", "333"),
        ("call 0039-333-1234567 now", "1234567"),
        ("member 60e99131538b2687de9892ba3a28f901 unknown", "60e99131"),
        ("key 0123456789abcdef0123456789abcdef-us21", "us21"),
        ("Authorization: Bearer ya29.A0AfH6SM", "ya29"),
        ("Authorization: Klaviyo-API-Key pk_abc123def456", "pk_abc"),
        ("token pk_abc123def456 wrong", "abc123"),
        ("GET https://x.example/y?access_token=EAAB", "EAAB"),
        ("EAABsbCS1iHgBAKZCx7ZBqZAZCVZBvZAZCZBqZAZCVZBv", "EAABsb"),
    ],
)
def test_people_and_secrets_are_hidden(text: str, secret: str) -> None:
    assert secret not in discreet(text)
    assert "…" in discreet(text)


@pytest.mark.parametrize(
    "text",
    [
        "The resource submitted could not be validated.",
        "A list with id Y6nRLr does not exist.",
        "Error 1870034: see the terms.",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert discreet(text) == text


def test_a_long_answer_is_cut_to_one_line() -> None:
    assert len(discreet("so many words\n" * 5000)) == 300


def test_paths_lose_query_and_hashes() -> None:
    path = "/lists/a1b2c3/members/60e99131538b2687de9892ba3a28f901?email=a@b.co"
    assert discreet_path(path) == "/lists/a1b2c3/members/…"
