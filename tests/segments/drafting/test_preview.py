"""The preview counts what the segment would hold, and what saving would change."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from analytics.refresh import refresh_now
from cdp.bulk.deadline import DeadlinePassed
from cdp.models import Customer
from segments.definitions import Definition, make_row
from segments.drafting import preview
from segments.drafting.preview import figures_of, funnel_of
from segments.models import Match
from segments.refreshing import refresh_segment
from segments.storing import compare, store
from tests.conftest import NOW
from tests.segments.shops import make_random_shop

pytestmark = pytest.mark.django_db

SPENT = make_row("revenue", "more_than", {"value": 100})
SILENT = make_row("last_order", "more_than_ago", {"amount": 30})


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    make_random_shop(3)
    refresh_now(now=NOW, full=True)


def stored(*rows: object) -> object:
    segment = store(compare([Definition("Stored", rows)]), now=NOW)[0]
    assert refresh_segment(segment, now=NOW).diff is not None
    return segment


def test_the_figures_are_those_of_the_members() -> None:
    segment = stored(SPENT)
    members = [member.customer for member in segment.memberships.select_related("customer")]
    figures = figures_of(Definition("", (SPENT,)), now=NOW)
    assert figures.member_count == segment.member_count == len(members) > 0
    assert figures.mailable_count == segment.mailable_count
    assert figures.revenue == sum((one.statistics.revenue for one in members), Decimal(0))
    assert figures.order_count == sum(one.statistics.order_count for one in members)
    everybody = Customer.objects.present().count()
    assert figures.customer_count == everybody
    assert figures.share == len(members) / everybody
    assert set(figures.sample) <= {one.pk for one in members}
    assert len(figures.sample) == min(5, len(members))


def test_without_rows_nobody_is_found() -> None:
    assert figures_of(Definition("", ()), now=NOW).member_count == 0


def test_a_changed_segment_shows_who_would_enter_and_leave() -> None:
    segment = stored(SPENT)
    same = figures_of(Definition("", (SPENT,)), stored=segment, now=NOW)
    assert (same.entering, same.leaving) == (0, 0)
    both = figures_of(Definition("", (SPENT, SILENT)), stored=segment, now=NOW)
    assert both.entering == 0
    assert both.leaving == segment.member_count - both.member_count > 0
    either = figures_of(Definition("", (SPENT, SILENT), Match.ANY), stored=segment, now=NOW)
    assert either.leaving == 0
    assert either.entering == either.member_count - segment.member_count > 0


@pytest.mark.parametrize("match", [Match.ALL, Match.ANY])
def test_the_funnel_ends_with_what_is_found(match: str) -> None:
    definition = Definition("", (SPENT, SILENT), match)
    first, last = funnel_of(definition, now=NOW)
    assert first.alone == first.after
    assert last.after == figures_of(definition, now=NOW).member_count
    assert (last.after <= last.alone) == (match == Match.ALL) or last.after == last.alone
    assert first.unknown is None
    never_ordered = make_row("last_order", "never", {}).understood
    assert (
        last.unknown
        == funnel_of(Definition("", (make_row("last_order", "never", {}),)), now=NOW)[0].alone
    )
    assert never_ordered is not None


def test_members_of_the_excluded_segment_are_left_out() -> None:
    segment = stored(SPENT)
    figures = figures_of(Definition("", (SILENT,), excluded=segment.name), now=NOW)
    both = figures_of(Definition("", (SPENT, SILENT)), now=NOW)
    all_silent = figures_of(Definition("", (SILENT,)), now=NOW)
    assert figures.member_count == all_silent.member_count - both.member_count


def test_a_question_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "SECONDS", -1.0)
    monkeypatch.setattr("cdp.bulk.deadline.STEPS", 1)
    with pytest.raises(DeadlinePassed):
        figures_of(Definition("", (SPENT,)), now=NOW + timedelta(seconds=1))
    with pytest.raises(DeadlinePassed):
        funnel_of(Definition("", (SPENT,)), now=NOW)
