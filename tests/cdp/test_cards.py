"""What holds for every card of every app: nothing has to be added here for a new one."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext

from cdp.dashboard import Card, Content, Place, assemble, cards
from cdp.models import ImportRun, Job, JobState, User
from segments.models import Segment, SegmentSize
from segments.refreshing import refresh_segments
from tests import factories
from tests.conftest import NOW
from tests.connections import make_audience, make_connection
from tests.people import make_user
from tests.segments.shops import make_random_shop

pytestmark = pytest.mark.django_db
DASHBOARD = [card for card in cards if card.place is Place.DASHBOARD]
each = pytest.mark.parametrize("card", DASHBOARD, ids=lambda card: card.key)


def fill(rows: int) -> None:
    """So many of everything that a card might list."""
    for number in range(rows):
        segment = factories.make_static_segment(f"List {rows} {number}", [], NOW)
        segment.is_starred, segment.error = True, "Broken."
        segment.save()
        SegmentSize.objects.create(
            segment=segment,
            local_date=NOW.date(),
            member_count=1,
            mailable_count=1,
            entered_count=number,
        )
        connection = make_connection("mailchimp", name=f"Newsletter {rows} {number}")
        make_audience(connection, segment, state="stopped", error="Broken.")
        for state in (JobState.QUEUED, JobState.FAILED):
            run = ImportRun.objects.create(
                kind="orders", path="/x", file_name=f"{number}.csv", created_at=NOW
            )
            Job.objects.create(
                kind="import", target=str(run.pk), state=state, created_at=NOW, finished_at=NOW
            )


def drawn(content: Content, user: User) -> str:
    return get_template(content.template).render({"content": content, "user": user})


@each
def test_a_card_keeps_the_peace_in_an_empty_shop(card: Card) -> None:
    user = make_user("superuser")
    content = card.content(user, now=NOW)
    if content is not None:
        assert drawn(content, user)


@each
def test_a_card_shows_something_in_a_full_shop_and_asks_as_often_for_many_rows(card: Card) -> None:
    user = make_user("superuser")
    make_random_shop(3, customers=15)
    fill(2)
    refresh_segments(now=NOW, segments=Segment.objects.filter(name__startswith="List"))
    first = card.content(user, now=NOW)
    assert first is not None
    assert drawn(first, user)
    with CaptureQueriesContext(connection) as few:
        card.content(user, now=NOW)
    fill(18)
    with CaptureQueriesContext(connection) as many:
        card.content(user, now=NOW)
    assert len(many) == len(few)


@each
def test_a_card_shows_the_same_twice(card: Card) -> None:
    make_random_shop(3, customers=15)
    user = make_user("superuser")
    assert card.content(user, now=NOW) == card.content(user, now=NOW)


@each
def test_a_card_is_for_whoever_has_its_permission(card: Card) -> None:
    make_random_shop(3, customers=15)
    fill(1)
    nobody = make_user(None)
    shown = {card.key for card in assemble(Place.DASHBOARD, nobody, user=nobody, now=NOW)}
    assert (card.key in shown) == (not card.permission)


def test_cards_stand_in_the_order_of_their_positions() -> None:
    make_random_shop(3, customers=15)
    user = make_user("superuser")
    shown = [
        cards.get(one.key).position for one in assemble(Place.DASHBOARD, user, user=user, now=NOW)
    ]
    assert shown == sorted(shown)


def test_a_card_that_raises_takes_only_itself_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(subject: User, *, now: object) -> None:
        raise ZeroDivisionError

    make_random_shop(3, customers=15)
    monkeypatch.setattr(cards.get("freshness"), "content", fail)
    user = make_user("superuser")
    with caplog.at_level(logging.ERROR):
        shown = assemble(Place.DASHBOARD, user, user=user, now=NOW + timedelta(days=1))
    broken = [one.key for one in shown if one.content is None]
    assert broken == ["freshness"]
    assert len(shown) > 3
    assert "card=freshness" in caplog.text
