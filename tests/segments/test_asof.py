"""A past result: what happened later changes nothing in it, and it equals what was found then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.models import CustomerForecast, CustomerStatistics
from analytics.refresh import refresh_now
from cdp.models import Consent, ConsentEvent, Customer, Order, OrderLine
from segments.asof import members_as_of
from segments.definitions import Definition, RowDefinition, make_row
from segments.dependencies import is_predicted, segments_with_rows
from segments.models import Membership, MembershipEvent, Segment, SegmentRun
from segments.refreshing import refresh_segments
from segments.storing import compare, store
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
THEN = NOW - 30 * DAY
RECENT = make_row("last_order", "within_last", {"amount": 30, "unit": "days"})
MAILABLE = make_row("accepts_marketing", "granted", {"purpose": "email"})
TENT = make_row("purchased", "bought", {"keywords": ["tent"]})
TWICE = make_row("order_count", "at_least", {"value": 2})


def asks_for(name: str) -> RowDefinition:
    return make_row("in_segment", "is_member", {"segment": name})


def define(*definitions: Definition) -> None:
    store(compare(definitions), now=NOW)


def found_as_of(name: str, moment: object) -> set[int]:
    with members_as_of(segments_with_rows().get(name=name), moment) as members:
        return set(members.values_list("pk", flat=True))


def consent(customer: Customer, choice: str, moment: object) -> None:
    """What the ledger and the current state hold after a customer chose."""
    ConsentEvent.objects.create(
        customer=customer,
        purpose="email",
        channel="email",
        choice=choice,
        occurred_at=moment,
        source="shop",
    )
    Consent.objects.update_or_create(
        customer=customer,
        purpose="email",
        channel="email",
        defaults={"state": choice, "since": moment},
    )
    customer.email_consent = 1 if choice == "granted" else -1
    customer.save()


@pytest.fixture
def people() -> list[Customer]:
    factories.make_shop()
    tent = factories.make_product("Red Tent")
    people = [
        factories.make_customer(email=f"c{number}@example.com", registered_at=NOW - 500 * DAY)
        for number in range(6)
    ]
    for number, customer in enumerate(people):
        for back in range(number):
            lines = [(tent, 1)] if number % 2 else []
            factories.make_order(customer, THEN - (back * 25 + 3) * DAY, lines)
        if number > 2:
            consent(customer, "granted", THEN - 10 * DAY)
    return people


def life_goes_on(people: list[Customer]) -> None:
    """Everything that may happen after the moment."""
    tent = factories.make_product("Other Tent")
    for customer in people:
        factories.make_order(customer, THEN + DAY, [(tent, 2)])
    newcomer = factories.make_customer(registered_at=THEN + 2 * DAY)
    factories.make_order(newcomer, THEN + 2 * DAY, [(tent, 1)])
    consent(people[4], "withdrawn", THEN + DAY)
    consent(people[0], "granted", THEN + DAY)
    cancelled = Order.objects.filter(customer=people[3]).earliest("placed_at")
    cancelled.status, cancelled.cancelled_at = "cancelled", THEN + DAY
    cancelled.save()
    OrderLine.objects.filter(order=cancelled).update(purchased_quantity=0)


DEFINITIONS = (
    Definition("Recent", (RECENT,)),
    Definition("Twice", (TWICE,)),
    Definition("Mailable", (MAILABLE,)),
    Definition("Tent", (TENT,)),
    Definition("Any", (MAILABLE, TENT), match="any"),
    Definition("Nested", (asks_for("Recent"),), excluded="Mailable"),
    Definition("Deep", (asks_for("Nested"), asks_for("Any"))),
)


def test_a_past_result_equals_what_was_found_at_that_time(people: list[Customer]) -> None:
    define(*DEFINITIONS)
    refresh_now(now=THEN, full=True)
    refresh_segments(now=THEN)
    live = {
        segment.name: set(segment.memberships.values_list("customer_id", flat=True))
        for segment in Segment.objects.all()
    }
    assert all(live.values())
    life_goes_on(people)
    refresh_now(now=NOW, full=True)
    refresh_segments(now=NOW)
    for name, members in live.items():
        assert found_as_of(name, THEN) == members, name
    changed = [
        name
        for name, members in live.items()
        if set(Membership.objects.filter(segment__name=name).values_list("customer", flat=True))
        != members
    ]
    assert "Recent" in changed
    assert "Mailable" in changed


def test_nothing_of_a_past_result_is_stored(people: list[Customer]) -> None:
    define(*DEFINITIONS)
    refresh_now(now=NOW, full=True)
    refresh_segments(now=NOW)

    def stored() -> list[object]:
        models = (CustomerStatistics, Membership, MembershipEvent, SegmentRun, Segment)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = stored()
    assert found_as_of("Deep", THEN) != found_as_of("Deep", NOW - 400 * DAY) == set()
    assert stored() == before


def test_a_fixed_list_has_the_members_of_then(people: list[Customer]) -> None:
    early, late, gone, *_others = people
    listed = factories.make_static_segment("List", [early, gone], THEN - DAY)
    run = SegmentRun.objects.latest("pk")
    for customer, change in ((gone, "left"), (late, "entered")):
        MembershipEvent.objects.create(
            segment=listed, customer=customer, run=run, change=change, occurred_at=THEN + DAY
        )
    Membership.objects.filter(customer=gone).delete()
    Membership.objects.create(segment=listed, customer=late, entered_at=THEN + DAY)
    define(Definition("Asks", (asks_for("List"),)))
    assert found_as_of("List", THEN) == found_as_of("Asks", THEN) == {early.pk, gone.pk}
    assert found_as_of("List", THEN + 2 * DAY) == {early.pk, late.pk}
    assert found_as_of("List", THEN - 2 * DAY) == set()


def test_changes_of_membership_after_the_moment_are_not_known(people: list[Customer]) -> None:
    entered = {"segment": "List", "amount": 7, "unit": "days"}
    factories.make_static_segment("List", people[:2], THEN + timedelta(hours=1))
    define(Definition("Entered", (make_row("segment_change", "entered_within", entered),)))
    assert found_as_of("Entered", THEN) == set()
    assert found_as_of("Entered", THEN + DAY) == {people[0].pk, people[1].pk}


def test_a_broken_segment_that_is_asked_for_is_an_error_not_everybody(
    people: list[Customer],
) -> None:
    define(Definition("Recent", (RECENT,)), Definition("Rest", (TENT,), excluded="Recent"))
    Segment.objects.get(name="Recent").conditions.update(operator="gone")
    with pytest.raises(Exception, match="gone"):
        found_as_of("Rest", THEN)
    assert CustomerStatistics.objects.count() == 0


def test_predictions_are_made_for_the_moment_where_a_row_asks_for_them() -> None:
    factories.make_shop()
    tent = factories.make_product("Red Tent", brand="Nordisk")
    people = [factories.make_customer(registered_at=NOW - 900 * DAY) for _number in range(72)]
    for number, customer in enumerate(people):
        # Every fourth stays away since long; the others keep coming at their own pace.
        pace = 30 + number % 7 * 10
        for back in range(240 if number % 4 == 0 else number % pace, 330, pace):
            factories.make_order(customer, THEN - (back + 1) * DAY, [(tent, 1)])
    risky = make_row("churn_risk", "is_any_of", {"values": ["high"]})
    wants = make_row("interested_in", "not_interested", {"brands": ["Nordisk"], "strength": "high"})
    define(
        Definition("Risky", (risky,)),
        Definition("Through", (asks_for("Risky"),)),
        Definition("Cold", (wants,)),
        Definition("Often", (TWICE,)),
    )
    before = found_as_of("Risky", THEN)
    silent = {customer.pk for customer in people[::4]}
    assert 2 * len(before & silent) > len(silent)
    assert 2 * len(before - silent) < len(people) - len(silent)
    for customer in people[::4]:
        factories.make_order(customer, THEN + DAY, [(tent, 3)])
    assert found_as_of("Through", THEN) == before
    assert not CustomerForecast.objects.exists()
    by_name = {segment.name: segment for segment in segments_with_rows()}
    assert [name for name in sorted(by_name) if is_predicted(by_name[name])] == ["Cold", "Risky"]
