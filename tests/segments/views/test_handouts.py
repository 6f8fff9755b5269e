"""The tab from which customers leave the house, as marketers use it without a script."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics.refresh import refresh_now
from cdp.jobs.runner import run_in_foreground
from cdp.models import AuditAction, AuditEntry, Job, User
from segments.handouts.links import make_link, open_link, revoke_link
from segments.models import Export, LinkRead, SecretLink, Segment
from tests import factories
from tests.conftest import NOW
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db

HOSTILE = ["<script>alert(1)</script>", "{{7*7}}", "<div x-data x-init=alert(1)>", "‮abc", "💥" * 20]


@pytest.fixture
def anna() -> User:
    return make_user("Marketer", "anna")


@pytest.fixture
def client(anna: User) -> Client:
    return client_of(anna)


@pytest.fixture
def segment() -> Segment:
    factories.make_shop()
    members = [
        factories.make_customer(external_id=f"c{n}", email=f"c{n}@example.com") for n in range(3)
    ]
    refresh_now(now=NOW, full=True)
    return factories.make_static_segment("Everybody", members, NOW)


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def tab(segment: Segment, name: str = "handouts") -> str:
    return reverse(f"segments:{name}", args=[segment.pk])


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def finished(client: Client, segment: Segment, **data: object) -> Export:
    data = {"columns": ["email", "customer_id"], "dialect": "comma", **data}
    response = client.post(tab(segment, "export_start"), data)
    export = Export.objects.latest("pk")
    assert response.url == reverse("segments:export", args=[export.pk])  # type: ignore[attr-defined]
    job = Job.objects.get(pk=export.job_id)
    run_in_foreground(job, pause=lambda seconds: None)
    export.refresh_from_db()
    return export


def test_a_file_is_begun_watched_and_downloaded(client: Client, segment: Segment) -> None:
    export = finished(client, segment)
    page = text_of(client, reverse("segments:export", args=[export.pk]))
    assert "The file is ready." in page
    address = reverse("segments:export_file", args=[export.pk])
    assert address in page
    response = client.get(address)
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert content.split(b"\r\n")[:2] == [
        b'"email","customer_id"',
        b'"c0@example.com","c0"',
    ]
    assert response["Content-Disposition"].startswith('attachment; filename="everybody-')
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert AuditEntry.objects.filter(action=AuditAction.EXPORT_READ, actor="anna").count() == 1
    assert address in text_of(client, tab(segment))


def test_a_waiting_export_shows_its_job(client: Client, segment: Segment) -> None:
    client.post(tab(segment, "export_start"), {"columns": ["email"], "dialect": "json"})
    export = Export.objects.get()
    page = text_of(client, reverse("segments:export", args=[export.pk]))
    assert f'data-job="{reverse("jobs:state", args=[export.job_id])}"' in page
    refused = client.get(reverse("segments:export_file", args=[export.pk]))
    assert refused.status_code == 410
    assert "still being written" in refused.content.decode()


def test_columns_keep_their_order_and_are_offered_again(client: Client, segment: Segment) -> None:
    finished(client, segment, columns=["revenue", "email", "country"], dialect="semicolon")
    page = text_of(client, tab(segment))
    boxes = re.findall(r'name="columns" value="(\w+)"( checked)?', page)
    assert [key for key, checked in boxes if checked] == ["revenue", "email", "country"]
    assert boxes[3][1] == ""
    assert re.search(r'value="semicolon" checked', page)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"dialect": "comma"}, "Choose at least one column."),
        ({"columns": ["password"], "dialect": "comma"}, "There is no column “password”"),
        ({"columns": ["email"], "dialect": "xls"}, "xls is not one of the available choices"),
    ],
)
def test_a_wrong_choice_is_explained_and_nothing_is_begun(
    client: Client, segment: Segment, data: dict[str, object], words: str
) -> None:
    response = client.post(tab(segment, "export_start"), data)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Export.objects.exists()


def test_without_the_right_contact_columns_are_not_there(segment: Segment) -> None:
    user = make_user(None)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["export_customers", "view_segment"])
    )
    client = client_of(user)
    assert 'value="email"' not in text_of(client, tab(segment))
    response = client.post(tab(segment, "export_start"), {"columns": ["email"], "dialect": "comma"})
    assert "your role does not include it" in response.content.decode()


def test_somebody_elses_export_does_not_exist_for_others(client: Client, segment: Segment) -> None:
    export = finished(client, segment)
    other, admin = client_of("Marketer"), client_of("Admin")
    for name in ("export", "export_file"):
        address = reverse(f"segments:{name}", args=[export.pk])
        assert other.get(address).status_code == 404
        assert admin.get(address).getvalue()
    assert reverse("segments:export", args=[export.pk]) not in text_of(other, tab(segment))


def test_an_expired_file_says_what_to_do(client: Client, segment: Segment) -> None:
    export = finished(client, segment)
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused = client.get(reverse("segments:export_file", args=[export.pk]))
    assert refused.status_code == 410
    assert "Make a new export" in refused.content.decode()
    assert "expired" in text_of(client, tab(segment))


def test_a_segment_without_members_yet_offers_no_export(client: Client) -> None:
    factories.make_shop()
    segment = Segment.objects.create(name="New", created_at=NOW, edited_at=NOW)
    page = text_of(client, tab(segment))
    assert "have not been computed yet" in page
    assert "Write the file" not in page
    data = {"columns": ["email"], "dialect": "comma"}
    page = client.post(tab(segment, "export_start"), data).content.decode()
    assert not Export.objects.exists()
    assert "have not been computed yet" in page


def link_data(**data: object) -> dict[str, object]:
    return {"label": "Agency", "columns": ["email"], "format": "csv", "ends": "90", **data}


def shown_secret(page: str) -> str:
    found = re.search(r'value="http://testserver/s/([\w-]{43})/"', page)
    assert found
    return found[1]


def test_the_address_of_a_new_link_is_shown_once(client: Client, segment: Segment) -> None:
    response = client.post(tab(segment, "link_new"), link_data())
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    secret = shown_secret(response.content.decode())
    assert open_link(secret, now=timezone.now()) is not None
    link = SecretLink.objects.get()
    for address in (tab(segment), reverse("segments:link", args=[link.pk])):
        page = text_of(client, address)
        assert secret not in page
        assert link.secret_hash not in page
        assert f"…{link.hint}" in page
    assert secret not in str(client.session.items())


def test_the_warning_is_read_before_the_link_is_made(client: Client, segment: Segment) -> None:
    assert "Whoever knows the address sees these customers" in text_of(
        client, tab(segment, "link_new")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"label": ""}, "This field is required."),
        ({"label": "x" * 81}, "at most 80 characters"),
        ({"columns": []}, "Choose at least one column."),
        ({"ends": "day"}, "Say until the end of which day the link works."),
        ({"ends": "day", "last_day": "2020-01-01"}, "This day has passed."),
        ({"ends": "day", "last_day": "tomorrow"}, "Enter a valid date."),
        ({"format": "xml"}, "xml is not one of the available choices"),
        ({"label": "taken"}, "has a link for “taken” already"),
    ],
)
def test_a_link_that_cannot_be_made_says_why(
    client: Client, segment: Segment, anna: User, data: dict[str, object], words: str
) -> None:
    make_link(segment, user=anna, now=timezone.now(), label="Taken", columns=["email"])
    page = client.post(tab(segment, "link_new"), link_data(**data)).content.decode()
    assert words in page
    assert SecretLink.objects.count() == 1


def test_a_link_ends_with_a_day_of_the_shop(client: Client, segment: Segment) -> None:
    factories.make_shop(zone="Pacific/Auckland")
    client.post(tab(segment, "link_new"), link_data(ends="day", last_day="2999-03-01"))
    link = SecretLink.objects.get()
    assert link.expires_at is not None
    assert link.expires_at.isoformat() == "2999-03-01T11:00:00+00:00"
    assert "March 1, 2999" in text_of(client, tab(segment))
    client.post(tab(segment, "link_new"), link_data(label="other", ends="never"))
    assert SecretLink.objects.latest("pk").expires_at is None


def test_rotating_shows_a_new_address_and_ends_the_old_one(
    client: Client, segment: Segment
) -> None:
    first = shown_secret(client.post(tab(segment, "link_new"), link_data()).content.decode())
    link = SecretLink.objects.get()
    address = reverse("segments:link_rotate", args=[link.pk])
    second = shown_secret(client.post(address, {"hint": link.hint}).content.decode())
    assert client.get(f"/s/{first}/").status_code == 404
    assert client.get(f"/s/{second}/").status_code == 200
    again = client.post(address, {"hint": link.hint}, follow=True).content.decode()
    assert "was rotated a moment ago" in again
    assert client.get(f"/s/{second}/").status_code == 200


def test_revoking_ends_the_link_and_keeps_its_log(client: Client, segment: Segment) -> None:
    secret = shown_secret(client.post(tab(segment, "link_new"), link_data()).content.decode())
    link = SecretLink.objects.get()
    assert b"".join(client.get(f"/s/{secret}/").streaming_content)  # type: ignore[attr-defined]
    page = client.post(reverse("segments:link_revoke", args=[link.pk]), follow=True)
    assert "is revoked" in page.content.decode()
    assert client.get(f"/s/{secret}/").status_code == 404
    log = text_of(client, reverse("segments:link", args=[link.pk]))
    assert "refused: revoked" in log
    assert "Rotate" not in log


def test_a_link_that_stopped_says_why(client: Client, segment: Segment) -> None:
    maker = make_user("Marketer")
    link, _secret = make_link(
        segment, user=maker, now=timezone.now(), label="Agency", columns=["email"]
    )
    maker.groups.clear()
    assert "may no longer hand this out" in text_of(client, tab(segment))
    assert "Rotate it to answer for it yourself" in text_of(
        client, reverse("segments:link", args=[link.pk])
    )


@pytest.mark.parametrize("name", ["link_rotate", "link_revoke", "export_start"])
def test_changes_are_not_made_by_following_a_link(
    client: Client, segment: Segment, name: str
) -> None:
    assert client.get(reverse(f"segments:{name}", args=[segment.pk])).status_code == 405


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_do_nothing(client: Client, segment: Segment, name: str) -> None:
    Segment.objects.update(name=name)
    client.post(tab(segment, "link_new"), link_data(label=name[:80]))
    export = finished(client, segment)
    link = SecretLink.objects.get()
    pages = [
        tab(segment),
        reverse("segments:link", args=[link.pk]),
        reverse("segments:export", args=[export.pk]),
    ]
    for address in pages:
        page = text_of(client, address)
        assert "<script>alert" not in page
        assert "<div x-data x-init=alert" not in page
        assert name != "{{7*7}}" or name in page


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_twenty_links_and_exports_take_as_many_queries_as_two(
    client: Client, segment: Segment, anna: User
) -> None:
    def add(count: int) -> None:
        for number in range(count):
            make_link(
                segment,
                user=make_user("Marketer"),
                now=timezone.now(),
                label=f"{SecretLink.objects.count()}",
                columns=["email"],
            )
            Export.objects.create(
                segment=segment,
                user=anna,
                job=Job.objects.create(
                    kind="export", target=f"{number}", state="done", created_at=NOW
                ),
                columns="email",
                created_at=NOW,
                expires_at=NOW,
            )

    add(2)
    two = queries_of(client, tab(segment))
    add(18)
    assert queries_of(client, tab(segment)) == two


def test_the_log_is_read_a_page_at_a_time(client: Client, segment: Segment, anna: User) -> None:
    link, _secret = make_link(
        segment, user=anna, now=timezone.now(), label="Agency", columns=["email"]
    )
    LinkRead.objects.bulk_create(
        LinkRead(link=link, read_at=NOW, outcome="read", row_count=1) for _number in range(51)
    )
    address = reverse("segments:link", args=[link.pk])
    first, second = text_of(client, address), text_of(client, f"{address}?page=2")
    assert first.count('<th scope="row">') == 50
    assert second.count('<th scope="row">') == 1


def test_raw_tables_show_no_hash(segment: Segment, anna: User) -> None:
    link, _secret = make_link(
        segment, user=anna, now=timezone.now(), label="Agency", columns=["email"]
    )
    revoke_link(link, user=anna, now=timezone.now())
    boss = client_of("superuser")
    for address in (
        reverse("admin:segments_secretlink_changelist"),
        reverse("admin:segments_secretlink_change", args=[link.pk]),
    ):
        page = text_of(boss, address)
        assert "Agency" in page
        assert link.secret_hash not in page
