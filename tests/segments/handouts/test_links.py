"""Secret links: made once, shown once, opened only while everything about them is right."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.refresh import refresh_now
from cdp.models import AuditAction, AuditEntry, Customer, User
from segments.handouts.exporting import HandingOutRefused
from segments.handouts.link_log import LinkUse, uses_of
from segments.handouts.links import (
    LinkState,
    links_of,
    make_link,
    open_link,
    read_link,
    revoke_link,
    rotate_link,
    states_of,
)
from segments.models import LinkOutcome, LinkRead, Membership, SecretLink, Segment
from tests import factories
from tests.conftest import NOW
from tests.people import make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def anna() -> User:
    return make_user("Marketer", "anna")


@pytest.fixture
def segment() -> Segment:
    factories.make_shop()
    members = [
        factories.make_customer(external_id=f"c{n}", email=f"c{n}@example.com", first_name="=1+1")
        for n in range(3)
    ]
    refresh_now(now=NOW, full=True)
    return factories.make_static_segment("Everybody", members, NOW)


def made(segment: Segment, user: User, **values: object) -> tuple[SecretLink, str]:
    values = {"label": "Agency", "columns": ["customer_id", "first_name"], **values}
    return make_link(segment, user=user, now=NOW, **values)  # type: ignore[arg-type]


def content(secret: str) -> str:
    opened = open_link(secret, now=NOW)
    assert opened is not None
    return "".join(read_link(opened, now=NOW))


def test_a_link_gives_the_members_with_disarmed_cells(segment: Segment, anna: User) -> None:
    _link, secret = made(segment, anna)
    rows = list(csv.reader(io.StringIO(content(secret), newline="")))
    assert rows == [["customer_id", "first_name"], *([f"c{n}", "'=1+1"] for n in range(3))]


def test_a_link_may_answer_in_json(segment: Segment, anna: User) -> None:
    _link, secret = made(segment, anna, format="json", columns=["email"])
    assert json.loads(content(secret)) == [{"email": f"c{n}@example.com"} for n in range(3)]


def test_the_secret_has_256_bits_and_only_its_hash_is_stored(segment: Segment, anna: User) -> None:
    link, secret = made(segment, anna)
    assert len(secret) == 43
    assert made(segment, anna)[1] != secret
    stored = SecretLink.objects.filter(pk=link.pk).values().get()
    assert secret not in str(stored)
    assert stored["secret_hash"] == sha256(secret.encode()).hexdigest()
    assert secret.endswith(stored["hint"])


def test_the_secret_is_in_no_audit_entry(segment: Segment, anna: User) -> None:
    link, first = made(segment, anna)
    link, second = rotate_link(link, user=anna, now=NOW)
    content(second)
    revoke_link(link, user=anna, now=NOW)
    entries = list(AuditEntry.objects.order_by("pk").values())
    assert [entry["action"] for entry in entries] == [
        AuditAction.LINK_MADE,
        AuditAction.LINK_ROTATED,
        AuditAction.LINK_READ,
        AuditAction.LINK_REVOKED,
    ]
    assert {entry["subject"] for entry in entries} == {f"link {link.pk} of segment {segment.pk}"}
    assert [entry["actor"] for entry in entries] == ["anna", "anna", "", "anna"]
    assert "Agency" not in str(entries)
    for secret in (first, second):
        assert secret not in str(entries)
        assert sha256(secret.encode()).hexdigest() not in str(entries)


def test_after_rotation_only_the_new_secret_opens(segment: Segment, anna: User) -> None:
    link, first = made(segment, anna)
    link, second = rotate_link(link, user=anna, now=NOW)
    assert open_link(first, now=NOW) is None
    assert open_link(second, now=NOW) is not None
    assert list(LinkRead.objects.values_list("outcome", flat=True)) == [LinkOutcome.ROTATED]
    rotate_link(link, user=anna, now=NOW)
    assert open_link(second, now=NOW) is None


def test_of_two_who_rotate_what_they_both_saw_one_is_refused(segment: Segment, anna: User) -> None:
    link, _secret = made(segment, anna)
    stale = SecretLink.objects.get(pk=link.pk)
    _link, second = rotate_link(link, user=anna, now=NOW)
    with pytest.raises(HandingOutRefused, match=r"“Agency” was rotated or revoked"):
        rotate_link(stale, user=anna, now=NOW)
    assert open_link(second, now=NOW) is not None
    assert AuditEntry.objects.filter(action=AuditAction.LINK_ROTATED).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time.")
def test_rotating_at_the_same_moment_gives_one_working_secret(segment: Segment, anna: User) -> None:
    link, _secret = made(segment, anna)
    secrets: list[str] = []
    barrier = threading.Barrier(6)

    def rotate() -> None:
        mine = SecretLink.objects.get(pk=link.pk)
        barrier.wait()
        try:
            secrets.append(rotate_link(mine, user=anna, now=NOW)[1])
        except HandingOutRefused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=rotate) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(secrets) == 1
    assert open_link(secrets[0], now=NOW) is not None


def test_a_revoked_link_never_opens_again(segment: Segment, anna: User) -> None:
    link, secret = made(segment, anna)
    revoke_link(link, user=anna, now=NOW)
    revoke_link(link, user=anna, now=NOW + DAY)
    link.refresh_from_db()
    assert link.revoked_at == NOW
    assert open_link(secret, now=NOW) is None
    with pytest.raises(HandingOutRefused):
        rotate_link(link, user=anna, now=NOW)


def test_a_link_ends_at_its_moment(segment: Segment, anna: User) -> None:
    _link, secret = made(segment, anna, expires_at=NOW + DAY)
    assert open_link(secret, now=NOW + DAY - timedelta(microseconds=1)) is not None
    assert open_link(secret, now=NOW + DAY) is None
    assert LinkRead.objects.get().outcome == LinkOutcome.EXPIRED


def test_an_archived_segment_stops_its_links(segment: Segment, anna: User) -> None:
    _link, secret = made(segment, anna)
    Segment.objects.update(is_archived=True)
    assert open_link(secret, now=NOW) is None
    Segment.objects.update(is_archived=False)
    assert open_link(secret, now=NOW) is not None
    segment.delete()
    assert open_link(secret, now=NOW) is None


def test_a_link_stops_with_the_rights_of_its_maker(segment: Segment, anna: User) -> None:
    link, secret = made(segment, anna, columns=["email"])
    _plain, plain_secret = made(segment, anna, columns=["revenue"])

    def open_ones() -> tuple[bool, bool]:
        return open_link(secret, now=NOW) is not None, open_link(plain_secret, now=NOW) is not None

    assert open_ones() == (True, True)
    anna.groups.clear()
    assert open_ones() == (False, False)
    anna.user_permissions.add(Permission.objects.get(codename="export_customers"))
    assert open_ones() == (False, True)
    anna.user_permissions.add(Permission.objects.get(codename="view_contact_data"))
    assert open_ones() == (True, True)
    User.objects.update(is_active=False)
    assert open_ones() == (False, False)
    anna.delete()
    assert open_ones() == (False, False)
    link.refresh_from_db()
    assert states_of([link], now=NOW) == {link.pk: LinkState.NO_RIGHT}


def test_whoever_rotates_a_link_answers_for_it(segment: Segment, anna: User) -> None:
    link, _secret = made(segment, anna)
    anna.delete()
    link.refresh_from_db()
    bo = make_user("Marketer", "bo")
    link, secret = rotate_link(link, user=bo, now=NOW)
    assert link.user == bo
    assert open_link(secret, now=NOW) is not None


def test_without_the_right_no_link_is_made(segment: Segment) -> None:
    with pytest.raises(HandingOutRefused):
        made(segment, make_user("Analyst"))
    exporter = make_user(None)
    exporter.user_permissions.add(Permission.objects.get(codename="export_customers"))
    with pytest.raises(HandingOutRefused, match="first name"):
        made(segment, exporter)
    assert not SecretLink.objects.exists()


@pytest.mark.parametrize("values", [{"is_archived": True}, {"type": "dynamic"}])
def test_no_link_is_made_to_what_it_would_not_give(
    segment: Segment, anna: User, values: dict[str, object]
) -> None:
    Segment.objects.update(**values)
    segment.refresh_from_db()
    with pytest.raises(HandingOutRefused, match="“Everybody”"):
        made(segment, anna)


@pytest.mark.parametrize("secret", ["", "x", "x" * 5000, "\x00", "ÆØÅ", "\udcff", "' OR 1=1 --"])
def test_nonsense_opens_nothing(segment: Segment, anna: User, secret: str) -> None:
    made(segment, anna)
    assert open_link(secret, now=NOW) is None
    assert not LinkRead.objects.exists()


def test_an_empty_former_hash_is_no_secret(segment: Segment, anna: User) -> None:
    link, _secret = made(segment, anna)
    assert link.former_hash == ""
    assert open_link("", now=NOW) is None


def test_a_refresh_while_somebody_reads_changes_nothing_for_them(
    segment: Segment, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segments.handouts.export.CHUNK", 1)
    monkeypatch.setattr("segments.handouts.dialects.BLOCK", 1)
    _link, secret = made(segment, anna, columns=["customer_id"])
    opened = open_link(secret, now=NOW)
    assert opened is not None
    pieces = read_link(opened, now=NOW)
    read = [next(pieces), next(pieces)]
    Membership.objects.filter(customer__external_id="c2").delete()
    read.extend(pieces)
    assert "".join(read).split() == ['"customer_id"', '"c0"', '"c1"', '"c2"']


def test_erased_customers_are_given_to_nobody(segment: Segment, anna: User) -> None:
    _link, secret = made(segment, anna)
    Customer.objects.filter(external_id="c1").update(erased_at=NOW)
    assert '"c1"' not in content(secret)
    assert LinkRead.objects.get().row_count == 2


def test_the_log_counts_reads_and_refusals(segment: Segment, anna: User) -> None:
    link, first = made(segment, anna)
    content(first)
    _link, second = rotate_link(link, user=anna, now=NOW)
    open_link(first, now=NOW)
    content(second)
    assert uses_of([link]) == {link.pk: LinkUse(read_count=2, refused_count=1, last_read_at=NOW)}
    assert LinkRead.objects.filter(outcome=LinkOutcome.READ, row_count=3).count() == 2


def test_a_reader_who_hangs_up_leaves_a_read_without_rows(segment: Segment, anna: User) -> None:
    _link, secret = made(segment, anna)
    opened = open_link(secret, now=NOW)
    assert opened is not None
    pieces = read_link(opened, now=NOW)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert LinkRead.objects.get().row_count is None


def _states(segment: Segment) -> Sequence[LinkState]:
    return list(states_of(list(links_of(segment)), now=NOW).values())


def test_states_take_as_many_queries_for_twenty_links_as_for_two(segment: Segment) -> None:
    for number in range(2):
        made(segment, make_user("Marketer"), label=f"{number}")
    with CaptureQueriesContext(connection) as two:
        assert _states(segment) == [LinkState.WORKS] * 2
    for number in range(18):
        made(segment, make_user("Marketer"), label=f"more {number}")
    with CaptureQueriesContext(connection) as twenty:
        assert _states(segment) == [LinkState.WORKS] * 20
    assert len(twenty) == len(two)
