"""Who wants what in the browser: the list by kind, one target, following more, and a segment."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.models import (
    InterestTarget,
    Prediction,
    Refresh,
    RefreshPart,
    Shortage,
    Strength,
    TargetKind,
)
from cdp.models import Category, Job
from tests.factories import make_customer, make_product
from tests.people import client_of
from tests.predictions import make_back_test, make_interest, make_refresh, make_target

pytestmark = pytest.mark.django_db

HOSTILE = "<script>window.broken=1</script>"


@pytest.fixture
def analyst() -> Client:
    return client_of("Analyst")


@pytest.fixture
def marketer() -> Client:
    return client_of("Marketer")


def text_of(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    html = answer.content.decode()
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def rows_of(client: Client, **query: str) -> list[str]:
    html = client.get("/predictions/interests/", query).content.decode()
    return re.findall(r'<a href="/predictions/interests/\d+/" dir="auto">([^<]+)</a>', html)


def test_an_empty_shop_is_told_what_comes(analyst: Client, marketer: Client) -> None:
    assert "Nothing is followed yet" in text_of(analyst, "/predictions/interests/")
    assert "from the next refresh on" in text_of(analyst, "/predictions/interests/")
    assert "Import orders" not in text_of(analyst, "/predictions/interests/")
    assert "Import orders" in text_of(marketer, "/predictions/interests/")
    assert "Follow something else" not in text_of(analyst, "/predictions/interests/")
    assert "Follow something else" in text_of(marketer, "/predictions/interests/")


def test_a_shop_with_too_little_says_what_it_lacks(analyst: Client) -> None:
    make_back_test(
        Prediction.CATEGORIES,
        shortage=Shortage.FIRST_PURCHASES,
        shortage_needs=50,
        shortage_has=7,
    )
    text = text_of(analyst, "/predictions/interests/")
    assert "Not enough data: needs 50 first purchases in the windows, has 7." in text


def test_each_kind_has_its_tab_and_the_first_with_targets_opens(analyst: Client) -> None:
    make_target("Nike", medium_count=40, high_count=12, buyer_count=90)
    make_target("Puma")
    make_target("tent", kind=TargetKind.KEYWORD)
    text = text_of(analyst, "/predictions/interests/")
    assert "Categories 0 Brands 2 Products 0 Keywords 1" in text
    assert re.search(r"Nike 31 of 100 named bought; by chance 8 40 12 highly 90", text)
    assert rows_of(analyst, kind="keyword") == ["tent"]
    assert rows_of(analyst, kind="nonsense") == ["Nike", "Puma"]


def test_the_list_is_sorted_and_searched(analyst: Client) -> None:
    make_target("Nike", medium_count=4, buyer_count=90)
    make_target("Ærø", medium_count=40, buyer_count=9)
    assert rows_of(analyst) == ["Nike", "Ærø"]
    assert rows_of(analyst, sort="-interested") == ["Ærø", "Nike"]
    assert rows_of(analyst, sort="buyers") == ["Ærø", "Nike"]
    assert rows_of(analyst, sort="name") == ["Nike", "Ærø"]
    assert rows_of(analyst, sort="; drop table") == ["Nike", "Ærø"]
    assert rows_of(analyst, q="æRØ") == ["Ærø"]
    assert rows_of(analyst, q="%", kind="brand") == []
    assert "Search for something else" in text_of(analyst, "/predictions/interests/", q="x\x00y")


def test_categories_and_products_are_found_by_name_never_by_number(analyst: Client) -> None:
    tent = make_product("Igloo Tent", category="Outdoor > Tents")
    make_target(tent, label="Igloo Tent")
    category = Category.objects.get(name="Tents")
    make_target(category, label=category.path)
    assert rows_of(analyst, kind="product", q="IGLOO") == ["Igloo Tent"]
    assert rows_of(analyst, kind="product", q=str(tent.pk)) == []
    assert rows_of(analyst, kind="category", q="outdoor") == ["Outdoor &gt; Tents"]
    assert rows_of(analyst, kind="category", q=str(category.pk)) == []


def test_the_list_turns_its_pages(analyst: Client) -> None:
    for number in range(51):
        make_target(f"Brand {number:02}", buyer_count=number)
    assert len(rows_of(analyst)) == 50
    assert rows_of(analyst, page="2") == ["Brand 00"]
    assert rows_of(analyst, page="x")[0] == "Brand 50"


def test_what_is_not_learned_says_what_it_waits_for(analyst: Client) -> None:
    make_target("Nike", learned_in=None, is_asked=True)
    make_target("Puma", is_new=True, medium_limit=None, high_limit=None)
    text = text_of(analyst, "/predictions/interests/")
    assert "Nike asked for No refresh has tried it yet." in text
    make_back_test(Prediction.BRANDS)
    text = text_of(analyst, "/predictions/interests/")
    assert "Nike asked for The next refresh learns who wants it." in text
    assert "Puma new Too few have bought it" in text


def test_what_was_not_tested_alone_says_so(analyst: Client) -> None:
    make_target("Nike", tested_named=None, tested_count=None)
    make_target("Puma", tested_named=3)
    assert text_of(analyst, "/predictions/interests/").count("too few to test it alone") == 4


def test_queries_are_the_same_for_two_targets_and_for_twenty(marketer: Client) -> None:
    counts = []
    for batch in (2, 18):
        for _number in range(batch):
            product = make_product(f"Product {InterestTarget.objects.count()}")
            make_target(product)
        marketer.get("/predictions/interests/")
        with CaptureQueriesContext(connection) as queries:
            assert len(rows_of(marketer)) == InterestTarget.objects.count()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_target_names_its_customers_and_why(marketer: Client, analyst: Client) -> None:
    boots, socks = make_product("Hiking Boots"), make_product("Wool Socks")
    target = make_target("Nike", medium_count=2, high_count=1)
    anna = make_customer(first_name="Anna", email="anna@x.example")
    bo = make_customer(first_name="Bo", email="bo@x.example")
    make_interest(bo, target, Strength.MEDIUM, score=0.061, has_bought=True)
    make_interest(anna, target, score=0.347, reason=boots, second_reason=socks)
    text = text_of(marketer, f"/predictions/interests/{target.pk}/")
    assert "In the last window: 31 of 100 named bought; by chance 8." in text
    assert re.search(r"Anna 34\.7 % high no Hiking Boots · Wool Socks", text)
    assert re.search(r"Bo 6\.1 % medium yes –", text)
    assert text.index("Anna 34") < text.index("Bo 6")
    masked = text_of(analyst, f"/predictions/interests/{target.pk}/")
    assert "Anna" not in masked
    assert f"Customer {anna.pk}" in masked


def test_a_removed_product_is_no_reason(analyst: Client) -> None:
    boots = make_product("Hiking Boots")
    target = make_target("Nike")
    make_interest(make_customer(), target, reason=boots)
    type(boots).objects.filter(pk=boots.pk)._raw_delete("default")
    assert re.search(r"high no –", text_of(analyst, f"/predictions/interests/{target.pk}/"))


def test_only_the_twenty_most_probable_are_named(analyst: Client) -> None:
    target = make_target("Nike", medium_count=25, high_count=25)
    for number in range(25):
        make_interest(make_customer(), target, score=0.1 + number / 100)
    text = text_of(analyst, f"/predictions/interests/{target.pk}/")
    assert "34.0 %" in text
    assert text.count("high no") == 20
    assert "14.0 %" not in text


def test_queries_of_a_target_do_not_grow(analyst: Client) -> None:
    target = make_target("Nike")
    counts = []
    for batch in (2, 15):
        for number in range(batch):
            thing = make_product(f"Thing {batch} {number}")
            make_interest(make_customer(), target, reason=thing, second_reason=thing)
        analyst.get(f"/predictions/interests/{target.pk}/")
        with CaptureQueriesContext(connection) as queries:
            analyst.get(f"/predictions/interests/{target.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_hostile_names_do_nothing(marketer: Client) -> None:
    target = make_target(HOSTILE, label=HOSTILE)
    make_interest(make_customer(first_name=HOSTILE), target, reason=make_product(HOSTILE))
    for path in ("/predictions/interests/", f"/predictions/interests/{target.pk}/"):
        answer = marketer.get(path, {"q": "<script>"})
        assert "<script>window" not in answer.content.decode()
        assert "&lt;script&gt;window" in answer.content.decode()


def test_a_keyword_is_followed_and_learned_in_the_background(marketer: Client) -> None:
    make_refresh()
    answer = marketer.post(
        "/predictions/interests/follow/", {"kind": "keyword", "name": "  Sneaker \x00 "}
    )
    target = InterestTarget.objects.get()
    assert answer.url == f"/predictions/interests/{target.pk}/"
    assert (target.kind, target.key, target.is_asked) == ("keyword", "sneaker", True)
    assert Refresh.objects.get(started_at=None).part == RefreshPart.INTERESTS
    job = Job.objects.get(kind="refresh")
    assert job.user is not None
    assert "being found out in the background" in text_of(marketer, answer.url)
    marketer.post("/predictions/interests/follow/", {"kind": "keyword", "name": "SNEAKER"})
    assert InterestTarget.objects.count() == 1


def test_what_is_learned_already_needs_no_refresh(marketer: Client) -> None:
    make_target("Nike")
    marketer.post("/predictions/interests/follow/", {"kind": "brand", "name": "nike"})
    assert not Job.objects.exists()
    assert InterestTarget.objects.get().is_asked


def test_a_name_of_several_products_follows_them_all(marketer: Client) -> None:
    for _number in range(2):
        make_product("Igloo Tent")
    answer = marketer.post(
        "/predictions/interests/follow/", {"kind": "product", "name": "igloo tent"}
    )
    assert answer.url == "/predictions/interests/?kind=product&q=igloo+tent"
    assert InterestTarget.objects.count() == 2
    assert "stands for 2 things" in text_of(marketer, answer.url)


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("category", "Tents", "The shop has no category “Tents”."),
        ("product", HOSTILE, f"The shop has no product “{HOSTILE}”."),
        ("keyword", "   ", "Write what is to be followed."),
        ("nonsense", "", "Write what is to be followed."),
    ],
)
def test_what_cannot_be_followed_is_refused(
    marketer: Client, kind: str, name: str, said: str
) -> None:
    answer = marketer.post("/predictions/interests/follow/", {"kind": kind, "name": name})
    assert answer.url.startswith("/predictions/interests/?kind=")
    assert said in unescape(marketer.get(answer.url).content.decode())
    assert not InterestTarget.objects.exists()
    assert not Job.objects.exists()


def test_following_is_asked_for_by_post(marketer: Client) -> None:
    assert marketer.get("/predictions/interests/follow/").status_code == 405


def test_there_is_no_other_target(marketer: Client) -> None:
    assert marketer.get("/predictions/interests/9999999/").status_code == 404
    for key in ("0", "9" * 30, "x"):
        assert marketer.get("/segments/new/", {"interest": key}).status_code == 404


def test_what_somebody_asked_for_can_be_given_up(marketer: Client, analyst: Client) -> None:
    target = make_target("sneaker", kind=TargetKind.KEYWORD, is_asked=True)
    page = f"/predictions/interests/{target.pk}/"
    assert "Stop following" in text_of(marketer, page)
    assert "Stop following" not in text_of(analyst, page)
    answer = marketer.post(f"{page}unfollow/", follow=True)
    assert "no longer asked for" in answer.content.decode()
    assert not InterestTarget.objects.get(pk=target.pk).is_asked
    assert "Stop following" not in text_of(marketer, page)
