"""Connecting a service in the browser: what is asked, tested, kept, shown - and what never is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdp.models import AuditEntry, ConsentFlag, Job
from integrations.models import AudienceState, Connection, ConnectionState
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, make_member, vendor_of
from tests.factories import make_customer, make_static_segment
from tests.people import client_of
from tests.vendors import FAKES
from tests.vendors.server import Reply

pytestmark = pytest.mark.django_db
REFUSED = "Mailchimp refused the API key"
HOSTILE = "<script>x</script>{{7*7}}"
SECRETS = {"api_key", "client_secret", "refresh_token", "access_token", "app_secret", "token"}


@pytest.fixture
def marketer() -> Client:
    return client_of("Marketer")


@pytest.fixture
def mailchimp(settings: Any) -> Iterator[Any]:
    with vendor_of("mailchimp", settings) as vendor:
        yield vendor


def enter(client: Client, key: str, name: str = "Newsletter", **values: str) -> HttpResponse:
    entered = {**FAKES[key]().settings, "connection_name": name, **values}  # type: ignore[attr-defined]
    return client.post(reverse("connections:connect", args=[key]), entered, follow=True)


def press(client: Client, deed: str, connection: Connection, **entered: str) -> HttpResponse:
    address = reverse(f"connections:{deed}", args=[connection.pk])
    return client.post(address, entered, follow=True)


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("key", ["mailchimp", "klaviyo", "google", "meta"])
def test_a_connection_is_tested_when_it_is_saved(key: str, settings: Any) -> None:
    client = client_of("Marketer")
    with vendor_of(key, settings):
        shown = text_of(enter(client, key))
    connection = Connection.objects.get()
    assert connection.state == ConnectionState.ACTIVE
    assert connection.checked_at is not None
    assert connection.account_name
    assert connection.account_name in shown
    assert "What the test found" in shown


@pytest.mark.parametrize("key", ["mailchimp", "klaviyo", "google", "meta"])
def test_no_page_and_no_log_shows_a_secret(
    key: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of("superuser")
    secrets = [
        value
        for name, value in FAKES[key]().settings.items()  # type: ignore[attr-defined]
        if name in SECRETS
    ]
    assert secrets
    with vendor_of(key, settings) as vendor:
        pages = [text_of(enter(client, key))]
        connection = Connection.objects.get()
        pages += [
            text_of(client.get(reverse(f"connections:{name}", args=[connection.pk])))
            for name in ("detail", "edit", "delete")
        ]
        pages += [text_of(client.get(reverse("connections:list"))), text_of(client.get("/"))]
        pages.append(text_of(client.get(reverse("audit:list"))))
        vendor.revoke()
        pages.append(text_of(press(client, "test", connection)))
        wrong = {**vendor.settings, "connection_name": "x" * 90}
        edited = client.post(reverse("connections:edit", args=[connection.pk]), wrong)
        pages.append(text_of(edited))
    assert "at most 80 characters" in pages[-1]
    said = "\n".join([*pages, caplog.text, *AuditEntry.objects.values_list("details", flat=True)])
    assert not [secret for secret in secrets if secret in said]


def test_a_wrong_key_is_explained_and_what_was_entered_is_kept(
    marketer: Client, mailchimp: Any
) -> None:
    mailchimp.revoke()
    shown = text_of(enter(marketer, "mailchimp"))
    assert REFUSED in shown
    assert "Make a new key in Mailchimp" in shown
    assert "stored; leave empty to keep it" in shown
    connection = Connection.objects.get()
    assert connection.state == ConnectionState.PAUSED
    assert connection.checked_at is None


def test_what_never_worked_begins_to_send_as_soon_as_it_works(
    marketer: Client, mailchimp: Any
) -> None:
    enter(marketer, "mailchimp", list_id="wrong12345")
    connection = Connection.objects.get()
    assert connection.state == ConnectionState.PAUSED
    assert "The audiences of this account are" in connection.hint
    entered = {**mailchimp.settings, "connection_name": "Newsletter", "api_key": ""}
    press(marketer, "edit", connection, **entered)
    connection.refresh_from_db()
    assert connection.state == ConnectionState.ACTIVE
    assert connection.error == ""


def test_new_credentials_set_a_stopped_connection_going(marketer: Client, mailchimp: Any) -> None:
    connection = make_connection(
        "mailchimp", mailchimp, state="stopped", error="Refused.", checked_at=NOW
    )
    make_audience(connection, make_static_segment("VIP", [], NOW))
    press(marketer, "edit", connection, **mailchimp.settings, connection_name="Newsletter")
    connection.refresh_from_db()
    assert (connection.state, connection.error) == (ConnectionState.ACTIVE, "")
    assert Job.objects.filter(kind="sync").count() == 1


def test_settings_that_do_not_work_never_replace_those_that_do(
    marketer: Client, mailchimp: Any
) -> None:
    enter(marketer, "mailchimp")
    connection = Connection.objects.get()
    entered = {**mailchimp.settings, "connection_name": "Other", "list_id": "wrong12345"}
    answer = press(marketer, "edit", connection, **entered)
    assert "Nothing was changed" in text_of(answer)
    kept = Connection.objects.get()
    assert (kept.state, kept.name) == (ConnectionState.ACTIVE, "Newsletter")
    assert kept.settings["list_id"] == mailchimp.settings["list_id"]


def test_a_new_name_needs_no_test(marketer: Client) -> None:
    connection = make_connection("mailchimp", account_name="Shop", checked_at=NOW)
    entered = {**FAKES["mailchimp"]().settings, "connection_name": "Letters", "api_key": ""}  # type: ignore[attr-defined]
    press(marketer, "edit", connection, **entered)
    connection.refresh_from_db()
    assert connection.name == "Letters"


def test_two_connections_never_share_a_name(marketer: Client) -> None:
    make_connection("klaviyo", name="Newsletter")
    assert "Another connection has this name" in text_of(enter(marketer, "mailchimp", "newsletter"))
    assert Connection.objects.count() == 1


def test_a_silent_service_is_no_success(marketer: Client, settings: Any) -> None:
    settings.MAILCHIMP_URL = "http://127.0.0.1:9"
    shown = text_of(enter(marketer, "mailchimp"))
    assert "does not work yet" in shown
    assert Connection.objects.get().state == ConnectionState.PAUSED


def test_a_refused_test_stops_and_only_resume_sets_it_going_again(
    marketer: Client, mailchimp: Any
) -> None:
    enter(marketer, "mailchimp")
    connection = Connection.objects.get()
    make_audience(connection, make_static_segment("VIP", [], NOW))
    key = mailchimp.settings["api_key"]
    mailchimp.revoke()
    assert f"failed: {REFUSED}" in text_of(press(marketer, "test", connection))
    connection.refresh_from_db()
    assert connection.state == ConnectionState.STOPPED
    assert REFUSED in text_of(marketer.get(reverse("connections:list")))
    assert REFUSED in text_of(marketer.get("/"))
    press(marketer, "resume", connection)
    connection.refresh_from_db()
    assert connection.state == ConnectionState.STOPPED
    mailchimp.key = key
    assert "It is still stopped" in text_of(press(marketer, "test", connection))
    connection.refresh_from_db()
    assert connection.state == ConnectionState.STOPPED
    press(marketer, "resume", connection)
    connection.refresh_from_db()
    assert (connection.state, connection.error) == (ConnectionState.ACTIVE, "")
    assert Job.objects.filter(kind="sync").count() == 1
    assert "Needs attention" not in text_of(marketer.get("/"))


def test_pausing_and_resuming_are_in_the_audit_log(marketer: Client, mailchimp: Any) -> None:
    enter(marketer, "mailchimp")
    connection = Connection.objects.get()
    press(marketer, "pause", connection)
    connection.refresh_from_db()
    assert connection.state == ConnectionState.PAUSED
    assert "paused" in text_of(marketer.get(reverse("connections:detail", args=[connection.pk])))
    press(marketer, "resume", connection)
    details = list(AuditEntry.objects.order_by("pk").values_list("details", flat=True))
    assert [text.rpartition(": ")[2].partition(";")[0] for text in details[1:]] == [
        "paused",
        "resumed",
    ]
    assert "new api_key" in details[0]


def test_a_connection_with_audiences_cannot_be_deleted(marketer: Client) -> None:
    connection = make_connection("mailchimp")
    audience = make_audience(connection, make_static_segment("VIP", [], NOW))
    answer = press(marketer, "delete", connection)
    assert answer.status_code == 409
    assert "End those audiences first." in text_of(answer)
    audience.state = AudienceState.ENDED
    audience.save()
    make_member(audience, make_customer(email="anna@x.example"))
    asked = text_of(marketer.get(reverse("connections:delete", args=[connection.pk])))
    assert "1 person is still in an audience there" in asked
    press(marketer, "delete", connection)
    assert not Connection.objects.exists()
    assert AuditEntry.objects.filter(details__contains="deleted").count() == 1


def test_secrets_that_cannot_be_read_take_no_page_away(
    marketer: Client, mailchimp: Any, settings: Any, tmp_path: Any
) -> None:
    settings.CREDENTIAL_KEY_FILE = str(tmp_path / "first")
    enter(marketer, "mailchimp")
    connection = Connection.objects.get()
    settings.CREDENTIAL_KEY_FILE = str(tmp_path / "second")
    for path in (
        "/",
        reverse("connections:list"),
        reverse("connections:detail", args=[connection.pk]),
        reverse("connections:edit", args=[connection.pk]),
    ):
        answer = marketer.get(path)
        assert answer.status_code == 200
        assert "Stored credentials cannot be read" in text_of(answer)
    assert "Stored credentials cannot be read" in text_of(press(marketer, "test", connection))
    press(marketer, "edit", connection, **mailchimp.settings, connection_name="Newsletter")
    answer = marketer.get(reverse("connections:detail", args=[connection.pk]))
    assert "Stored credentials cannot be read" not in text_of(answer)


def test_hostile_names_do_nothing(marketer: Client, mailchimp: Any) -> None:
    enter(marketer, "mailchimp", HOSTILE)
    connection = Connection.objects.get()
    Connection.objects.update(account_name=HOSTILE, error=HOSTILE, state="stopped")
    make_audience(connection, make_static_segment(HOSTILE, [], NOW), outside_name=HOSTILE)
    for path in ("/", reverse("connections:list"), *_pages(connection)):
        shown = text_of(marketer.get(path))
        assert "<script>x" not in shown
        assert "&lt;script&gt;x" in shown


def _pages(connection: Connection) -> list[str]:
    return [
        reverse(f"connections:{name}", args=[connection.pk])
        for name in ("detail", "edit", "delete")
    ]


def test_pages_ask_as_often_for_many_rows(marketer: Client) -> None:
    fill(2)
    paths = [reverse("connections:list"), *_pages(Connection.objects.get(name="C0"))]
    few = [queries_of(marketer, path) for path in paths]
    fill(20)
    assert [queries_of(marketer, path) for path in paths] == few


def fill(count: int) -> None:
    first = Connection.objects.filter(name="C0").first() or make_connection("klaviyo", name="C0")
    for number in range(count):
        name = f"{count} {number}"
        make_connection("mailchimp", name=name)
        segment = make_static_segment(f"Segment {name}", [], NOW)
        make_audience(first, segment, outside_name=f"A {name}")


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(database) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_an_analyst_sees_but_changes_nothing() -> None:
    connection = make_connection("mailchimp")
    client = client_of("Analyst")
    shown = text_of(client.get(reverse("connections:detail", args=[connection.pk])))
    assert "Test connection" not in shown
    for deed in ("test", "pause", "resume", "delete", "edit"):
        assert press(client, deed, connection).status_code == 403
    assert "Connect Mailchimp" not in text_of(client.get(reverse("connections:list")))


def test_the_address_for_calls_is_shown_once(marketer: Client) -> None:
    connection = make_connection("mailchimp", account_name="Shop", checked_at=NOW)
    address = reverse("connections:hook_make", args=[connection.pk])
    shown = text_of(marketer.post(address, {"known": ""}))
    secret = re.search(r"/hooks/([^/\"]{20,})", shown)
    assert secret is not None
    connection.refresh_from_db()
    assert connection.hook_hash
    page = text_of(marketer.get(reverse("connections:detail", args=[connection.pk])))
    assert secret.group(1) not in page
    assert "calls are heard" in page
    again = text_of(marketer.post(address, {"known": ""}, follow=True))
    assert "A new address was made a moment ago" in again
    press(marketer, "hook_close", connection)
    connection.refresh_from_db()
    assert connection.hook_hash == ""
    details = "".join(AuditEntry.objects.values_list("details", flat=True))
    assert secret.group(1) not in details


def test_services_that_do_not_call_get_no_address(marketer: Client) -> None:
    connection = make_connection("klaviyo")
    assert press(marketer, "hook_make", connection).status_code == 404


def test_who_cannot_be_taken_out_is_counted(marketer: Client) -> None:
    connection = make_connection("mailchimp", state="stopped", error="Refused.", checked_at=NOW)
    audience = make_audience(connection, make_static_segment("VIP", [], NOW))
    make_member(audience, make_customer(email="anna@x.example"))
    make_member(audience, make_customer(email="bert@x.example", email_consent=ConsentFlag.GRANTED))
    shown = text_of(marketer.get(reverse("connections:detail", args=[connection.pk])))
    assert "1 person withdrew consent or was erased and is still in an audience there" in shown


def test_a_stopped_connection_stays_stopped_when_somebody_pauses_it(marketer: Client) -> None:
    connection = make_connection("mailchimp", state="stopped", error="Refused.")
    assert "It is stopped already" in text_of(press(marketer, "pause", connection))
    connection.refresh_from_db()
    assert connection.state == ConnectionState.STOPPED


def test_an_answer_of_another_shape_is_explained(
    marketer: Client, mailchimp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailchimp, "answer", lambda request: Reply(200, {"segments": [{}]}))
    shown = text_of(enter(marketer, "mailchimp"))
    assert "Mailchimp answered with something that Regulars does not understand." in shown
