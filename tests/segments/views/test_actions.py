"""What the buttons of a segment do, and what they refuse."""

from __future__ import annotations

import pytest
from django.test import Client

from cdp.models import AuditEntry, Customer, Job
from segments.models import Membership, SecretLink, Segment
from tests.conftest import NOW
from tests.people import client_of
from tests.segments.marketing import DANES, EVERYBODY, asks_for, make_buyers, make_segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def danes() -> Segment:
    make_buyers()
    return make_segment("Danes", DANES)


@pytest.fixture
def marketer(danes: Segment) -> Client:
    return client_of("Marketer")


def test_a_star_is_put_and_taken(marketer: Client, danes: Segment) -> None:
    for value, is_starred in (("1", True), ("1", True), ("0", False)):
        marketer.post(f"/segments/{danes.pk}/star/", {"star": value})
        danes.refresh_from_db()
        assert danes.is_starred is is_starred


def test_archiving_keeps_everything(marketer: Client, danes: Segment) -> None:
    marketer.post(f"/segments/{danes.pk}/archive/", {"archive": "1"})
    danes.refresh_from_db()
    assert danes.is_archived
    assert danes.memberships.count() == 3
    assert "archived" in marketer.get(f"/segments/{danes.pk}/").content.decode()
    marketer.post(f"/segments/{danes.pk}/archive/", {"archive": "0"})
    danes.refresh_from_db()
    assert not danes.is_archived


def test_refreshing_queues_one_job_for_the_segment(marketer: Client, danes: Segment) -> None:
    for _time in range(2):
        answer = marketer.post(f"/segments/{danes.pk}/refresh/")
        assert answer.url == f"/segments/{danes.pk}/"
    job = Job.objects.get()
    assert (job.kind, job.target, job.user is not None) == ("refresh_segments", str(danes.pk), True)
    assert f"/jobs/{job.pk}/state/" in marketer.get(f"/segments/{danes.pk}/").content.decode()


def test_buttons_return_to_the_page_they_stood_on_and_nowhere_else(
    marketer: Client, danes: Segment
) -> None:
    here = marketer.post(f"/segments/{danes.pk}/star/", {"star": "1", "next": "/segments/?q=a"})
    assert here.url == "/segments/?q=a"
    away = marketer.post(f"/segments/{danes.pk}/star/", {"star": "1", "next": "https://evil.test"})
    assert away.url == f"/segments/{danes.pk}/"


def test_a_segment_is_deleted_after_being_asked_and_its_customers_are_kept(
    marketer: Client, danes: Segment
) -> None:
    SecretLink.objects.create(
        segment=danes, label="Agency", secret_hash="a", hint="x", columns="email", created_at=NOW
    )
    count = Customer.objects.count()
    asked = marketer.get(f"/segments/{danes.pk}/delete/").content.decode()
    assert "No customer is deleted: all 3 members stay" in asked
    assert "1 secret link" in asked
    assert Segment.objects.filter(pk=danes.pk).exists()
    answer = marketer.post(f"/segments/{danes.pk}/delete/", follow=True)
    assert "Its customers are kept" in answer.content.decode()
    assert not Segment.objects.exists()
    assert not Membership.objects.exists()
    assert Customer.objects.count() == count
    entry = AuditEntry.objects.get(action="segment_deleted")
    assert (entry.subject, entry.details) == (f"segment {danes.pk}", "Danes")


@pytest.mark.parametrize("way", ["asked for", "left out"])
def test_a_segment_that_others_need_is_not_deleted(
    marketer: Client, danes: Segment, way: str
) -> None:
    if way == "asked for":
        make_segment("User", asks_for(danes))
    else:
        make_segment("User", EVERYBODY, excluded="Danes")
    asked = marketer.get(f"/segments/{danes.pk}/delete/").content.decode()
    assert "cannot be deleted while other segments are computed from it" in asked
    assert "User" in asked
    answer = marketer.post(f"/segments/{danes.pk}/delete/")
    assert answer.status_code == 409
    assert "was not deleted" in answer.content.decode()
    assert Segment.objects.filter(pk=danes.pk).exists()
    assert not AuditEntry.objects.filter(action="segment_deleted").exists()


def test_the_present_members_are_kept_under_a_name(marketer: Client, danes: Segment) -> None:
    asked = marketer.get(f"/segments/{danes.pk}/snapshot/").content.decode()
    assert 'value="Danes 2026-' in asked
    refused = marketer.post(f"/segments/{danes.pk}/snapshot/", {"name": "Danes"})
    assert refused.status_code == 400
    assert "There is a segment “Danes” already." in refused.content.decode()
    marketer.post(f"/segments/{danes.pk}/snapshot/", {"name": "Kept"})
    kept = Segment.objects.get(name="Kept")
    assert (kept.type, kept.member_count) == ("snapshot", 3)
    assert kept.owner is not None


@pytest.mark.parametrize("action", ["star", "archive", "refresh", "snapshot", "delete"])
def test_an_analyst_can_do_none_of_it(danes: Segment, action: str) -> None:
    assert client_of("Analyst").post(f"/segments/{danes.pk}/{action}/").status_code == 403
    danes.refresh_from_db()
    assert not danes.is_starred
    assert Segment.objects.count() == 1
    assert not Job.objects.exists()


@pytest.mark.parametrize("action", ["star", "archive", "refresh"])
def test_an_address_alone_changes_nothing(marketer: Client, danes: Segment, action: str) -> None:
    assert marketer.get(f"/segments/{danes.pk}/{action}/").status_code == 405


def test_a_request_from_another_site_is_refused(danes: Segment) -> None:
    visitor = Client(enforce_csrf_checks=True)
    visitor.cookies = client_of("Marketer").cookies
    assert visitor.post(f"/segments/{danes.pk}/delete/").status_code == 403
    assert Segment.objects.filter(pk=danes.pk).exists()


def test_a_segment_that_is_gone_is_not_found(marketer: Client) -> None:
    for tab in ("", "members/", "conditions/", "history/", "delete/", "snapshot/"):
        assert marketer.get(f"/segments/987654/{tab}").status_code == 404
