"""Outside names tell nothing: flagged words are warned of in four languages."""

from __future__ import annotations

import pytest
from django.utils import translation

from integrations.outside_names import is_own_name, neutral_name, warnings


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Diabetes care", "health"),
        ("PREGNANT customers", "health"),
        ("Gravide kunder", "health"),
        ("Kræftpatienter", "health"),
        ("Übergewicht", "health"),
        ("Uebergewicht", "health"),
        ("Donne incinte", "health"),
        ("In debt", "money troubles"),
        ("Gæld", "money troubles"),
        ("Schulden", "money troubles"),
        ("Disoccupati", "money troubles"),
        ("Muslim customers", "religion"),
        ("Jødiske kunder", "religion"),
        ("Cattolici", "religion"),
        ("Voters north", "politics"),
        ("Wähler", "politics"),
        ("Gay couples", "sex and sexual orientation"),
        ("Bøsser", "sex and sexual orientation"),
        ("Refugees", "origin"),
        ("Flüchtlinge", "origin"),
        ("Ex-convicts", "crime"),
        ("Kriminelle", "crime"),
    ],
)
def test_flagged_words_are_named_with_what_they_touch(name: str, subject: str) -> None:
    (sentence,) = warnings(name)
    assert subject in sentence
    assert "{" not in sentence


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Customers A7",
        "Best customers",
        "Kunden mit Warenkorb",
        "Gaveindkøb",
        "Clienti migliori",
        "Essex",
        "Sussex spring",
        "Jewellery buyers",
        "Romantic gifts",
        "Armani",
        "Paint and paper",
        "Racer bikes",
        "Blackberry jam",
        "{{7*7}} <script>",
    ],
)
def test_ordinary_names_raise_no_alarm(name: str) -> None:
    assert warnings(name) == []


def test_each_word_is_named_once() -> None:
    assert len(warnings("debt debt")) == 1


def test_suggestions_are_neutral_short_and_differ() -> None:
    names = [neutral_name(number) for number in range(1, 400)]
    assert len(set(names)) == len(names)
    assert neutral_name(7) == neutral_name(7)
    for language in ("en", "da", "de", "it"):
        with translation.override(language):
            assert not any(warnings(neutral_name(number)) for number in range(1, 50))


@pytest.mark.parametrize(
    ("name", "segment_name", "is_own"),
    [
        ("Lapsed VIPs", "Lapsed VIPs", True),
        (" lapsed  vips! ", "Lapsed VIPs", True),
        ("Børn", "Boern", True),
        ("Customers A7", "Lapsed VIPs", False),
        ("…", "!!", False),
    ],
)
def test_the_segments_own_name_is_recognised(name: str, segment_name: str, is_own: bool) -> None:
    assert is_own_name(name, segment_name) == is_own
