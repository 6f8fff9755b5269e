"""`manage.py recommend`: both lists with reasons, or one among the products of one's choice."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.refresh import refresh_now
from cdp.models import Product
from tests.analytics.tastes import add_order
from tests.factories import make_customer, make_product, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> list[Product]:
    now = timezone.now()
    make_shop()
    tent, stove, shoe = (
        make_product("Tent", brand="Nordic", category="Camping"),
        make_product("Stove", brand="Nordic", category="Camping"),
        make_product("Shoe", brand="Sprint", category="Running"),
    )
    anna = make_customer(external_id="anna", email="anna@example.com")
    add_order(anna, now - timedelta(days=40), [tent])
    for number in range(8):
        other = make_customer(external_id=f"o{number}")
        add_order(other, now - timedelta(days=20 + number), [tent, stove])
    refresh_now(now=now, full=True)
    return [tent, stove, shoe]


def said(*args: object, **options: object) -> list[str]:
    out = StringIO()
    call_command("recommend", *args, stdout=out, **options)
    return out.getvalue().splitlines()


def test_both_lists_are_printed_with_reasons(shop):
    lines = said("anna@example.com")
    assert lines[:3] == ["Buy again:", "  1. Tent", "New for you:"]
    assert lines[3] == "  1. Stove, because of Tent"
    assert lines[4] == "  2. Shoe"
    assert said("anna", most=1)[2:] == ["New for you:", "  1. Stove, because of Tent"]


def test_products_can_be_chosen(shop):
    assert said("anna", brand="SPRINT") == ["Best for this customer:", "  1. Shoe [new for you]"]
    lines = said("anna", category="camping", keyword="nordic")
    assert lines[0] == "Best for this customer:"
    assert sorted(line.split()[1] for line in lines[1:]) == ["Stove", "Tent"]


@pytest.mark.parametrize(
    ("args", "options", "sentence"),
    [
        (["nobody@example.com"], {}, "No customer has this e-mail address"),
        (["anna"], {"keyword": "zzz"}, "No product that is available matches all of this"),
        (["anna"], {"most": 0}, "from 1 to 100"),
    ],
)
def test_it_refuses_with_a_sentence(shop, args, options, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        said(*args, **options)
    assert "@" not in str(refused.value)


def test_before_the_first_refresh_it_says_what_to_do():
    make_shop()
    make_customer(external_id="anna")
    with pytest.raises(CommandError, match=r"manage\.py refresh"):
        said("anna")
