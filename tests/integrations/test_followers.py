from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import AudienceState
from segments.followers import Follower, followers_of, followers_of_each
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection
from tests.factories import make_static_segment
from tests.people import client_of

pytestmark = pytest.mark.django_db


def test_a_segment_is_followed_by_its_audiences_until_they_have_ended() -> None:
    segment = make_static_segment("Buyers", (), NOW)
    paused = make_audience(
        make_connection("mailchimp", name="Letters"), segment, state=AudienceState.PAUSED
    )
    make_audience(make_connection("klaviyo"), segment, state=AudienceState.ENDED)
    (found,) = followers_of(segment)
    assert (found.key, found.name, found.place) == (paused.pk, "Customers A", "Letters")


def test_following_many_segments_takes_one_query() -> None:
    place = make_connection("mailchimp")
    segments = [make_static_segment(f"S{number}", (), NOW) for number in range(5)]
    for number, segment in enumerate(segments):
        make_audience(place, segment, outside_name=f"A{number}")
    with CaptureQueriesContext(connection) as queries:
        found = followers_of_each(segments)
    assert len(queries) == 1
    assert [[one.name for one in found[segment.pk]] for segment in segments] == [
        [f"A{number}"] for number in range(5)
    ]
    assert all(isinstance(one, Follower) for ones in found.values() for one in ones)


def test_deleting_a_segment_says_what_loses_it_and_leaves_that() -> None:
    segment = make_static_segment("Buyers", (), NOW)
    audience = make_audience(
        make_connection("mailchimp", name="<script>alert(1)</script>"),
        segment,
        outside_name="{{7*7}} people",
    )
    marketer = client_of("Marketer")
    asked = marketer.get(f"/segments/{segment.pk}/delete/").content.decode()
    assert "What loses its segment:" in asked
    assert "{{7*7}} people" in asked
    assert "<script>alert(1)" not in asked
    marketer.post(f"/segments/{segment.pk}/delete/")
    assert not Segment.objects.exists()
    audience.refresh_from_db()
    assert (audience.segment, audience.state) == (None, AudienceState.ACTIVE)


def test_a_segment_that_nothing_follows_is_deleted_without_a_word_of_it() -> None:
    segment = make_static_segment("Buyers", (), NOW)
    asked = client_of("Marketer").get(f"/segments/{segment.pk}/delete/").content.decode()
    assert "What loses its segment" not in asked


def test_archiving_says_that_the_audiences_stand_still() -> None:
    marketer = client_of("Marketer")
    followed, alone = (make_static_segment(name, (), NOW) for name in ("Followed", "Alone"))
    make_audience(make_connection("mailchimp"), followed)
    for segment, is_said in ((followed, True), (alone, False)):
        address = f"/segments/{segment.pk}/archive/"
        answer = marketer.post(address, {"archive": "1"}, follow=True)
        assert ("Its audiences stand still" in answer.content.decode()) is is_said
