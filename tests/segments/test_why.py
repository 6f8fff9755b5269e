"""Why a customer is in a segment: what is asked of one customer is what is asked of everybody."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import CustomerStatistics
from analytics.refresh import refresh_now
from cdp.models import Customer
from segments.compiler import everybody, shop_time
from segments.criteria.queries import about
from segments.models import Condition, Segment
from segments.refreshing import refresh_segments
from segments.rows import row_of
from segments.why import Verdict, why
from tests import factories
from tests.conftest import NOW
from tests.segments.examples import ROWS

pytestmark = pytest.mark.django_db

LABELS = {"life_cycle", "life_cycle_change"}  # They move with a refresh, not with a question.
DAYS_AHEAD = 12


def make_segment(*rows: tuple[str, str, dict[str, object]], **values: object) -> Segment:
    values = {"name": f"segment {Segment.objects.count()}", **values}
    segment = Segment.objects.create(created_at=NOW, edited_at=NOW, **values)
    for position, (criterion, operator, parameters) in enumerate(rows):
        Condition.objects.create(
            segment=segment,
            position=position,
            criterion=criterion,
            operator=operator,
            parameters=parameters,
            referenced_segment=Segment.objects.filter(name=parameters.get("segment")).first(),
        )
    return segment


def asked(
    customer: Customer, *rows: tuple[str, str, dict[str, object]], **values: object
) -> Verdict:
    return why(make_segment(*rows, **values), customer, now=NOW)


def moment_ahead(days: int) -> datetime:
    local = shop_time(NOW)
    return datetime.combine(local.date() + timedelta(days=days), time(12), tzinfo=local.tzinfo)


@pytest.mark.usefixtures("random_shop")
class TestOnARandomShop:
    def test_a_question_about_one_customer_has_the_answer_everybody_gets(self) -> None:
        people = list(CustomerStatistics.objects.values_list("pk", flat=True))
        now = shop_time(NOW)
        for criterion, operator, values in ROWS:
            row = row_of(criterion, operator, values)
            members = set(everybody().filter(row.q(now=now)).values_list("pk", flat=True))
            for pk in people[::19]:
                with about(pk):
                    alone = everybody().filter(row.q(now=now), pk=pk).exists()
                assert alone == (pk in members), (criterion, operator, values, pk)

    @pytest.mark.once
    def test_the_day_of_a_change_is_the_first_on_which_everybody_is_told_so(self) -> None:
        people = {customer.pk: customer for customer in Customer.objects.present()}
        changed = 0
        for criterion, operator, values in ROWS:
            row = row_of(criterion, operator, values)
            if not row.depends_on_day or criterion in LABELS:
                continue
            told = [
                set(everybody().filter(row.q(now=moment)).values_list("pk", flat=True))
                for moment in [shop_time(NOW), *map(moment_ahead, range(1, DAYS_AHEAD + 1))]
            ]
            segment = make_segment((criterion, operator, values))
            for pk in list(people)[::17]:
                verdict = why(segment, people[pk], now=NOW)
                answers = [pk in members for members in told]
                first = next(
                    (
                        moment_ahead(day).date()
                        for day, answer in enumerate(answers)
                        if answer != answers[0]
                    ),
                    None,
                )
                (said,) = verdict.rows
                found = said.changes_on
                if found is not None and found > moment_ahead(DAYS_AHEAD).date():
                    found = None
                assert found == first, (criterion, operator, values, pk)
                assert said.passes == answers[0]
                changed += first is not None
        assert changed > 0

    def test_every_row_says_what_is_the_case(self) -> None:
        customer = Customer.objects.present().filter(orders__isnull=False).first()
        assert customer is not None
        one_each = {(criterion, operator): values for criterion, operator, values in ROWS}
        for (criterion, operator), values in one_each.items():
            verdict = asked(customer, (criterion, operator, values))
            (row,) = verdict.rows
            assert row.wanted
            assert row.passes is not None, row
            assert row.actual, (criterion, operator)


def make_buyer(*ordered: date, **values: object) -> Customer:
    customer = factories.make_customer(**values)
    for day in ordered:
        factories.make_order(customer, factories.at(day), total=60)
    return customer


def test_the_rows_together_decide_and_the_first_decisive_change_is_named() -> None:
    factories.make_shop()
    customer = make_buyer(date(2026, 11, 1), date(2026, 11, 20), country="DK")
    refresh_now(now=NOW, full=True)
    recent = ("last_order", "within_last", {"amount": 30, "unit": "days"})
    two = ("order_count", "at_least", {"value": 2, "last": 30, "unit": "days"})
    danish = ("country", "is_any_of", {"values": ["DK"]})
    verdict = asked(customer, recent, two, danish)
    assert verdict.belongs
    assert [row.passes for row in verdict.rows] == [True, True, True]
    assert [row.changes_on for row in verdict.rows] == [date(2026, 12, 20), date(2026, 12, 1), None]
    assert verdict.changes_on == date(2026, 12, 1)
    assert verdict.rows[1].actual == "2 orders"
    assert verdict.rows[2].actual == "Denmark"
    either = asked(customer, recent, two, match="any")
    assert either.changes_on == date(2026, 12, 20)
    assert asked(customer, danish, recent, match="any").changes_on is None


def test_a_customer_who_slips_away_enters_on_the_day_their_stage_changes() -> None:
    factories.make_shop()
    customer = make_buyer(date(2026, 11, 1))
    refresh_now(now=NOW, full=True)
    verdict = asked(customer, ("life_cycle", "is_any_of", {"values": ["slipping_away"]}))
    assert verdict.belongs is False
    customer.refresh_from_db()
    slips_on = date(2026, 11, 1) + timedelta(
        days=int(customer.classification.slip_days) + 1  # type: ignore[attr-defined]
    )
    assert verdict.changes_on == slips_on
    soon = asked(customer, ("life_cycle_change", "becomes_slipping_away", {"days": 14}))
    assert soon.changes_on == slips_on - timedelta(days=14)


def test_a_row_that_is_not_understood_says_why_and_decides_nothing() -> None:
    factories.make_shop()
    customer = make_buyer(date(2026, 11, 1))
    refresh_now(now=NOW, full=True)
    verdict = asked(customer, ("star_sign", "is_any_of", {"values": ["Leo"]}))
    assert verdict.belongs is None
    assert "star_sign" in verdict.problem


def test_members_of_the_excluded_segment_do_not_belong() -> None:
    factories.make_shop()
    customer = make_buyer(date(2026, 11, 1))
    refresh_now(now=NOW, full=True)
    staff = factories.make_static_segment("Staff", [customer], NOW)
    verdict = asked(customer, ("order_count", "at_least", {"value": 1}), excluded_segment=staff)
    assert (verdict.rows[0].passes, verdict.belongs) == (True, False)
    assert verdict.excluded == "Staff"


def test_what_the_last_refresh_stored_is_told_beside_what_is_true_now() -> None:
    factories.make_shop()
    customer = make_buyer(date(2026, 11, 1))
    refresh_now(now=NOW, full=True)
    segment = make_segment(("revenue", "at_least", {"value": 50}))
    assert not why(segment, customer, now=NOW).is_stored
    refresh_segments(now=NOW)
    assert why(segment, customer, now=NOW).is_stored


def test_contact_data_stays_hidden_from_those_who_may_not_see_it() -> None:
    factories.make_shop()
    customer = make_buyer(date(2026, 11, 1), postal_code="2100", email="a@secret.example")
    factories.set_field(customer, "nickname", "Bobo")
    refresh_now(now=NOW, full=True)
    segment = make_segment(
        ("postal_code", "starts_with", {"values": ["2"]}),
        ("email_domain", "is_any_of", {"values": ["gmail.com"]}),
        ("custom_text", "is_known", {"field": "nickname"}),
    )
    hidden = why(segment, customer, now=NOW, may_see_contact=False)
    assert {row.actual for row in hidden.rows} == {"•••"}
    seen = why(segment, customer, now=NOW)
    assert [row.actual for row in seen.rows] == ["2100", "secret.example", "Bobo"]


def test_the_cost_does_not_grow_with_other_customers_or_own_orders() -> None:
    factories.make_shop()
    customer = make_buyer(date(2026, 11, 1))
    segment = make_segment(
        ("revenue", "at_least", {"value": 50, "last": 90, "unit": "days"}),
        ("purchased", "bought", {"last": 90, "unit": "days"}),
    )
    refresh_now(now=NOW, full=True)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            why(segment, customer, now=NOW)
        return len(queries)

    few = count()
    for number in range(20):
        factories.make_order(customer, datetime(2026, 10, 1 + number, tzinfo=UTC), total=Decimal(5))
    refresh_now(now=NOW, full=True)
    assert count() == few
