from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from cdp.ingest.uploads import discard_expired
from cdp.jobs.requests import cancel, retry
from cdp.models import (
    AuditAction,
    AuditEntry,
    Customer,
    CustomerFieldValue,
    ImportRun,
    Job,
    JobRejection,
    JobState,
    Upload,
)
from tests.cdp.views.imports.conftest import bring, check, text_of, work
from tests.conftest import NOW
from tests.people import client_of

pytestmark = pytest.mark.django_db(transaction=True)
BROKEN = "id;mail\n1;a@example.com\n;\n;x\n4;=cmd@example.com\n"
BROKEN_CHOICES = {"column-0": "customer_id", "column-1": "email", "column-2": "", "column-3": ""}


def imported(client: Client, upload: Upload) -> ImportRun:
    answer = client.post(f"/imports/uploads/{upload.pk}/import/")
    run = ImportRun.objects.filter(is_dry_run=False).latest("pk")
    assert answer["Location"] == f"/imports/{run.pk}/"
    return run


def test_the_check_tells_what_would_come_of_it_and_writes_nothing(marketer: Client) -> None:
    run = check(marketer, bring(marketer))
    page = text_of(marketer, f"/imports/{run.pk}/")
    assert "Nothing has been written yet." in page
    assert "Import 2 rows" in page
    assert not Customer.objects.exists()
    assert not Job.objects.filter(kind="refresh").exists()
    assert not AuditEntry.objects.exists()


def test_what_was_checked_is_imported(marketer: Client, data_folder: Path) -> None:
    upload = bring(marketer)
    check(marketer, upload)
    run = imported(marketer, upload)
    assert "You may leave this page" in text_of(marketer, f"/imports/{run.pk}/")
    assert work(run).state == JobState.DONE
    page = text_of(marketer, f"/imports/{run.pk}/")
    assert "2 rows are imported." in page
    assert "Statistics and classification" in page
    anna = Customer.objects.get(email="anna@example.com")
    assert anna.registered_at is not None
    assert anna.registered_at.month == 3
    assert CustomerFieldValue.objects.get().text == "gold"
    entry = AuditEntry.objects.get()
    assert entry.action == AuditAction.IMPORT_STARTED
    assert entry.details.startswith("customers, 2 rows")
    assert list((data_folder / "uploads").iterdir()) == []
    assert upload.file_name not in text_of(marketer, "/imports/").split("Imports</h2>")[0]


def test_going_back_after_the_import_leads_to_its_result(marketer: Client) -> None:
    upload = bring(marketer)
    check(marketer, upload)
    run = imported(marketer, upload)
    work(run)
    for answer in (
        marketer.get(f"/imports/uploads/{upload.pk}/"),
        marketer.post(f"/imports/uploads/{upload.pk}/import/"),
    ):
        assert answer["Location"] == f"/imports/{run.pk}/"
    assert "Next, bring your products." in text_of(marketer, f"/imports/{run.pk}/")


def test_asked_twice_it_is_imported_once(marketer: Client) -> None:
    upload = bring(marketer)
    check(marketer, upload)
    assert imported(marketer, upload) == imported(marketer, upload)
    assert ImportRun.objects.filter(is_dry_run=False).count() == 1


def test_nothing_is_imported_that_was_not_checked(marketer: Client) -> None:
    upload = bring(marketer)
    answer = marketer.post(f"/imports/uploads/{upload.pk}/import/", follow=True)
    assert "has not been checked yet" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_other_columns_make_a_new_check(marketer: Client) -> None:
    upload = bring(marketer)
    check(marketer, upload)
    second = check(marketer, upload, **{"column-3": ""})
    upload.refresh_from_db()
    assert upload.validation == second
    work(imported(marketer, upload))
    assert not CustomerFieldValue.objects.exists()


def test_rejected_rows_are_grouped_and_handed_out_to_be_corrected(marketer: Client) -> None:
    upload = bring(marketer, BROKEN, "customers <b>.csv")
    run = check(marketer, upload, **BROKEN_CHOICES)
    page = text_of(marketer, f"/imports/{run.pk}/")
    assert "The row has no customer id or e-mail address. Fill it in." in page
    answer = marketer.get(f"/imports/{run.pk}/rejects/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.splitlines()[0] == "rejected_line,rejected_reason,id,mail"
    assert text.splitlines()[1].startswith("4,The row has no customer id")


def test_when_no_row_can_be_taken_there_is_nothing_to_import(marketer: Client) -> None:
    run = check(marketer, bring(marketer, "id;mail\n;x\n", "c.csv"), **BROKEN_CHOICES)
    page = text_of(marketer, f"/imports/{run.pk}/")
    assert "None of the rows can be imported" in page
    assert ">Import 0" not in page
    assert "Change the columns" in page


def test_an_import_that_changes_nothing_says_so(marketer: Client) -> None:
    first = bring(marketer)
    check(marketer, first)
    work(imported(marketer, first))
    run = check(marketer, bring(marketer))
    assert "nothing changes" in text_of(marketer, f"/imports/{run.pk}/")


def test_a_cancelled_import_keeps_its_file_and_can_be_retried(marketer: Client) -> None:
    upload = bring(marketer)
    check(marketer, upload)
    run = imported(marketer, upload)
    run.refresh_from_db()
    cancel(run.job_id, now=NOW)
    upload.refresh_from_db()
    assert Path(upload.path).exists()
    assert "Change the columns" in text_of(marketer, f"/imports/{run.pk}/")
    retry(run.job_id, now=NOW)
    assert work(run).state == JobState.DONE
    assert not Path(upload.path).exists()


def test_a_file_that_is_gone_is_called_by_its_name(marketer: Client) -> None:
    upload = bring(marketer)
    check(marketer, upload)
    run = imported(marketer, upload)
    Path(upload.path).unlink()
    assert work(run).state == JobState.FAILED
    page = text_of(marketer, f"/imports/{run.pk}/")
    assert "The file people.csv is not there any more." in page
    assert upload.path not in page


def test_checks_are_seen_by_who_made_them_imports_by_all_who_import(marketer: Client) -> None:
    upload = bring(marketer)
    checked = check(marketer, upload)
    run = imported(marketer, upload)
    work(run)
    other = client_of("Marketer")
    assert other.get(f"/imports/{checked.pk}/").status_code == 404
    assert other.get(f"/imports/{checked.pk}/rejects/").status_code == 404
    assert other.get(f"/imports/{run.pk}/").status_code == 200
    assert client_of("Admin").get(f"/imports/{checked.pk}/").status_code == 200
    assert client_of("Analyst").get(f"/imports/{run.pk}/rejects/").status_code == 403


def test_after_a_week_nothing_is_left_of_what_was_not_imported(
    marketer: Client, data_folder: Path
) -> None:
    upload = bring(marketer, BROKEN, "c.csv")
    check(marketer, upload, **BROKEN_CHOICES)
    created_at = upload.created_at
    discard_expired(now=created_at + timedelta(days=6))
    assert Upload.objects.exists()
    ImportRun.objects.update(created_at=created_at)
    discard_expired(now=created_at + timedelta(days=8))
    assert not Upload.objects.exists()
    assert not ImportRun.objects.exists()
    assert not JobRejection.objects.exists()
    assert list((data_folder / "uploads").iterdir()) == []


def test_what_a_job_works_on_is_kept_whatever_its_age(marketer: Client) -> None:
    upload = bring(marketer)
    check(marketer, upload)
    imported(marketer, upload)
    discard_expired(now=upload.created_at + timedelta(days=30))
    upload.refresh_from_db()
    assert Path(upload.path).exists()
