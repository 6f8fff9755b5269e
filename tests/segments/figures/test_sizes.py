"""Who entered and left is told against the size before, never by everybody at a first refresh."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cdp.models import User
from segments.cards.starred import StarredCard
from segments.figures.sizes import changes_since, sizes_of, told_changes
from segments.models import Segment, SegmentSize
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

# A replay of two weeks, the first refresh (everybody entered), and two days after it.
ROWS = ((16, 40, 40, 0), (9, 44, 6, 2), (3, 45, 45, 0), (2, 47, 3, 1), (1, 45, 0, 2))


@pytest.fixture
def segment() -> Segment:
    factories.make_shop()
    segment = Segment.objects.create(name="A", created_at=NOW, edited_at=NOW, is_starred=True)
    for days, members, entered, left in ROWS:
        SegmentSize.objects.create(
            segment=segment,
            local_date=ago(days),
            member_count=members,
            mailable_count=0,
            entered_count=entered,
            left_count=left,
        )
    return segment


def ago(days: int) -> date:
    return NOW.date() - timedelta(days=days)


def test_days_on_which_everybody_entered_tell_of_no_change(segment: Segment) -> None:
    told = told_changes(sizes_of(segment))
    assert [size.local_date for size in told] == [ago(9), ago(2), ago(1)]


def test_a_segment_that_fills_after_it_was_empty_tells_of_it() -> None:
    empty, full = SegmentSize(member_count=0), SegmentSize(member_count=5, entered_count=5)
    assert told_changes([empty, full]) == [full]


def test_changes_are_added_up_from_a_day_on(segment: Segment) -> None:
    assert changes_since([segment], ago(20)) == {segment.pk: (9, 5)}
    assert changes_since([segment], ago(6)) == {segment.pk: (3, 3)}
    assert changes_since([segment], ago(0)) == {segment.pk: (0, 0)}


def test_the_home_page_tells_of_those_who_really_came_and_went(segment: Segment) -> None:
    content = StarredCard().content(User(is_superuser=True, is_active=True), now=NOW)
    assert content.rows[0].values[1:] == (3, 3)
