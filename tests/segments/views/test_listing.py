"""The list of segments: what it shows, finds and sorts, and what its buttons do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdp.models import Job
from segments.models import SecretLink, Segment, SegmentSize
from segments.sentences import sentence_of
from tests.conftest import NOW
from tests.people import client_of, make_user
from tests.segments.marketing import (
    DANES,
    EVERYBODY,
    asks_for,
    make_buyers,
    make_segment,
)

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert(1)</script>{{7*7}}<div x-data x-init="alert(2)">'


@pytest.fixture
def marketer() -> Client:
    make_buyers()
    return client_of("Marketer")


def text(client: Client, address: str = "/segments/", **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def names(client: Client, **query: str) -> list[str]:
    answer = client.get("/segments/", query)
    return [entry.segment.name for entry in answer.context["entries"]]


def test_a_segment_is_shown_with_sentence_counts_and_state(marketer: Client) -> None:
    danes = make_segment("Danes", DANES)
    html = text(marketer)
    assert sentence_of(danes) in html
    assert "up to date" in html
    assert "3 members, 3 may be mailed" in html


def test_an_empty_list_leads_to_suggestions(marketer: Client) -> None:
    html = text(marketer)
    assert "There are no segments yet" in html
    assert "/segments/suggested/" in html
    assert "Build a segment" in html
    analyst = text(client_of("Analyst"))
    assert "A marketer can create them" in analyst
    assert "Build a segment" not in analyst


def test_states_say_why_members_are_not_those_of_now(marketer: Client) -> None:
    failed = make_segment("Failed", DANES)
    Segment.objects.filter(pk=failed.pk).update(error="Condition 1 cannot be understood.")
    stale = make_segment("Stale", DANES)
    Segment.objects.filter(pk=stale.pk).update(edited_at=NOW + timedelta(days=1))
    Segment.objects.create(name="New", created_at=NOW, edited_at=NOW)
    Segment.objects.create(name="List", type="static", created_at=NOW, edited_at=NOW)
    answer = marketer.get("/segments/")
    states = {entry.segment.name: entry.freshness for entry in answer.context["entries"]}
    assert states == {"Failed": "failed", "Stale": "stale", "New": "never", "List": "fixed"}
    assert "Condition 1 cannot be understood." in answer.content.decode()


def test_starred_segments_stand_first_and_archived_ones_apart(marketer: Client) -> None:
    for name in ("A", "B", "C"):
        make_segment(name, DANES)
    Segment.objects.filter(name="C").update(is_starred=True)
    Segment.objects.filter(name="A").update(is_archived=True)
    assert names(marketer) == ["C", "B"]
    assert names(marketer, show="archived") == ["A"]
    assert names(marketer, show="starred") == ["C"]


def test_the_list_is_searched_filtered_and_sorted(marketer: Client) -> None:
    user = make_user("Marketer", "owner")
    make_segment("Danes", DANES)
    make_segment("All customers", EVERYBODY)
    Segment.objects.create(
        name="Press", type="static", owner=user, note="for the fair", created_at=NOW, edited_at=NOW
    )
    assert names(marketer, q="dane") == ["Danes"]
    assert names(marketer, q="FAIR") == ["Press"]
    assert names(marketer, type="static") == ["Press"]
    assert names(marketer, sort="-members") == ["All customers", "Danes", "Press"]
    assert names(marketer, sort="members") == ["Press", "Danes", "All customers"]
    assert names(client_of(user), show="mine") == ["Press"]
    assert "No segment fits" in text(marketer, q="nothing of the kind")


@pytest.mark.parametrize(
    "query", [{"sort": "owner__password"}, {"show": "x"}, {"page": "x"}, {"type": "'"}, {"q": "\0"}]
)
def test_an_address_that_means_nothing_shows_the_list(
    marketer: Client, query: dict[str, str]
) -> None:
    make_segment("Danes", DANES)
    assert names(marketer, **query) == ["Danes"]


def test_it_says_who_uses_a_segment_and_that_a_link_gives_it_away(marketer: Client) -> None:
    danes = make_segment("Danes", DANES)
    make_segment("Danes again", asks_for(danes))
    make_segment("Others", EVERYBODY, excluded="Danes")
    link = SecretLink.objects.create(
        segment=danes, label="Agency", secret_hash="a", hint="x", columns="email", created_at=NOW
    )
    entry = next(
        entry
        for entry in marketer.get("/segments/").context["entries"]
        if entry.segment.name == "Danes"
    )
    assert [user.name for user in entry.uses.segments] == ["Danes again", "Others"]
    assert entry.has_link
    SecretLink.objects.filter(pk=link.pk).update(expires_at=NOW - timedelta(days=400))
    assert "secret link" not in text(marketer)


def test_the_trend_needs_two_days(marketer: Client) -> None:
    danes = make_segment("Danes", DANES)
    assert "cdp-spark" not in text(marketer)
    SegmentSize.objects.create(
        segment=danes,
        local_date=NOW.date() - timedelta(days=1),
        member_count=9,
        mailable_count=1,
    )
    assert "Members: from 9 to 3" in text(marketer)


def test_twenty_segments_take_as_many_queries_as_two(marketer: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text(marketer)
        return len(queries)

    first = make_segment("First", DANES)
    make_segment("Second", asks_for(first))
    count()
    few = count()
    for number in range(18):
        make_segment(f"More {number}", asks_for(first), DANES, excluded="Second")
    assert count() == few


def test_hostile_names_stay_text(marketer: Client) -> None:
    segment = make_segment(HOSTILE, DANES)
    Segment.objects.filter(pk=segment.pk).update(note=HOSTILE, error=HOSTILE)
    make_segment("User", asks_for(Segment.objects.get(pk=segment.pk)))
    for address in ("", f"{segment.pk}/", f"{segment.pk}/conditions/", f"{segment.pk}/delete/"):
        html = text(marketer, f"/segments/{address}")
        assert "<script>alert" not in html
        assert "<div x-data" not in html
        assert "{{7*7}}" in html


def test_an_analyst_sees_the_list_without_buttons(marketer: Client) -> None:
    make_segment("Danes", DANES)
    html = text(client_of("Analyst"))
    assert "Danes" in html
    assert "formaction" not in html
    assert "New segment" not in html


def test_ticked_segments_are_archived_and_refreshed_together(marketer: Client) -> None:
    chosen = [make_segment("A", DANES), make_segment("B", DANES)]
    make_segment("C", DANES)
    keys = [str(segment.pk) for segment in chosen]
    marketer.post("/segments/bulk/", {"segment": keys, "action": "archive"})
    assert set(Segment.objects.filter(is_archived=True)) == set(chosen)
    marketer.post("/segments/bulk/", {"segment": keys, "action": "unarchive"})
    assert not Segment.objects.filter(is_archived=True).exists()
    marketer.post("/segments/bulk/", {"segment": keys, "action": "refresh"})
    assert set(Job.objects.values_list("kind", "target")) == {
        ("refresh_segments", key) for key in keys
    }
    assert text(marketer).count("being refreshed") == 2


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({}, "No segment is ticked"),
        ({"segment": "x"}, "No segment is ticked"),
        ({"segment": "1", "action": "explode"}, "Choose what to do"),
    ],
)
def test_a_bulk_action_that_cannot_be_done_says_so(
    marketer: Client, values: dict[str, str], answer: str
) -> None:
    segment = make_segment("A", DANES)
    values = {name: value.replace("1", str(segment.pk)) for name, value in values.items()}
    html = marketer.post("/segments/bulk/", values, follow=True).content.decode()
    assert answer in html
    assert Segment.objects.filter(is_archived=False).count() == 1


def test_a_suggested_segment_is_one_click_away(marketer: Client) -> None:
    waiting = text(marketer, "/segments/suggested/")
    assert "One-time buyers" not in waiting
    assert 'data-lazy="/segments/suggested/"' in waiting
    assert "One-time buyers" in text(marketer, "/segments/suggested/", now="1")
    assert "One-time buyers" in text(marketer, "/segments/suggested/")
    fragment = marketer.get("/segments/suggested/", headers={"X-Requested-With": "regulars"})
    assert "<html" not in fragment.content.decode()
    answer = marketer.post("/segments/suggested/create/", {"name": "One-time buyers"})
    segment = Segment.objects.get()
    assert answer.url == f"/segments/{segment.pk}/"
    assert (segment.member_count, segment.owner.get_username()[:8]) == (1, "marketer")
    again = marketer.post("/segments/suggested/create/", {"name": "One-time buyers"}, follow=True)
    assert "exists already" in again.content.decode()
    marketer.post("/segments/suggested/create/", {"all": "1"})
    assert Segment.objects.count() > 2
    assert not Segment.objects.filter(computed_at=None).exists()
