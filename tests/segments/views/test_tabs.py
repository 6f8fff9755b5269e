"""The tabs of a segment: overview, members, conditions, history, for each role."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdp.bulk.deadline import DeadlinePassed
from cdp.models import AuditAction, AuditEntry, Customer
from segments.definitions import make_row, parse
from segments.drafting import row_effects
from segments.figures import metrics
from segments.models import Condition, MembershipEvent, Segment, SegmentRun, SegmentSize
from segments.refreshing import refresh_segments
from tests import factories
from tests.conftest import NOW
from tests.people import client_of
from tests.segments.marketing import (
    BUYERS,
    DANES,
    EVERYBODY,
    asks_for,
    compute,
    make_buyers,
    make_segment,
)

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Requested-With": "regulars"}


@pytest.fixture
def people() -> list[Customer]:
    return make_buyers()


@pytest.fixture
def danes(people: list[Customer]) -> Segment:
    return make_segment("Danes", DANES)


@pytest.fixture
def marketer(danes: Segment) -> Client:
    return client_of("Marketer")


def text(client: Client, address: str, **query: object) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_overview_shows_size_and_figures(marketer: Client, danes: Segment) -> None:
    html = text(marketer, f"/segments/{danes.pk}/")
    assert "as soon as the segment has been computed on a second day" in html
    assert "Small group: with 2 buyers" in html
    assert "1 member has never ordered" in html
    assert "133.33 EUR" in html  # 800 of 6 orders


def test_the_first_day_is_not_taken_for_a_change(marketer: Client, danes: Segment) -> None:
    assert "Nobody has entered or left since the first day." in text(
        marketer, f"/segments/{danes.pk}/"
    )
    SegmentSize.objects.create(
        segment=danes,
        local_date=NOW.date() + timedelta(days=1),
        member_count=4,
        mailable_count=4,
        entered_count=2,
        left_count=1,
    )
    html = text(marketer, f"/segments/{danes.pk}/")
    assert "entered: 2 in all. left: 1 in all." in html
    assert "Members: from 3 on" in html


def test_figures_follow_later_in_a_large_shop(
    marketer: Client, danes: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "QUICK_CUSTOMERS", 2)
    address = f"/segments/{danes.pk}/"
    html = text(marketer, address)
    assert f'data-lazy="{address}figures/"' in html
    assert "133.33 EUR" not in html
    assert "133.33 EUR" in text(marketer, address, figures=1)
    assert "133.33 EUR" in text(marketer, address)  # now they are known
    part = marketer.get(f"{address}figures/", headers=FRAGMENT).content.decode()
    assert "133.33 EUR" in part
    assert "<html" not in part
    assert "133.33 EUR" in text(marketer, f"{address}figures/")


def test_members_shared_with_other_segments_are_counted(marketer: Client, danes: Segment) -> None:
    make_segment("Buyers", BUYERS)
    make_segment("Apart", make_row("country", "is_any_of", {"values": ["DE"]}))
    html = text(marketer, f"/segments/{danes.pk}/overlap/")
    assert '>Buyers</a></th><td class="cdp-number">2</td><td class="cdp-number">67 %</td>' in html
    assert "Apart" not in html
    assert "cdp-table" in text(marketer, f"/segments/{danes.pk}/", overlap=1)


def test_a_segment_that_was_never_computed_says_what_to_do(marketer: Client) -> None:
    segment = Segment.objects.create(name="New", created_at=NOW, edited_at=NOW)
    assert "have not been computed yet" in text(marketer, f"/segments/{segment.pk}/")
    assert "have not been computed yet" in text(marketer, f"/segments/{segment.pk}/members/")
    assert "There are no conditions" in text(marketer, f"/segments/{segment.pk}/conditions/")
    assert "There is nothing yet" in text(marketer, f"/segments/{segment.pk}/history/")


def test_a_failure_is_shown_with_its_reason(marketer: Client, danes: Segment) -> None:
    Segment.objects.filter(pk=danes.pk).update(error="Condition 1 cannot be understood.")
    for tab in ("", "members/", "conditions/", "history/"):
        assert "Condition 1 cannot be understood." in text(marketer, f"/segments/{danes.pk}/{tab}")


def shown(client: Client, segment: Segment, **query: object) -> list[str]:
    answer = client.get(f"/segments/{segment.pk}/members/", query)
    return [member.customer.first_name for member in answer.context["members"]]


def test_members_are_found_sorted_and_shown_with_the_columns_asked_for(
    marketer: Client, danes: Segment
) -> None:
    assert shown(marketer, danes) == ["Person0", "Person2", "Person4"]
    assert shown(marketer, danes, sort="-revenue") == ["Person4", "Person2", "Person0"]
    assert shown(marketer, danes, sort="-last_order_at")[-1] == "Person0"
    assert shown(marketer, danes, sort="last_order_at")[-1] == "Person0"
    assert shown(marketer, danes, sort="email") == ["Person0", "Person2", "Person4"]
    assert shown(marketer, danes, q="person2@") == ["Person2"]
    html = text(marketer, f"/segments/{danes.pk}/members/", column=["email", "revenue"])
    assert "person4@example.com" in html
    assert "560.00 EUR" in html
    assert "Denmark" in text(marketer, f"/segments/{danes.pk}/members/")
    assert "Life cycle" not in html.split("<tbody>")[0].split("</fieldset>")[1]
    assert "No member fits your search." in text(
        marketer, f"/segments/{danes.pk}/members/", q="nobody"
    )


@pytest.mark.parametrize(
    "query", [{"sort": "customer__email"}, {"column": "password"}, {"page": "0"}, {"q": "\0"}]
)
def test_an_address_that_means_nothing_shows_the_members(
    marketer: Client, danes: Segment, query: dict[str, str]
) -> None:
    assert len(shown(marketer, danes, **query)) == 3


def test_an_analyst_learns_nobodys_name(danes: Segment, people: list[Customer]) -> None:
    analyst = client_of("Analyst")
    Customer.objects.filter(pk=people[2].pk).update(external_id="person2@example.com")
    run = SegmentRun.objects.get(segment=danes)
    address = f"/segments/{danes.pk}/members/"
    pages = [
        text(analyst, address),
        text(analyst, address, column=["email", "customer_id", "first_name", "postal_code"]),
        text(analyst, address, sort="email"),
        text(analyst, f"/segments/{danes.pk}/history/{run.pk}/"),
    ]
    for html in pages:
        assert f"Customer {people[2].pk}" in html
        assert "Person2" not in html
        assert "person2@example.com" not in html
    assert shown(analyst, danes, q="person2") == []
    assert shown(analyst, danes, q=str(people[2].pk)) == ["Person2"]
    ordered = [member.customer.pk for member in analyst.get(address).context["members"]]
    by_mail = analyst.get(address, {"sort": "-email"}).context["members"]
    assert [member.customer.pk for member in by_mail] == ordered


def test_a_member_of_a_fixed_list_is_taken_off(marketer: Client, people: list[Customer]) -> None:
    listed = factories.make_static_segment("Press", people[:2], NOW)
    assert "Remove" in text(marketer, f"/segments/{listed.pk}/members/")
    assert "A fixed list has no conditions" in text(marketer, f"/segments/{listed.pk}/conditions/")
    marketer.post(f"/segments/{listed.pk}/members/remove/", {"customer": people[0].pk})
    assert [row.customer_id for row in listed.memberships.all()] == [people[1].pk]
    assert MembershipEvent.objects.filter(segment=listed, change="left").count() == 1


def test_a_member_of_a_dynamic_segment_cannot_be_taken_off(
    marketer: Client, danes: Segment, people: list[Customer]
) -> None:
    address = f"/segments/{danes.pk}/members/remove/"
    assert marketer.post(address, {"customer": people[0].pk}).status_code == 404
    assert danes.memberships.count() == 3


def test_the_conditions_say_what_each_row_does(marketer: Client, people: list[Customer]) -> None:
    lost = make_segment("Buyers", BUYERS)
    segment = make_segment("Danish buyers", DANES, asks_for(lost), excluded="Buyers")
    address = f"/segments/{segment.pk}/conditions/"
    html = text(marketer, address)
    assert f'data-lazy="{address}effects/"' in html
    answer = marketer.get(address, {"effects": 1})
    effects = [row.effect for row in answer.context["shown_rows"]]
    # Three Danes, two of whom have ordered; without the first row five, without the second three,
    # less the members of the excluded segment.
    assert [(one.alone, one.after, one.without) for one in effects] == [(3, 3, 0), (5, 2, 1)]
    part = marketer.get(f"{address}effects/", headers=FRAGMENT).content.decode()
    assert "Finds alone" in part
    assert "<html" not in part


def test_the_definition_can_be_taken_to_another_shop(marketer: Client, danes: Segment) -> None:
    definition = marketer.get(f"/segments/{danes.pk}/conditions/").context["definition"]
    (read,) = parse(definition)
    assert (read.name, read.rows) == ("Danes", (DANES,))
    assert json.loads(definition)["name"] == "Danes"


def test_a_row_that_is_not_understood_is_named_and_nothing_is_counted(
    marketer: Client, danes: Segment
) -> None:
    Condition.objects.filter(segment=danes).update(criterion="star_sign")
    for address in ("conditions/", "conditions/effects/", "conditions/?effects=1"):
        html = text(marketer, f"/segments/{danes.pk}/{address}")
        assert "There is no criterion “star_sign”" in html
        assert "Finds alone" not in html


def test_counting_that_takes_too_long_is_stopped_with_a_sentence(
    marketer: Client, danes: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(*values: object, **named: object) -> None:
        raise DeadlinePassed("too long")

    monkeypatch.setattr(row_effects, "funnel_of", too_long)
    html = text(marketer, f"/segments/{danes.pk}/conditions/effects/")
    assert "This is a large question" in html
    assert "Finds alone" not in html


def test_it_says_whether_the_date_alone_changes_the_members(
    marketer: Client, danes: Segment
) -> None:
    recent = make_segment(
        "Recent", make_row("last_order", "within_last", {"amount": 30, "unit": "days"})
    )
    assert "Only when new data comes in." in text(marketer, f"/segments/{danes.pk}/conditions/")
    assert "it depends on the date" in text(marketer, f"/segments/{recent.pk}/conditions/")


def test_the_history_shows_who_entered_and_left_with_each_run(
    marketer: Client, danes: Segment, people: list[Customer]
) -> None:
    Customer.objects.filter(pk=people[0].pk).update(country="SE")
    Customer.objects.filter(pk=people[1].pk).update(country="DK")
    compute()
    refresh_segments(now=NOW + timedelta(minutes=5), segments=[danes])
    html = text(marketer, f"/segments/{danes.pk}/history/")
    assert "1 entered on" in html
    assert "1 left on" in html
    run = SegmentRun.objects.filter(segment=danes).first()
    assert run is not None
    address = f"/segments/{danes.pk}/history/{run.pk}/"
    assert "Person1" in text(marketer, address)
    left = text(marketer, address, change="left")
    assert "Person0" in left
    assert "Person1" not in left
    other = make_segment("Other", EVERYBODY)
    assert marketer.get(f"/segments/{other.pk}/history/{run.pk}/").status_code == 404


def test_evaluations_without_change_can_be_left_out(marketer: Client, danes: Segment) -> None:
    refresh_segments(now=NOW + timedelta(minutes=5), segments=[danes])
    address = f"/segments/{danes.pk}/history/"
    assert len(marketer.get(address).context["rows"]) == 2
    assert len(marketer.get(address, {"show": "changes"}).context["rows"]) == 1


def test_the_history_names_what_users_did_with_the_segment(
    marketer: Client, danes: Segment
) -> None:
    for subject in (f"segment {danes.pk}", f"link 7 of segment {danes.pk}", "segment 9999"):
        AuditEntry.objects.record(AuditAction.LINK_MADE, now=NOW, subject=subject, details=subject)
    html = text(marketer, f"/segments/{danes.pk}/history/")
    assert f"link 7 of segment {danes.pk}" in html
    assert "segment 9999" not in html
    assert "link 7" not in text(client_of("Analyst"), f"/segments/{danes.pk}/history/")


@pytest.mark.parametrize("tab", ["", "members/", "conditions/?effects=1", "history/", "overlap/"])
def test_twenty_rows_take_as_many_queries_as_two(
    people: list[Customer], tab: str, marketer: Client
) -> None:
    few, many = factories.make_static_segment("Few", people[:2], NOW), make_segment("Many", BUYERS)
    more = [factories.make_customer(first_name=f"More{number}") for number in range(20)]
    for person in more:
        factories.make_order(person, NOW - timedelta(days=3))
    compute()
    refresh_segments(now=NOW, segments=[many])
    few_again = make_segment("Few too", make_row("order_count", "at_least", {"value": 4}))
    assert (few.memberships.count(), few_again.member_count, many.memberships.count()) == (2, 2, 25)

    def queries(segment: Segment) -> int:
        with CaptureQueriesContext(connection) as captured:
            text(marketer, f"/segments/{segment.pk}/{tab}")
        return len(captured)

    queries(many)
    queries(few_again)
    assert queries(few_again) == queries(many)
