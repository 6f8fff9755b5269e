"""Factories for connections, audiences and their members."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from cdp.models import Customer
from integrations.connecting.connections import store_settings
from integrations.destinations import destinations
from integrations.models import Audience, AudienceMember, Connection, MemberState
from segments.models import Segment
from tests.vendors import FAKES
from tests.vendors.server import FakeVendor, running

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@contextmanager
def vendor_of(key: str, settings: Any) -> Iterator[Any]:
    """Run the fake of a destination and point the site's settings (pytest's fixture) at it."""
    with running(FAKES[key]()) as vendor:
        for name, value in vendor.site_settings.items():  # type: ignore[attr-defined]
            setattr(settings, name, value)
        yield vendor


def make_connection(
    key: str, vendor: FakeVendor | None = None, *, name: str = "", **values: Any
) -> Connection:
    """Store a connection with what the fake wants to be told."""
    entered = (vendor or FAKES[key]()).settings  # type: ignore[attr-defined]
    form = destinations.get(key).Settings(entered)
    assert form.is_valid(), form.errors
    connection = Connection(destination=key, name=name or f"Our {key}", created_at=NOW, **values)
    store_settings(connection, form.cleaned_data, now=NOW, user=None)
    connection.save()
    return connection


def make_audience(connection: Connection, segment: Segment | None, **values: Any) -> Audience:
    values = {"outside_name": "Customers A", "created_at": NOW} | values
    return Audience.objects.create(connection=connection, segment=segment, **values)


def make_member(
    audience: Audience, customer: Customer, state: str = MemberState.IN, **values: Any
) -> AudienceMember:
    sent = {"emails": [customer.email], "phones": []}
    values = {"person_id": str(customer.pk), "sent": sent, "changed_at": NOW} | values
    return AudienceMember.objects.create(
        audience=audience, customer=customer, state=state, **values
    )
