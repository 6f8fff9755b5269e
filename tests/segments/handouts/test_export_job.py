"""The job that writes a file: the members of one moment, whatever happens on the way."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from pathlib import Path

import pytest
from django.conf import LazySettings

from analytics.refresh import refresh_now
from cdp.jobs.lease import claim
from cdp.jobs.requests import cancel, retry
from cdp.jobs.runner import run_in_foreground
from cdp.models import (
    Customer,
    Job,
    JobState,
    User,
)
from segments.handouts import export_job
from segments.handouts.export_files import folder
from segments.handouts.export_job import ExportJob
from segments.handouts.exporting import (
    start_export,
)
from segments.models import Export, Membership, Segment
from tests import factories
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


def test_a_right_lost_before_the_file_is_written_stops_it(anna: User, segment: Segment) -> None:
    export = start_export(user=anna, now=NOW, segment=segment, columns=["email"])
    anna.groups.clear()
    export = run(export)
    assert export.job is not None
    assert export.job.state == JobState.FAILED
    assert "does not include" in export.job.message
    assert files() == []


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
