"""Where a segment and a customer are kept outside, told on their own pages."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdp.models import Customer
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, make_member
from tests.factories import make_customer, make_static_segment
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    return make_customer(email="anna@x.example")


@pytest.fixture
def segment(anna: Customer) -> Segment:
    return make_static_segment("VIP", [anna], NOW)


@pytest.fixture
def marketer() -> Client:
    return client_of("Marketer")


def text_of(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def tab(segment: Segment) -> str:
    return reverse("segments:destinations", args=[segment.pk])


def page(customer: Customer) -> str:
    return reverse("customers:detail", args=[customer.pk])


def test_a_segment_kept_nowhere_says_what_to_do_next(marketer: Client, segment: Segment) -> None:
    assert "Connect a service first" in text_of(marketer, tab(segment))
    make_connection("mailchimp")
    assert "Keep this segment at …" in text_of(marketer, tab(segment))
    assert "A marketer can set this up." in text_of(client_of("Analyst"), tab(segment))


def test_the_tab_and_the_list_name_the_audiences_that_have_not_ended(
    marketer: Client, segment: Segment
) -> None:
    audience = make_audience(make_connection("mailchimp", name="Letters"), segment)
    ended = make_connection("klaviyo", name="Flows")
    make_audience(ended, segment, outside_name="Old ones", state="ended")
    shown = text_of(marketer, tab(segment))
    assert audience.outside_name in shown
    assert "Old ones" not in shown
    listed = text_of(marketer, reverse("segments:list"))
    assert "Kept at" in listed
    assert "Letters" in listed
    assert "Flows" not in listed


def test_a_customers_page_tells_where_they_are_and_why_not(
    marketer: Client, segment: Segment, anna: Customer
) -> None:
    assert 'id="destinations"' not in text_of(marketer, page(anna))
    letters = make_audience(make_connection("mailchimp", name="Letters"), segment)
    make_member(letters, anna, confirmed_at=NOW)
    flows = make_audience(make_connection("klaviyo", name="Flows"), segment, outside_name="B")
    make_member(flows, anna, "refused", reason="The number is not valid.")
    shown = text_of(marketer, page(anna))
    assert 'id="destinations"' in shown
    assert "Letters" in shown
    assert "The number is not valid." in shown


def test_pages_ask_as_often_for_many_audiences(
    marketer: Client, segment: Segment, anna: Customer
) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            place = make_connection("mailchimp", name=f"{count} {number}")
            make_member(make_audience(place, segment), anna)

    paths = [tab(segment), page(anna), reverse("segments:list")]
    fill(2)
    few = [queries_of(marketer, path) for path in paths]
    fill(20)
    assert [queries_of(marketer, path) for path in paths] == few


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)
