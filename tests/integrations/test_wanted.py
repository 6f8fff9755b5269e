from __future__ import annotations

from collections.abc import Sequence

import pytest

from cdp.models import BUCKETS, Customer
from integrations.models import Audience, AudienceMember, MemberState
from integrations.wanted import held_out, may_enter, must_leave, wanted
from segments.models import Membership, Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, make_member
from tests.factories import make_customer, make_static_segment

pytestmark = pytest.mark.django_db

YES, UNKNOWN, NO = 1, 0, -1


def _audience(key: str, *members: Customer, **values: object) -> Audience:
    return make_audience(make_connection(key), _segment("Buyers", members), **values)


def _segment(name: str, members: Sequence[Customer]) -> Segment:
    segment = make_static_segment(name, (), NOW)
    Membership.objects.bulk_create(
        Membership(segment=segment, customer=one, entered_at=NOW) for one in members
    )
    return segment


def _person(**values: object) -> Customer:
    number = Customer.objects.count()
    given = {"email": f"p{number}@example.com", "email_consent": YES, "ads_consent": YES}
    return make_customer(**(given | values))


def _crowd(count: int) -> list[Customer]:
    """Customers evenly around the circle of buckets."""
    return Customer.objects.bulk_create(
        Customer(
            external_id=f"x{number}",
            bucket=number * BUCKETS // count,
            email=f"x{number}@example.com",
            email_consent=YES,
        )
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("key", "values", "is_wanted"),
    [
        ("mailchimp", {}, True),
        ("mailchimp", {"email_consent": UNKNOWN}, False),
        ("mailchimp", {"email_consent": NO}, False),
        ("mailchimp", {"ads_consent": NO}, True),
        ("mailchimp", {"email": "", "phone": "+4520123456"}, False),
        ("mailchimp", {"erased_at": NOW}, False),
        ("google", {"email_consent": NO}, True),
        ("google", {"ads_consent": UNKNOWN}, False),
        ("google", {"ads_consent": NO}, False),
        ("google", {"email": "", "phone": "+4520123456"}, True),
        ("google", {"email": "", "phone": ""}, False),
        ("meta", {"ads_consent": NO}, False),
    ],
)
def test_only_customers_with_consent_to_the_purpose_and_an_identifier_are_wanted(
    key: str, values: dict[str, object], is_wanted: bool
) -> None:
    person = _person(**values)
    audience = _audience(key, person)
    assert wanted(audience).contains(person) is is_wanted


def test_only_members_of_the_segment_are_wanted() -> None:
    member, other = _person(), _person()
    _segment("Others", [member, other])
    audience = _audience("klaviyo", member)
    assert list(wanted(audience)) == [member]


def test_nobody_is_wanted_without_a_segment() -> None:
    audience = make_audience(make_connection("mailchimp"), None)
    assert not wanted(audience).exists()
    assert not held_out(audience).exists()
    assert not may_enter(audience)


@pytest.mark.parametrize(
    ("audience_state", "connection_state", "is_archived", "may"),
    [
        ("active", "active", False, True),
        ("paused", "active", False, False),
        ("stopped", "active", False, False),
        ("ending", "active", False, False),
        ("ended", "active", False, False),
        ("active", "paused", False, False),
        ("active", "stopped", False, False),
        ("active", "active", True, False),
    ],
)
def test_people_enter_only_where_audience_connection_and_segment_are_alive(
    audience_state: str, connection_state: str, is_archived: bool, may: bool
) -> None:
    audience = _audience("mailchimp", state=audience_state)
    audience.connection.state = connection_state
    assert audience.segment is not None
    audience.segment.is_archived = is_archived
    assert may_enter(audience) is may


@pytest.mark.parametrize("percent", [0, 1, 10, 50])
def test_the_share_that_is_held_out_is_the_one_asked_for(percent: int) -> None:
    audience = _audience("mailchimp", *_crowd(BUCKETS // 10), holdout_percent=percent)
    out, inside = set(held_out(audience)), set(wanted(audience))
    assert len(out) == percent * 10
    assert not out & inside
    assert len(out | inside) == BUCKETS // 10


def test_the_same_people_are_held_out_at_every_connection_and_later() -> None:
    audience = _audience("mailchimp", *_crowd(400), holdout_percent=20)
    elsewhere = make_audience(make_connection("klaviyo"), audience.segment, holdout_percent=20)
    before = set(held_out(audience).values_list("pk", flat=True))
    assert before == set(held_out(elsewhere).values_list("pk", flat=True))
    newcomer = _person(bucket=1)
    Membership.objects.create(segment=audience.segment, customer=newcomer, entered_at=NOW)
    assert before == set(held_out(audience).values_list("pk", flat=True)) - {newcomer.pk}


def test_a_larger_share_holds_out_more_and_all_of_those_before() -> None:
    audience = _audience("mailchimp", *_crowd(400), holdout_percent=10)
    before = set(held_out(audience))
    audience.holdout_percent = 30
    assert before < set(held_out(audience))


def test_two_segments_hold_out_different_people() -> None:
    people = _crowd(1000)
    first = _audience("mailchimp", *people, holdout_percent=10)
    second = make_audience(
        first.connection,
        _segment("Again", people),
        holdout_percent=10,
        outside_name="Customers B",
    )
    assert set(held_out(first)) != set(held_out(second))


def test_every_bucket_is_held_out_by_the_documented_rule() -> None:
    """Also where the arc of buckets begins near the end of the circle and goes on at its start."""
    people = _crowd(BUCKETS // 10)
    connection = make_connection("mailchimp")
    for number in range(12):
        segment = _segment(f"Segment {number}", people)
        audience = make_audience(
            connection, segment, holdout_percent=50, outside_name=f"Audience {number}"
        )
        expected = {
            one.pk for one in people if (one.bucket + segment.pk * 7919) % BUCKETS < BUCKETS // 2
        }
        assert set(held_out(audience).values_list("pk", flat=True)) == expected


def test_whoever_lost_consent_was_erased_or_deleted_must_leave() -> None:
    stays, withdrew, unknown, erased, deleted = (_person() for _number in range(5))
    audience = _audience("mailchimp", stays, withdrew, unknown, erased, deleted)
    rows = {one.pk: make_member(audience, one) for one in Customer.objects.all()}
    Customer.objects.filter(pk=withdrew.pk).update(email_consent=NO)
    Customer.objects.filter(pk=unknown.pk).update(email_consent=UNKNOWN)
    Customer.objects.filter(pk=erased.pk).update(erased_at=NOW)
    gone = rows.pop(deleted.pk)
    deleted.delete()
    expected = {rows[withdrew.pk], rows[unknown.pk], rows[erased.pk], gone}
    assert set(must_leave(audience)) == expected


@pytest.mark.parametrize("state", ["paused", "stopped", "ending", "ended"])
def test_they_must_leave_in_every_state_of_the_audience_and_without_a_segment(state: str) -> None:
    person = _person(email_consent=NO)
    audience = make_audience(make_connection("mailchimp", state="paused"), None, state=state)
    row = make_member(audience, person)
    assert list(must_leave(audience)) == [row]


@pytest.mark.parametrize(
    ("state", "leaves"),
    [
        (MemberState.PENDING_ADD, True),
        (MemberState.IN, True),
        (MemberState.PENDING_REMOVE, True),
        (MemberState.ERROR, True),
        (MemberState.REFUSED, False),
        (MemberState.OUT, False),
    ],
)
def test_only_who_is_or_may_be_there_must_leave(state: str, leaves: bool) -> None:
    audience = _audience("mailchimp")
    make_member(audience, _person(email_consent=NO), state)
    assert must_leave(audience).exists() is leaves


def test_leaving_the_segment_alone_is_no_must() -> None:
    audience = _audience("mailchimp")
    make_member(audience, _person())
    assert not must_leave(audience).exists()
    assert AudienceMember.objects.count() == 1


def test_consent_to_another_purpose_does_not_help() -> None:
    audience = _audience("meta")
    make_member(audience, _person(ads_consent=NO, email_consent=YES))
    assert must_leave(audience).exists()
