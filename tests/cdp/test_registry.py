"""A registry holds one entry per key and says which keys it knows."""

from __future__ import annotations

import pytest

from cdp.registry import DuplicateKey, Registry, UnknownKey


class Flavour:
    key = "vanilla"


class Other:
    key = "mint"


@pytest.fixture
def flavours() -> Registry:
    registry: Registry = Registry("flavour")
    registry.register(Flavour)
    registry.register(Other)
    return registry


def test_entries_are_instances_in_the_order_of_registration(flavours: Registry) -> None:
    assert [type(entry) for entry in flavours] == [Flavour, Other]
    assert len(flavours) == 2
    assert isinstance(flavours.get("mint"), Other)
    assert flavours.get("mint") is flavours.get("mint")


def test_register_works_as_a_decorator(flavours: Registry) -> None:
    @flavours.register
    class Third:
        key = "lemon"

    assert isinstance(flavours.get("lemon"), Third)


def test_an_unknown_key_is_answered_with_the_known_ones(flavours: Registry) -> None:
    with pytest.raises(UnknownKey, match=r"no flavour 'chocolate'\. Known: mint, vanilla"):
        flavours.get("chocolate")
    assert "chocolate" not in flavours
    assert "mint" in flavours


def test_an_empty_registry_says_that_it_knows_nothing() -> None:
    with pytest.raises(UnknownKey, match="Known: none"):
        Registry("flavour").get("mint")


def test_a_second_entry_under_a_key_is_refused_and_the_first_stays(flavours: Registry) -> None:
    class Impostor:
        key = "mint"

    with pytest.raises(DuplicateKey, match="two flavour entries with the key 'mint'"):
        flavours.register(Impostor)
    assert isinstance(flavours.get("mint"), Other)
