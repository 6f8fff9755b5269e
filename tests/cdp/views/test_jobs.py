"""The pages of jobs: who sees which, what they show, cancelling and retrying."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cdp.jobs.heartbeat import beat
from cdp.models import ImportRun, Job, JobRejection, JobState
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script><div x-data x-init='alert(2)'>{{7*7}}.csv"


@pytest.fixture
def marketer():
    return make_user("Marketer")


def make_job(user=None, *, kind="import", file_name="orders.csv", **values) -> Job:
    now = timezone.now()
    run = ImportRun.objects.create(kind="orders", path="/x", file_name=file_name, created_at=now)
    values = {"state": JobState.DONE, "created_at": now, "target": str(run.pk)} | values
    job = Job.objects.create(kind=kind, user=user, **values)
    if kind == "import":
        ImportRun.objects.filter(pk=run.pk).update(job=job)
    return job


def text_of(client, name: str, *args, **query) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_people_see_their_own_jobs_and_the_shops(marketer) -> None:
    own, shops = make_job(marketer), make_job(kind="refresh", target="")
    other = make_job(make_user("Marketer"))
    client = client_of(marketer)
    shown = [job.pk for job, _name in client.get(reverse("jobs:list")).context["jobs"]]
    assert shown == [shops.pk, own.pk]
    for route in ("jobs:detail", "jobs:state"):
        assert client.get(reverse(route, args=[own.pk])).status_code == 200
        assert client.get(reverse(route, args=[other.pk])).status_code == 404
    assert client.post(reverse("jobs:cancel", args=[other.pk])).status_code == 404


def test_admins_see_and_steer_everybodys_jobs(marketer) -> None:
    job = make_job(marketer, state=JobState.FAILED)
    client = client_of("Admin")
    assert "orders.csv" in text_of(client, "jobs:list")
    client.post(reverse("jobs:retry", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_the_shops_jobs_are_seen_but_not_steered_by_marketers(marketer) -> None:
    job = make_job(kind="refresh", target="", state=JobState.QUEUED)
    client = client_of(marketer)
    assert "data-act" not in text_of(client, "jobs:detail", job.pk)
    assert client.post(reverse("jobs:cancel", args=[job.pk])).status_code == 403
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_cancelling_goes_back_to_the_page_and_says_so(marketer) -> None:
    job = make_job(marketer, state=JobState.QUEUED)
    client = client_of(marketer)
    here = "http://testserver/imports/"
    response = client.post(reverse("jobs:cancel", args=[job.pk]), headers={"referer": here})
    assert response["Location"] == here
    assert f"Job {job.pk} is cancelled." in text_of(client, "jobs:list")
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_button_pressed_on_another_site_leads_to_the_job(marketer) -> None:
    job = make_job(marketer, state=JobState.QUEUED)
    response = client_of(marketer).post(
        reverse("jobs:cancel", args=[job.pk]), headers={"referer": "https://elsewhere.example/"}
    )
    assert response["Location"] == reverse("jobs:detail", args=[job.pk])


@pytest.mark.parametrize("route", ["jobs:cancel", "jobs:retry"])
def test_a_refusal_says_why(marketer, route) -> None:
    job = make_job(marketer)
    client = client_of(marketer)
    client.post(reverse(route, args=[job.pk]))
    assert f"Job {job.pk} cannot be" in text_of(client, "jobs:detail", job.pk)
    assert client.get(reverse(route, args=[job.pk])).status_code == 405


def test_a_job_under_way_shows_how_far_it_is_and_what_is_left(marketer) -> None:
    now = timezone.now()
    job = make_job(
        marketer,
        state=JobState.RUNNING,
        done=1500,
        total=6000,
        rejected=2,
        started_at=now - timedelta(seconds=60),
        progressed_at=now,
        lease_until=now + timedelta(hours=1),
        message="Storing the rows.",
    )
    beat(now=now)
    for page in ("jobs:detail", "jobs:state"):
        text = text_of(client_of(marketer), page, job.pk)
        for part in (
            'value="25"',
            "1,500 of 6,000",
            "25 a second",
            "about 3 minutes left",
            "2 rows rejected",
            "Storing the rows.",
            "orders.csv",
            "data-live",
        ):
            assert part in text
        assert "No worker" not in text


def test_the_state_is_a_fragment_and_an_ended_job_is_not_live(marketer) -> None:
    text = text_of(client_of(marketer), "jobs:state", make_job(marketer).pk)
    assert "<html" not in text
    assert "data-live" not in text


def test_without_a_worker_the_pages_say_what_to_start(marketer) -> None:
    job = make_job(marketer, state=JobState.QUEUED)
    client = client_of(marketer)
    for text in (text_of(client, "jobs:list"), text_of(client, "jobs:state", job.pk)):
        assert "No worker has run here yet." in text
    beat(now=timezone.now() - timedelta(hours=3))
    assert "the last sign of one was 3 hours ago" in text_of(client, "jobs:list")
    beat(now=timezone.now())
    assert "manage.py worker" not in text_of(client, "jobs:list")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "failed"}, {"failed", "stuck"}),
        ({"state": "live"}, {"queued"}),
        ({"kind": "refresh"}, {"done"}),
        ({"mine": "on"}, {"queued", "stuck", "failed"}),
        ({"state": "nonsense", "page": "99"}, {"failed", "stuck", "queued", "done"}),
    ],
)
def test_the_list_narrows_and_ignores_nonsense(marketer, query, expected) -> None:
    for state in ("failed", "stuck", "queued"):
        make_job(marketer, state=state)
    make_job(kind="refresh", target="", state="done")
    jobs = client_of(marketer).get(reverse("jobs:list"), query).context["jobs"]
    assert {job.state for job, _name in jobs} == expected


def test_the_list_asks_as_often_for_twenty_jobs_as_for_two() -> None:
    client = client_of("Admin")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            text_of(client, "jobs:list")
        return len(captured)

    for _row in range(2):
        make_job(make_user("Marketer"))
    queries()
    few = queries()
    for _row in range(18):
        make_job(make_user("Marketer"))
    assert queries() == few


def test_names_of_files_do_nothing(marketer) -> None:
    job = make_job(marketer, file_name=HOSTILE, message=HOSTILE)
    client = client_of(marketer)
    for text in (text_of(client, "jobs:list"), text_of(client, "jobs:detail", job.pk)):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
        assert "{{7*7}}" in text


def test_rejected_rows_are_for_those_who_may_see_contact_data(marketer) -> None:
    job = make_job(kind="refresh", rejected=2)
    rows = ((3, "No date.", "=1+cmd,Åse"), (5, "No name.", "x"))
    for position, reason, content in rows:
        JobRejection.objects.create(job=job, position=position, reason=reason, content=content)
    address = reverse("jobs:rejections", args=[job.pk])
    analyst = client_of("Analyst")
    assert "No date." not in text_of(analyst, "jobs:detail", job.pk)
    assert analyst.get(address).status_code == 403
    client = client_of(marketer)
    assert "No date." in text_of(client, "jobs:detail", job.pk)
    answer = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    assert list(csv.reader(answer.splitlines())) == [
        ["line", "reason", "row"],
        ["3", "No date.", "'=1+cmd,Åse"],
        ["5", "No name.", "x"],
    ]


def test_a_shop_without_jobs_says_how_the_first_begins() -> None:
    assert "Import a file" in text_of(client_of("Marketer"), "jobs:list")
    analyst = text_of(client_of("Analyst"), "jobs:list")
    assert "There has been no job yet." in analyst
    assert "Import a file" not in analyst


def test_rejected_rows_of_an_import_are_had_on_its_own_page(marketer) -> None:
    job = make_job(marketer, rejected=1)
    text = text_of(client_of(marketer), "jobs:detail", job.pk)
    assert reverse("jobs:rejections", args=[job.pk]) not in text
    assert reverse("imports:detail", args=[job.target]) in text
