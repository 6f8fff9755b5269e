"""The audit log can be read and searched by administrators, and changed by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdp.models import AuditAction, AuditEntry, AuditLogIsClosed
from tests.conftest import NOW
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db


def record(count: int = 1, **values: object) -> AuditEntry:
    for number in range(count):
        entry = AuditEntry.objects.record(
            AuditAction.EXPORT_MADE,
            **{"now": NOW - timedelta(days=number), "subject": f"segment {number}", **values},
        )
    return entry


def test_an_entry_can_neither_be_changed_nor_deleted() -> None:
    entry = record()
    for attempt in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(subject=""),
    ):
        with pytest.raises(AuditLogIsClosed):
            attempt()
    assert AuditEntry.objects.get().subject == "segment 0"


def test_a_deleted_user_is_still_named() -> None:
    user = make_user("Marketer", "anna")
    record(user=user)
    user.delete()
    entry = AuditEntry.objects.get()
    assert (entry.user, entry.actor) == (None, "anna")


def test_the_log_is_narrowed_by_day_and_subject() -> None:
    record(5)
    admin = client_of("Admin")
    day = (NOW - timedelta(days=1)).date().isoformat()
    page = admin.get(reverse("audit:list"), {"since": day, "until": day}).content.decode()
    assert "segment 1" in page
    assert "segment 0" not in page
    assert "segment 2" not in page
    assert "No entry fits" in admin.get(reverse("audit:list"), {"subject": "x"}).content.decode()


def test_the_page_costs_the_same_for_many_rows() -> None:
    admin = client_of("Admin")
    admin.get(reverse("audit:list"))

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert admin.get(reverse("audit:list")).status_code == 200
        return len(captured)

    record(2)
    few = queries()
    record(20, user=make_user("Marketer"))
    assert queries() == few


@pytest.mark.parametrize("role", ["Analyst", "Marketer"])
def test_others_do_not_read_it(role: str) -> None:
    assert client_of(role).get(reverse("audit:list")).status_code == 403
