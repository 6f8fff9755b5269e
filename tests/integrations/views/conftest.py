"""A segment of thirteen people, and an audience of it at Mailchimp."""

from __future__ import annotations

import pytest
from django.test import Client

from cdp.models import Customer
from integrations.models import Audience, Connection
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection
from tests.factories import make_customer, make_shop, make_static_segment
from tests.people import client_of


@pytest.fixture
def marketer() -> Client:
    make_shop()
    return client_of("Marketer")


@pytest.fixture
def people() -> list[Customer]:
    """Ten with consent to e-mail, two without, one with consent but without address."""
    made = [
        make_customer(
            email=f"p{n}@x.example", email_consent=1, ads_consent=1, first_name=f"Anna{n}"
        )
        for n in range(10)
    ]
    made += [make_customer(email=f"q{n}@x.example", email_consent=0) for n in range(2)]
    return [*made, make_customer(email="", email_consent=1)]


@pytest.fixture
def segment(people: list[Customer]) -> Segment:
    return make_static_segment("Lapsed VIPs", people, NOW)


@pytest.fixture
def mailchimp() -> Connection:
    return make_connection("mailchimp", name="Newsletter")


@pytest.fixture
def audience(segment: Segment, mailchimp: Connection) -> Audience:
    return make_audience(mailchimp, segment)
