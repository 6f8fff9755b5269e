"""Exports: who may make and read which, for how long, and what is noted about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import Permission

from cdp.models import (
    AuditAction,
    AuditEntry,
    Customer,
    CustomerSelection,
    SelectedCustomer,
    User,
)
from segments.handouts import export_job
from segments.handouts.export import COLUMNS, DEFAULT_COLUMNS
from segments.handouts.export_files import folder
from segments.handouts.export_job import ExportJob
from segments.handouts.exporting import (
    HandingOutRefused,
    default_columns,
    default_dialect,
    download_name,
    offered_columns,
    open_export,
    start_export,
    visible_exports,
)
from segments.models import Segment
from tests.conftest import NOW
from tests.people import make_user
from tests.segments.exports import COLUMN_KEYS, DAY, files, make_everybody, run, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(export_job, "CHUNK_CUSTOMERS", 3)


@pytest.fixture
def anna() -> User:
    return make_user("Marketer", "anna")


@pytest.fixture
def segment() -> Segment:
    return make_everybody()


def test_a_selection_is_exported(anna: User) -> None:
    make_everybody()
    selection = CustomerSelection.objects.create(user=anna, created_at=NOW)
    for name in ("c1", "c7"):
        customer = Customer.objects.get(external_id=name)
        SelectedCustomer.objects.create(selection=selection, customer=customer)
    export = run(start_export(user=anna, now=NOW, selection=selection, columns=["customer_id"]))
    assert text_of(export).split() == ['"customer_id"', '"c1"', '"c7"']
    assert download_name(export) == "customers-2026-11-24.csv"


def test_the_same_export_is_not_begun_twice(anna: User, segment: Segment) -> None:
    first = start_export(user=anna, now=NOW, segment=segment, columns=COLUMN_KEYS)
    assert start_export(user=anna, now=NOW, segment=segment, columns=COLUMN_KEYS) == first
    assert start_export(user=anna, now=NOW, segment=segment, columns=["email"]) != first


def test_the_next_export_begins_with_the_columns_of_the_last(anna: User, segment: Segment) -> None:
    assert default_columns(anna) == list(DEFAULT_COLUMNS)
    assert default_dialect(anna) == "comma"
    columns = ["revenue", "email"]
    start_export(user=anna, now=NOW, segment=segment, columns=columns, dialect="semicolon")
    assert default_columns(anna) == columns
    assert default_dialect(anna) == "semicolon"
    offered = [column.key for column in offered_columns(anna)]
    assert offered[:2] == columns
    assert sorted(offered) == sorted(COLUMNS)
    assert default_columns(make_user("Marketer")) == list(DEFAULT_COLUMNS)


def without_contact_right() -> User:
    user = make_user(None)
    user.user_permissions.add(Permission.objects.get(codename="export_customers"))
    return user


def test_without_the_right_contact_data_is_neither_offered_nor_given(segment: Segment) -> None:
    user = without_contact_right()
    assert not any(column.is_contact for column in offered_columns(user))
    assert "email" not in default_columns(user)
    with pytest.raises(HandingOutRefused, match="e-mail, phone"):
        start_export(user=user, now=NOW, segment=segment, columns=["email", "phone", "revenue"])
    with pytest.raises(HandingOutRefused):
        start_export(user=make_user("Analyst"), now=NOW, segment=segment, columns=["revenue"])


def test_a_right_lost_before_the_download_is_missed(anna: User, segment: Segment) -> None:
    export = run(start_export(user=anna, now=NOW, segment=segment, columns=["email"]))
    with pytest.raises(HandingOutRefused, match="e-mail"):
        open_export(export, user=without_contact_right(), now=NOW)
    assert open_export(export, user=User.objects.get(pk=anna.pk), now=NOW).is_file()


def test_others_do_not_see_an_export_but_administrators_do(anna: User, segment: Segment) -> None:
    export = start_export(user=anna, now=NOW, segment=segment, columns=[])
    assert list(visible_exports(anna)) == [export]
    assert list(visible_exports(make_user("Marketer"))) == []
    assert list(visible_exports(make_user("Admin"))) == [export]


def test_a_segment_that_was_never_computed_cannot_be_exported(anna: User) -> None:
    segment = Segment.objects.create(name="New", created_at=NOW, edited_at=NOW)
    with pytest.raises(HandingOutRefused, match=r"“New”.*Refresh"):
        start_export(user=anna, now=NOW, segment=segment, columns=[])


def test_somebody_elses_selection_cannot_be_exported(anna: User) -> None:
    selection = CustomerSelection.objects.create(user=make_user("Marketer"), created_at=NOW)
    with pytest.raises(HandingOutRefused, match="somebody else"):
        start_export(user=anna, now=NOW, selection=selection, columns=[])


def test_an_expired_file_is_refused_and_removed(anna: User, segment: Segment) -> None:
    export = run(start_export(user=anna, now=NOW, segment=segment, columns=[]))
    assert export.expires_at == NOW + settings.EXPORT_DAYS * DAY
    ExportJob().tidy(now=export.expires_at - DAY)
    assert export.path in files()
    with pytest.raises(HandingOutRefused, match="expired"):
        open_export(export, user=anna, now=export.expires_at)
    path = folder() / export.path
    ExportJob().tidy(now=export.expires_at)
    assert not path.exists()
    export.refresh_from_db()
    assert export.path == ""


def test_making_and_reading_are_in_the_audit_log(anna: User, segment: Segment) -> None:
    export = run(start_export(user=anna, now=NOW, segment=segment, columns=COLUMN_KEYS))
    open_export(export, user=anna, now=NOW)
    read, made = AuditEntry.objects.all()
    assert (made.action, made.user, made.subject) == (
        AuditAction.EXPORT_MADE,
        anna,
        f"segment {segment.pk}",
    )
    assert "customer_id,email,revenue" in made.details
    assert (read.action, read.details) == (AuditAction.EXPORT_READ, f"export {export.pk}; 10 rows")
    assert "example.com" not in f"{made.details}{read.details}"


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [
        ("Ærø & Løg", "r-lg-2026-11-24.csv"),
        ("../../etc/passwd", "etcpasswd-2026-11-24.csv"),
        ('a"; filename=x\r\nSet-Cookie: y', "a-filenamex-set-cookie-y-2026-11-24.csv"),
        ("💥", "customers-2026-11-24.csv"),
        ("x" * 200, "x" * 60 + "-2026-11-24.csv"),
        ("<script>", "script-2026-11-24.csv"),
    ],
)
def test_the_file_has_a_harmless_name(
    anna: User, segment: Segment, name: str, saved_as: str
) -> None:
    Segment.objects.update(name=name)
    segment.refresh_from_db()
    export = start_export(user=anna, now=NOW, segment=segment, columns=[])
    assert download_name(export) == saved_as
