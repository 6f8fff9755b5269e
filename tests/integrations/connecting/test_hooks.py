"""The address that Mailchimp calls: what is heard, and what is not."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from django.test import Client

from cdp.models import AuditEntry, ConsentEvent, ConsentFlag, Customer, CustomerChange
from cdp.redaction import SecretFilter
from integrations.connecting.hooks import drop_hook, hook_of, new_hook
from integrations.models import Connection, ConnectionState
from integrations.views.hooks import calls
from tests.conftest import NOW
from tests.connections import make_connection
from tests.factories import make_customer, make_shop
from tests.people import client_of
from tests.vendors.mailchimp import LIST

pytestmark = pytest.mark.django_db

UNKNOWN = "x" * 43


@pytest.fixture
def connection() -> Connection:
    make_shop()
    return make_connection("mailchimp")


@pytest.fixture
def anna() -> Customer:
    return make_customer(email="anna@shop.example", email_consent=ConsentFlag.GRANTED)


def secret_of(connection: Connection) -> str:
    return new_hook(connection, user=None, now=NOW)


def unsubscribe(**changes: str) -> dict[str, str]:
    """A call as Mailchimp makes it."""
    return {
        "type": "unsubscribe",
        "fired_at": "2026-11-20 21:40:57",
        "data[action]": "unsub",
        "data[reason]": "manual",
        "data[id]": "8a25ff1d98",
        "data[list_id]": LIST,
        "data[email]": "Anna@Shop.example",
        "data[merges][FNAME]": "Anna",
        **changes,
    }


def call(secret: str, data: dict[str, str] | None = None, *, method: str = "post") -> int:
    return getattr(Client(enforce_csrf_checks=True), method)(f"/hooks/{secret}/", data).status_code


def flag(customer: Customer) -> int:
    customer.refresh_from_db()
    return customer.email_consent


def test_an_unsubscribe_is_taken_in(connection: Connection, anna: Customer) -> None:
    secret = secret_of(connection)
    assert call(secret, unsubscribe()) == 200
    event = ConsentEvent.objects.get()
    assert (event.customer, event.choice, event.source) == (anna, "withdrawn", "mailchimp")
    assert event.occurred_at == datetime(2026, 11, 20, 21, 40, 57, tzinfo=UTC)
    assert flag(anna) == ConsentFlag.WITHDRAWN
    assert CustomerChange.objects.get().customer == anna


def test_the_same_call_again_changes_nothing(connection: Connection, anna: Customer) -> None:
    secret = secret_of(connection)
    for _time in range(2):
        assert call(secret, unsubscribe()) == 200
    assert ConsentEvent.objects.count() == 1


def test_a_complaint_of_spam_counts(connection: Connection, anna: Customer) -> None:
    call(secret_of(connection), unsubscribe(**{"data[reason]": "abuse"}))
    assert flag(anna) == ConsentFlag.WITHDRAWN


@pytest.mark.parametrize(
    "data",
    [
        unsubscribe(type="subscribe"),
        unsubscribe(type="cleaned"),
        unsubscribe(type="profile"),
        unsubscribe(**{"data[action]": "delete"}),
        unsubscribe(**{"data[list_id]": "another"}),
        unsubscribe(**{"data[email]": "stranger@shop.example"}),
        unsubscribe(**{"data[email]": "<script>alert(1)</script>"}),
        unsubscribe(**{"data[email]": ""}),
        {"type": "unsubscribe"},
        {},
    ],
)
def test_anything_else_is_answered_and_passed_over(
    connection: Connection, anna: Customer, data: dict[str, str]
) -> None:
    assert call(secret_of(connection), data) == 200
    assert not ConsentEvent.objects.exists()
    assert flag(anna) == ConsentFlag.GRANTED


@pytest.mark.parametrize("fired_at", ["", "yesterday", "9999-99-99 00:00:00"])
def test_a_moment_that_cannot_be_read_is_now(
    connection: Connection, anna: Customer, fired_at: str
) -> None:
    call(secret_of(connection), unsubscribe(fired_at=fired_at))
    assert flag(anna) == ConsentFlag.WITHDRAWN


@pytest.mark.parametrize("state", [ConnectionState.PAUSED, ConnectionState.STOPPED])
def test_a_connection_that_sends_nothing_still_listens(
    connection: Connection, anna: Customer, state: str
) -> None:
    secret = secret_of(connection)
    Connection.objects.update(state=state)
    assert call(secret, unsubscribe()) == 200
    assert flag(anna) == ConsentFlag.WITHDRAWN


def test_mailchimp_may_look_whether_the_address_is_there(connection: Connection) -> None:
    secret = secret_of(connection)
    assert call(secret, method="get") == 200
    assert call(secret, method="head") == 200
    assert call(secret, method="put") == 405
    assert Client().get(f"/hooks/{secret}").status_code == 200  # no redirect: it would lose a call


def test_every_wrong_secret_gets_the_same_answer(connection: Connection, anna: Customer) -> None:
    old = secret_of(connection)
    rotated = secret_of(connection)
    assert call(rotated, unsubscribe(type="ping")) == 200
    drop_hook(connection, user=None, now=NOW)
    answers = {
        (answer.status_code, answer.content, tuple(sorted(answer.headers.items())))
        for secret in (old, rotated, UNKNOWN, "short", "e3b0c442", "%00")
        for answer in [Client().post(f"/hooks/{secret}/", unsubscribe())]
    }
    assert len(answers) == 1
    assert {status for status, _body, _headers in answers} == {404}
    assert flag(anna) == ConsentFlag.GRANTED


def test_no_secret_opens_the_connections_without_an_address(connection: Connection) -> None:
    assert hook_of("") is None
    assert call("", {}) == 404


def test_only_the_hash_of_the_secret_is_kept(connection: Connection) -> None:
    secret = secret_of(connection)
    connection.refresh_from_db()
    assert len(secret) == 43
    assert secret not in str(vars(connection))
    assert hook_of(secret) == connection
    assert hook_of(connection.hook_hash) is None
    made = AuditEntry.objects.get()
    assert made.action == "connection_changed"
    assert secret not in made.details


def test_a_service_that_does_not_call_is_not_heard(anna: Customer) -> None:
    make_shop()
    secret = secret_of(make_connection("klaviyo"))
    assert call(secret, unsubscribe()) == 200
    assert flag(anna) == ConsentFlag.GRANTED


def test_a_call_that_is_too_large_is_not_read(connection: Connection, anna: Customer) -> None:
    secret = secret_of(connection)
    large = unsubscribe(**{"data[merges][NOTE]": "n" * calls.LARGEST_CALL})
    assert call(secret, large) == 413
    assert flag(anna) == ConsentFlag.GRANTED
    assert call(UNKNOWN, large) == 404


def test_whoever_is_logged_in_is_nobody_there(connection: Connection) -> None:
    answer = client_of("Marketer").get(f"/hooks/{secret_of(connection)}/")
    assert answer.status_code == 200
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["Cache-Control"] == "no-store, private"


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.addFilter(SecretFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.filter(record)
        self.lines.append(self.format(record))


def test_no_log_line_holds_a_secret_or_an_address(connection: Connection, anna: Customer) -> None:
    secret = secret_of(connection)
    handler = _Lines()
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        call(secret, unsubscribe())
        call(UNKNOWN, unsubscribe())
        call(secret, method="put")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    told = "\n".join(line for line in handler.lines if "(0.0" not in line)  # no SQL
    assert "Not Found: /hooks/…" in told
    for hidden in (secret, UNKNOWN, "anna", "Anna", "shop.example"):
        assert hidden not in told
