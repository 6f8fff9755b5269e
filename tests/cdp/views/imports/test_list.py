from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdp.ingest.records import RECORDS
from cdp.ingest.words import FIELD_WORDS, KIND_USES
from cdp.models import ImportRun, Job, Upload
from tests.cdp.views.imports.conftest import text_of
from tests.conftest import NOW
from tests.people import make_user

pytestmark = pytest.mark.django_db


def make_runs(count: int) -> None:
    for number in range(count):
        user = make_user("Marketer")
        job = Job.objects.create(
            kind="import", state="done" if number % 2 else "failed", user=user, created_at=NOW
        )
        ImportRun.objects.create(
            job=job,
            kind="orders" if number % 2 else "customers",
            file_name=f"file {number}.csv",
            path="/secret/place",
            created_at=NOW,
        )
        Upload.objects.create(file_name="<b>w</b>.csv", path=f"/x/{number}", created_at=NOW)


def test_an_empty_shop_is_told_what_to_bring(marketer: Client) -> None:
    page = text_of(marketer, "/imports/")
    assert "Nothing has been imported yet." in page
    for kind in RECORDS:
        assert f"/imports/examples/{kind}.csv" in page


def test_an_example_of_every_kind_can_be_fetched(marketer: Client) -> None:
    for kind, record in RECORDS.items():
        answer = marketer.get(f"/imports/examples/{kind}.csv")
        assert answer["Content-Disposition"] == f'attachment; filename="{kind}.csv"'
        head = answer.content.decode("utf-8-sig").splitlines()[0]
        assert head == ",".join(field.name for field in record.fields)
    assert marketer.get("/imports/examples/nonsense.csv").status_code == 302


def test_past_imports_are_listed_and_narrowed(marketer: Client) -> None:
    make_runs(4)
    page = text_of(marketer, "/imports/")
    assert "file 0.csv" in page
    assert "file 3.csv" in page
    assert "/secret/place" not in page
    narrowed = text_of(marketer, "/imports/?kind=orders&state=done")
    assert "file 1.csv" in narrowed
    assert "file 0.csv" not in narrowed
    assert "No import is like this." in text_of(marketer, "/imports/?kind=events")


def test_checks_are_not_listed_as_imports(marketer: Client) -> None:
    make_runs(1)
    ImportRun.objects.update(is_dry_run=True)
    assert "file 0.csv" not in text_of(marketer, "/imports/")


def test_the_list_asks_as_often_for_many_rows(client: Client) -> None:
    boss = make_user("superuser")
    client.force_login(boss)
    make_runs(2)
    text_of(client, "/imports/")
    counts = []
    for more in (0, 18):
        make_runs(more)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text_of(client, "/imports/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_every_field_and_kind_has_words() -> None:
    for kind, record in RECORDS.items():
        assert kind in KIND_USES
        for field in record.fields:
            assert field.name in FIELD_WORDS, field.name
    assert set(FIELD_WORDS) == {f.name for record in RECORDS.values() for f in record.fields}
