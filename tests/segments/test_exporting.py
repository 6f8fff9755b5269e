"""Exports by a job: one file of the members of a moment, whatever happens on the way."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import Permission

from analytics.refresh import refresh_now
from cdp.jobs.lease import claim
from cdp.jobs.requests import cancel, retry
from cdp.jobs.runner import run_in_foreground
from cdp.models import (
    AuditAction,
    AuditEntry,
    Customer,
    CustomerSelection,
    Job,
    JobState,
    SelectedCustomer,
    User,
)
from segments import export_job
from segments.export import COLUMNS, DEFAULT_COLUMNS
from segments.export_files import folder
from segments.export_job import ExportJob
from segments.exporting import (
    HandingOutRefused,
    default_columns,
    default_dialect,
    download_name,
    offered_columns,
    open_export,
    start_export,
    visible_exports,
)
from segments.models import Export, Membership, Segment
from tests import factories
from tests.conftest import NOW
from tests.people import make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
COLUMN_KEYS = ["customer_id", "email", "revenue"]


@pytest.fixture(autouse=True)
def _shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_job, "CHUNK_CUSTOMERS", 3)
    factories.make_shop()
    for number in range(10):
        customer = factories.make_customer(
            external_id=f"c{number}", email=f"c{number}@example.com", first_name="=1+1"
        )
        factories.make_order(customer, datetime(2026, 7, 1, 22, 30, tzinfo=UTC), total="1234.50")
    refresh_now(now=NOW, full=True)


@pytest.fixture
def anna() -> User:
    return make_user("Marketer", "anna")


@pytest.fixture
def segment() -> Segment:
    return factories.make_static_segment("Everybody", list(Customer.objects.all()), NOW)


def run(export: Export, *, now: datetime = NOW) -> Export:
    """Work on the job to its end."""
    assert export.job is not None
    run_in_foreground(export.job, clock=lambda: now, pause=lambda seconds: None)
    return Export.objects.select_related("segment", "selection", "job").get(pk=export.pk)


def text_of(export: Export) -> str:
    return (folder() / export.path).read_bytes().decode("utf-8")


def files() -> list[str]:
    return sorted(path.name for path in folder().iterdir())


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_the_file_holds_the_members_in_the_columns_asked_for(anna: User, segment: Segment) -> None:
    export = run(start_export(user=anna, now=NOW, segment=segment, columns=COLUMN_KEYS))
    rows = list(csv.reader(io.StringIO(text_of(export), newline="")))
    assert rows[0] == COLUMN_KEYS
    assert rows[1:] == [[f"c{n}", f"c{n}@example.com", "1234.50"] for n in range(10)]
    assert (export.row_count, export.file_size) == (10, len(text_of(export).encode()))
    assert export.job is not None
    assert (export.job.state, export.job.done, export.job.total) == (JobState.DONE, 10, 10)
    ExportJob().clean_up(export.job)
    assert files() == [export.path]


def test_only_the_owner_of_the_process_may_read_the_file(anna: User, segment: Segment) -> None:
    export = run(start_export(user=anna, now=NOW, segment=segment, columns=[]))
    assert stat.S_IMODE((folder() / export.path).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700


def test_a_file_for_spreadsheets_is_read_by_one(anna: User, segment: Segment) -> None:
    columns = ["first_name", "revenue", "first_order_at"]
    export = run(
        start_export(user=anna, now=NOW, segment=segment, columns=columns, dialect="semicolon")
    )
    lines = text_of(export).split("\r\n")
    assert lines[0] == "\ufefffirst_name;revenue;first_order_at"
    assert lines[1] == "'=1+1;1234,50;2026-07-02 00:30:00"


def test_json_is_one_list_although_written_in_pieces(anna: User, segment: Segment) -> None:
    export = run(
        start_export(user=anna, now=NOW, segment=segment, columns=COLUMN_KEYS, dialect="json")
    )
    assert [row["customer_id"] for row in json.loads(text_of(export))] == [
        f"c{n}" for n in range(10)
    ]


@pytest.mark.parametrize(("dialect", "text"), [("comma", '"email"\r\n'), ("json", "[]\n")])
def test_an_empty_segment_gives_a_header_only(anna: User, dialect: str, text: str) -> None:
    nobody = factories.make_static_segment("Nobody", [], NOW)
    export = run(
        start_export(user=anna, now=NOW, segment=nobody, columns=["email"], dialect=dialect)
    )
    assert text_of(export) == text
    assert export.row_count == 0


@pytest.mark.parametrize("dialect", ["comma", "semicolon", "json"])
@pytest.mark.parametrize("is_folder_lost", [False, True])
def test_killed_after_every_chunk_the_file_is_the_same(
    anna: User, segment: Segment, dialect: str, is_folder_lost: bool
) -> None:
    def started() -> Export:
        return start_export(
            user=anna, now=NOW, segment=segment, columns=COLUMN_KEYS, dialect=dialect
        )

    whole = text_of(run(started()))

    class Killed(BaseException):
        pass

    def strike(job: Job) -> None:
        raise Killed

    export = started()
    for kill in range(30):
        Job.objects.update(lease_until=NOW - DAY)
        if is_folder_lost and kill == 3:
            for path in folder().glob(f"export-{export.pk}.*"):
                path.unlink()
        try:
            run_in_foreground(
                Job.objects.get(pk=export.job_id),
                progress=strike,
                clock=lambda: NOW,
                pause=lambda seconds: None,
            )
        except Killed:
            # What a dying worker wrote without a commit must not count.
            for path in folder().glob(f"export-{export.pk}.*.part"):
                with path.open("ab") as stream:
                    stream.write(b"torn")
            continue
        break
    export.refresh_from_db()
    assert kill > 4
    assert text_of(export) == whole
    job = Job.objects.get(pk=export.job_id)
    assert (job.state, job.done, job.total) == (JobState.DONE, 10, 10)


def test_a_worker_that_lost_its_lease_harms_nothing(anna: User, segment: Segment) -> None:
    export = start_export(user=anna, now=NOW, segment=segment, columns=COLUMN_KEYS)
    kind = ExportJob()
    slow = claim(export.job_id, now=NOW)
    assert slow is not None
    slow.checkpoint = kind.write(slow, kind.read(slow, now=NOW), now=NOW).checkpoint
    done = run(export, now=NOW + DAY)
    before = text_of(done)
    kind.read(slow, now=NOW + DAY)
    assert text_of(done) == before
    assert done.row_count == 10


def test_a_refresh_meanwhile_does_not_mix_two_moments(anna: User, segment: Segment) -> None:
    export = start_export(user=anna, now=NOW, segment=segment, columns=["customer_id"])
    newcomer = factories.make_customer(external_id="new")
    refresh_now(now=NOW, full=True)

    def refresh(job: Job) -> None:
        if job.done == 3:
            Membership.objects.filter(segment=segment, customer__external_id="c9").delete()
            Membership.objects.get_or_create(
                segment=segment, customer=newcomer, defaults={"entered_at": NOW}
            )

    assert export.job is not None
    run_in_foreground(export.job, progress=refresh, clock=lambda: NOW, pause=lambda seconds: None)
    export.refresh_from_db()
    assert text_of(export).split() == ['"customer_id"', *(f'"c{n}"' for n in range(10))]


def test_erased_customers_are_left_out_and_counted(anna: User, segment: Segment) -> None:
    Customer.objects.filter(external_id="c4").update(erased_at=NOW)
    export = run(start_export(user=anna, now=NOW, segment=segment, columns=["customer_id"]))
    assert "c4" not in text_of(export)
    assert export.row_count == 9
    assert export.job is not None
    assert "1 customer was left out" in export.job.message


def test_the_job_says_of_which_moment_the_members_are(anna: User, segment: Segment) -> None:
    Segment.objects.update(computed_as_of=NOW)
    export = run(start_export(user=anna, now=NOW, segment=segment, columns=[]))
    assert export.job is not None
    assert export.job.message == "Members as of Nov. 24, 2026, 1 p.m."


def test_a_selection_is_exported(anna: User) -> None:
    selection = CustomerSelection.objects.create(user=anna, created_at=NOW)
    for name in ("c1", "c7"):
        customer = Customer.objects.get(external_id=name)
        SelectedCustomer.objects.create(selection=selection, customer=customer)
    export = run(start_export(user=anna, now=NOW, selection=selection, columns=["customer_id"]))
    assert text_of(export).split() == ['"customer_id"', '"c1"', '"c7"']
    assert download_name(export) == "customers-2026-11-24.csv"


def test_a_cancelled_export_leaves_no_file_and_can_be_retried(anna: User, segment: Segment) -> None:
    export = start_export(user=anna, now=NOW, segment=segment, columns=[])

    def stop(job: Job) -> None:
        if job.done == 6 and job.is_live:
            cancel(job.pk, now=NOW)

    assert export.job is not None
    run_in_foreground(export.job, progress=stop, clock=lambda: NOW, pause=lambda seconds: None)
    assert Job.objects.get().state == JobState.CANCELLED
    retry(export.job.pk, now=NOW)
    assert run(export).row_count == 10
    assert Job.objects.get().done == 10


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


def test_a_right_lost_before_the_file_is_written_stops_it(anna: User, segment: Segment) -> None:
    export = start_export(user=anna, now=NOW, segment=segment, columns=["email"])
    anna.groups.clear()
    export = run(export)
    assert export.job is not None
    assert export.job.state == JobState.FAILED
    assert "does not include" in export.job.message
    assert files() == []


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


def test_files_that_nobody_keeps_are_removed(anna: User, segment: Segment) -> None:
    kept = run(start_export(user=anna, now=NOW, segment=segment, columns=[]))
    old = (NOW - 3 * DAY).timestamp()

    def leave(name: str) -> Path:
        path = folder() / name
        path.touch()
        os.utime(path, (old, old))
        return path

    left = [leave(f"export-{kept.pk}.9.part"), leave("export-999999.1.csv")]
    busy = start_export(user=anna, now=NOW, segment=segment, columns=["email"])
    working = leave(f"export-{busy.pk}.1.part")
    os.utime(folder() / kept.path, (old, old))
    ExportJob().tidy(now=NOW)
    assert not any(path.exists() for path in left)
    assert working.exists()
    assert (folder() / kept.path).exists()


def test_deleting_the_segment_deletes_its_files_at_the_next_tidying(
    anna: User, segment: Segment
) -> None:
    run(start_export(user=anna, now=NOW, segment=segment, columns=[]))
    segment.delete()
    ExportJob().tidy(now=NOW)
    assert files() == []


def test_a_segment_deleted_meanwhile_ends_the_job_with_a_sentence(
    anna: User, segment: Segment
) -> None:
    export = start_export(user=anna, now=NOW, segment=segment, columns=[])
    segment.delete()
    job = run_in_foreground(
        Job.objects.get(pk=export.job_id), clock=lambda: NOW, pause=lambda seconds: None
    )
    assert job.state == JobState.FAILED
    assert "does not exist any more" in job.message


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
