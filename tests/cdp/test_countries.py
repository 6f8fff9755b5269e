"""Countries are understood in all our languages, whatever language the reader uses."""

from __future__ import annotations

import pytest
from django.utils import translation

from cdp.countries import country_code, country_name
from segments.rows import row_of

NAMES = ["DE", "de", "DEU", "Germany", " germany ", "Tyskland", "Deutschland", "Germania"]


@pytest.mark.parametrize("language", ["en", "da", "de", "it"])
@pytest.mark.parametrize("name", NAMES)
def test_a_country_is_understood(name: str, language: str) -> None:
    with translation.override(language):
        assert country_code(name) == "DE"


def test_what_is_no_country_has_no_code() -> None:
    assert country_code("European Community") is None
    assert country_code("") is None


def test_names_are_those_of_the_readers_language() -> None:
    with translation.override("da"):
        assert country_name("DE") == "Tyskland"
    assert country_name("XX") == "XX"


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_condition_takes_the_name_in_any_language(language: str) -> None:
    with translation.override(language):
        row = row_of("country", "is_any_of", {"values": ["Germany", "Danmark"]})
    assert row.params["values"] == ["DE", "DK"]
