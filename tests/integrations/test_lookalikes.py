"""Lookalikes: asked for on a page, made by a job, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cdp.jobs.runner import run_in_foreground
from cdp.models import AuditEntry, Job
from integrations.models import Audience, Connection, ConnectionState, Lookalike
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, vendor_of
from tests.factories import make_customer, make_shop, make_static_segment
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor(settings: Any) -> Iterator[Any]:
    with vendor_of("meta", settings) as vendor:
        yield vendor
        assert vendor.complaints == []


@pytest.fixture
def audience(vendor: Any) -> Audience:
    make_shop()
    segment = make_static_segment("Best", [make_customer(email="a@x.example")], NOW)
    made = make_audience(make_connection("meta", vendor), segment)
    vendor.kept["238400"] = {"name": made.outside_name, "subtype": "CUSTOM", "members": {}}
    made.remote_id = "238400"
    made.save()
    return made


def ask(client: Client, audience: Audience, **entered: object) -> HttpResponse:
    entered = {"country": "DK", "percent": "3"} | entered
    return client.post(reverse("audiences:lookalike", args=[audience.pk]), entered, follow=True)


def work() -> Job:
    return run_in_foreground(Job.objects.latest("pk"), pause=lambda _seconds: None)


def test_a_lookalike_is_made_once_and_shown(audience: Audience, vendor: Any) -> None:
    client = client_of("Marketer")
    assert "is being made" in ask(client, audience).content.decode()
    assert vendor.requests == []  # The page itself talks to nobody.
    assert work().state == "done"
    made = Lookalike.objects.get()
    assert (made.country, made.percent, made.user is not None) == ("DK", 3, True)
    spec = vendor.kept[made.remote_id]["lookalike_spec"]
    assert spec == {"country": "DK", "ratio": 0.03}
    assert made.name in client.get(reverse("audiences:detail", args=[audience.pk])).content.decode()
    refused = ask(client, audience)
    assert refused.status_code == 400
    assert "There is a lookalike of this country" in refused.content.decode()
    assert AuditEntry.objects.filter(details__startswith="lookalike").count() == 1


def test_a_job_that_runs_twice_makes_one(audience: Audience, vendor: Any) -> None:
    client = client_of("Marketer")
    ask(client, audience)
    work()
    Lookalike.objects.all().delete()  # As if the worker had died before it could store it.
    ask(client, audience)
    assert work().state == "done"
    assert Lookalike.objects.count() == 1
    assert len(vendor.kept) == 2


@pytest.mark.parametrize("entered", [{"country": ""}, {"percent": "21"}, {"percent": "0"}])
def test_wrong_wishes_are_refused(audience: Audience, entered: dict[str, str]) -> None:
    assert ask(client_of("Marketer"), audience, **entered).status_code == 400
    assert not Job.objects.exists()


def test_an_audience_must_be_there_first(audience: Audience) -> None:
    Audience.objects.update(remote_id="")
    assert "has not been made over there" in ask(client_of("Marketer"), audience).content.decode()
    assert not Job.objects.exists()


def test_too_few_people_are_said_in_words_and_leave_the_connection_alone(
    audience: Audience, vendor: Any
) -> None:
    vendor.smallest_origin = 100
    client = client_of("Marketer")
    ask(client, audience)
    job = work()
    assert job.state == "failed"
    assert "hundred" in job.message
    assert job.message in " ".join(
        client.get(reverse("audiences:detail", args=[audience.pk])).content.decode().split()
    )
    assert Connection.objects.get().state == ConnectionState.ACTIVE


def test_a_revoked_token_stops_the_connection(audience: Audience, vendor: Any) -> None:
    vendor.revoke()
    ask(client_of("Marketer"), audience)
    assert work().state == "failed"
    assert Connection.objects.get().state == ConnectionState.STOPPED
