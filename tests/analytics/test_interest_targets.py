"""Names of conditions find their targets, and what is not followed yet can be asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.interest_targets import follow, request_interests, resolve
from analytics.models import InterestTarget, Refresh, RefreshPart, TargetKind
from cdp.models import Job
from tests.conftest import NOW
from tests.factories import make_category, make_product, make_shop
from tests.predictions import make_refresh, make_target

pytestmark = pytest.mark.django_db


def test_a_category_is_found_by_name_path_and_number():
    tents = make_category("Outdoor > Tents")
    make_target(tents)
    for name in ("tents", "OUTDOOR > tents", str(tents.pk)):
        found = resolve(TargetKind.CATEGORY, [name])
        assert [target.category for target in found.targets] == [tents], name
        assert (found.unfollowed, found.unknown) == ((), ())


def test_a_name_of_two_categories_is_unfollowed_until_both_are():
    one, other = make_category("Men > Shoes"), make_category("Women > Shoes")
    make_target(one)
    found = resolve(TargetKind.CATEGORY, ["Shoes"])
    assert [target.category for target in found.targets] == [one]
    assert found.unfollowed == ("Shoes",)
    follow(TargetKind.CATEGORY, "Shoes")
    found = resolve(TargetKind.CATEGORY, ["Shoes"])
    assert {target.category for target in found.targets} == {one, other}
    assert found.unfollowed == ()


def test_a_product_is_found_by_id_sku_and_name():
    make_product("Ærø Blanket", external_id="B-1", sku="BL9")
    for name in ("B-1", "bl9", "ærø blanket", "ÆRØ BLANKET"):
        assert resolve(TargetKind.PRODUCT, [name]).unfollowed == (name,), name
    target = follow(TargetKind.PRODUCT, "BL9")[0]
    assert (target.product.name, target.is_asked) == ("Ærø Blanket", True)
    assert resolve(TargetKind.PRODUCT, ["B-1", "ærø blanket"]).targets == (target,)


def test_what_the_shop_does_not_have_is_unknown():
    for kind in (TargetKind.CATEGORY, TargetKind.PRODUCT):
        found = resolve(kind, ["Spaceships", ""])
        assert (found.targets, found.unfollowed) == ((), ())
        assert found.unknown == ("Spaceships", "")
        assert follow(kind, "Spaceships") == []


@pytest.mark.parametrize("kind", [TargetKind.BRAND, TargetKind.KEYWORD])
def test_brands_and_keywords_can_be_followed_before_there_is_a_product(kind: str):
    assert resolve(kind, ["Sneaker"]).unfollowed == ("Sneaker",)
    target = follow(kind, " SNEAKER ")[0]
    assert (target.key, target.label) == ("sneaker", "SNEAKER")
    assert resolve(kind, ["sneaker"]).targets == (target,)


def test_following_twice_is_following_once():
    first = follow(TargetKind.BRAND, "Nike")
    assert follow(TargetKind.BRAND, "NIKE") == first
    assert InterestTarget.objects.count() == 1


def test_following_keeps_what_was_learned():
    learned = make_target("Nike")
    follow(TargetKind.BRAND, "Nike")
    learned.refresh_from_db()
    assert learned.is_asked
    assert learned.tested_auc == 0.75


def test_many_names_take_few_queries(django_assert_max_num_queries):
    make_target(make_product("Tent", external_id="T"))
    names = [f"no-{number}" for number in range(300)] + ["T"]
    with django_assert_max_num_queries(8):
        assert len(resolve(TargetKind.PRODUCT, names).targets) == 1


def test_asking_for_interests_asks_once():
    make_shop()
    request_interests(now=NOW)
    request_interests(now=NOW)
    assert Refresh.objects.get().part == RefreshPart.INTERESTS
    assert Job.objects.filter(kind="refresh").count() == 1


def test_a_full_refresh_that_waits_is_not_replaced_by_a_part():
    make_shop()
    Refresh.objects.request(now=NOW, as_of=None, is_full=True)
    request_interests(now=NOW)
    assert Refresh.objects.get().part == RefreshPart.ALL


def test_a_pinned_moment_stays_pinned():
    make_shop()
    pinned = make_refresh(NOW - timedelta(days=40))
    Refresh.objects.filter(pk=pinned.pk).update(is_pinned=True)
    request_interests(now=NOW)
    asked = Refresh.objects.get(started_at__isnull=True)
    assert (asked.is_pinned, asked.as_of) == (True, pinned.as_of)
