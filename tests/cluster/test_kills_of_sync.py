from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from cdp.models import ConsentFlag, Customer, Job, JobState
from integrations.models import AudienceMember, MemberState, RunKind, RunState
from integrations.sync.requests import ask_for_run
from segments.models import Membership, Segment, SegmentType
from tests.cluster.strikes import CHUNK_VARIABLE, shuffled, strike
from tests.connections import make_audience, make_connection, vendor_of
from tests.factories import make_shop
from tests.vendors import FAKES
from tests.vendors.subscriptions import changes_a_subscription

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

PEOPLE = 600
ROLES = ["busy worker"] * 5 + ["idle worker", "monitor", "sentinel"]


@pytest.fixture(params=["mailchimp", "klaviyo"])
def vendor(request, settings, lab, monkeypatch):
    """A service that takes one answer's time over what it works on later."""
    kind = FAKES[request.param]
    answer = kind.answer

    def working(self, asked):
        self.work()
        return answer(self, asked)

    monkeypatch.setattr(kind, "answer", working)
    settings.CREDENTIAL_KEYS = Fernet.generate_key().decode()
    with vendor_of(request.param, settings) as vendor:
        lab.environment |= vendor.site_settings | {
            "CREDENTIAL_KEYS": settings.CREDENTIAL_KEYS,
            CHUNK_VARIABLE: "25",
            "JOB_LEASE_SECONDS": "3",
        }
        vendor.destination = request.param
        yield vendor
    assert [str(one) for one in vendor.requests if changes_a_subscription(one)] == []
    assert vendor.complaints == []


@pytest.fixture
def audience(vendor):
    make_shop()
    now = timezone.now()
    segment = Segment.objects.create(
        name="Everybody", type=SegmentType.STATIC, created_at=now, edited_at=now
    )
    people = Customer.objects.bulk_create(
        Customer(
            external_id=f"c{number}",
            bucket=number,
            email=f"person.{number}@shop.example",
            email_consent=ConsentFlag.GRANTED,
        )
        for number in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(segment=segment, customer=one, entered_at=now) for one in people
    )
    return make_audience(make_connection(vendor.destination, vendor), segment, brake_percent=100)


def faces(vendor, customers):
    return {vendor.face(one.email) for one in customers}


def test_kills_at_any_place_end_in_an_audience_equal_to_its_segment(lab, vendor, audience):
    roles = shuffled(ROLES, seed=7)
    everybody = list(Customer.objects.order_by("pk"))
    lab.start_worker()
    turn = 0
    while roles:
        # A third leaves each time, and those of the time before come back.
        gone = everybody[turn % 3 :: 3]
        Membership.objects.all().delete()
        Membership.objects.bulk_create(
            Membership(segment=audience.segment, customer=one, entered_at=timezone.now())
            for one in everybody
            if one not in gone
        )
        job = ask_for_run(audience, RunKind.SYNC, now=timezone.now())
        while roles and strike(lab, job, roles[-1]):
            roles.pop()
        lab.wait_for_end(job)
        lab.wait_for_quiet()
        turn += 1
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.message
        audience.refresh_from_db()
        wanted = faces(vendor, [one for one in everybody if one not in gone])
        assert vendor.inside(audience.remote_id) == wanted
        there = AudienceMember.objects.filter(state=MemberState.IN).select_related("customer")
        assert faces(vendor, [one.customer for one in there]) == wanted
        assert not AudienceMember.objects.exclude(state__in=("in", "out")).exists()
    assert vendor.names() == ["Customers A"]
    before = len(vendor.requests)
    job = lab.wait_for_end(ask_for_run(audience, RunKind.SYNC, now=timezone.now()))
    assert audience.runs.latest("pk").state == RunState.DONE
    assert len(vendor.requests) == before
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    assert lab.stop_worker() == 0
