"""A segment begun from a target of interest finds exactly the interested customers."""

from __future__ import annotations

import pytest
from django.utils.html import escape

from analytics.models import CustomerStatistics, InterestTarget, Strength, TargetKind
from cdp.models import Category, Customer
from segments.compiler import customers_in
from segments.drafting.interests import interest_draft
from segments.drafting.saving import save_draft
from tests.conftest import NOW
from tests.factories import make_customer, make_product
from tests.people import client_of, make_user
from tests.predictions import make_interest, make_target

pytestmark = pytest.mark.django_db


def target_of(kind: TargetKind) -> InterestTarget:
    tent = make_product("Igloo Tent", category="Outdoor > Tents")
    if kind == TargetKind.PRODUCT:
        return make_target(tent, label="Igloo Tent")
    if kind == TargetKind.CATEGORY:
        category = Category.objects.get(name="Tents")
        return make_target(category, label=category.path)
    return make_target("Igloo", kind=kind, key="igloo", label="Igloo")


def people(count: int) -> list[Customer]:
    made = [make_customer() for _number in range(count)]
    CustomerStatistics.objects.bulk_create(CustomerStatistics(customer=one) for one in made)
    return made


def found(target: InterestTarget, *, never_bought: bool) -> set[Customer]:
    draft = interest_draft(target, never_bought=never_bought, segment_names=[])
    assert len(draft.usable) == len(draft.rows) == 1
    user = make_user("Marketer")
    segment = save_draft(draft, segment=None, now=NOW, user=user)
    return set(customers_in(segment, now=NOW))


@pytest.mark.parametrize("never_bought", [False, True])
@pytest.mark.parametrize("kind", TargetKind)
def test_it_finds_who_is_interested(kind: TargetKind, never_bought: bool) -> None:
    target = target_of(kind)
    keen, mild, former, other = people(4)
    make_interest(keen, target)
    make_interest(mild, target, Strength.MEDIUM)
    make_interest(former, target, has_bought=True)
    make_interest(other, make_target("Something else"))
    wanted = {keen, mild} if never_bought else {keen, mild, former}
    assert found(target, never_bought=never_bought) == wanted


def test_a_product_whose_name_others_bear_is_told_apart() -> None:
    target = target_of(TargetKind.PRODUCT)
    twin = make_target(make_product("Igloo Tent"))
    keen, other = people(2)
    make_interest(keen, target)
    make_interest(other, twin)
    assert found(target, never_bought=False) == {keen}


def test_the_builder_opens_with_the_row() -> None:
    target = target_of(TargetKind.KEYWORD)
    page = client_of("Marketer").get("/segments/new/", {"interest": target.pk, "new": "1"})
    html = page.content.decode()
    assert escape("Never bought, interested in Igloo") in html
    assert '<option value="interested_in" selected' in html


def test_a_name_that_is_taken_is_left_to_the_marketer() -> None:
    target = target_of(TargetKind.BRAND)
    draft = interest_draft(target, never_bought=False, segment_names=["Interested in Igloo"])
    assert draft.name == ""


def test_long_names_are_cut() -> None:
    target = make_target("W" * 250, label="W" * 500, kind=TargetKind.KEYWORD)
    draft = interest_draft(target, never_bought=False, segment_names=[])
    assert 0 < len(draft.name) <= 200
    assert not draft.name_problem
