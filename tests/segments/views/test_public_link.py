"""The address of a secret link as programs and strangers see it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from analytics.refresh import refresh_now
from cdp.models import User
from cdp.redaction import SecretFilter, redacted
from segments.handouts.links import make_link, open_link, read_link, revoke_link, rotate_link
from segments.models import LinkRead, SecretLink, Segment
from segments.views.links import public
from tests import factories
from tests.conftest import NOW
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db

UNKNOWN = "x" * 43


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anna() -> User:
    return make_user("Marketer", "anna")


@pytest.fixture
def segment() -> Segment:
    factories.make_shop()
    members = [factories.make_customer(external_id=f"c{n}") for n in range(3)]
    refresh_now(now=NOW, full=True)
    return factories.make_static_segment("Everybody", members, NOW)


def link_to(segment: Segment, user: User, **values: object) -> tuple[SecretLink, str]:
    values = {"label": "Agency", "columns": ["customer_id"], **values}
    return make_link(segment, user=user, now=timezone.now(), **values)  # type: ignore[arg-type]


def answer(secret: str, method: str = "get", **extra: str) -> tuple[int, dict[str, str], bytes]:
    response = getattr(Client(), method)(f"/s/{secret}/", **extra)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, dict(response.headers), body


def test_a_stranger_reads_the_members(segment: Segment, anna: User) -> None:
    _link, secret = link_to(segment, anna)
    status, headers, body = answer(secret)
    assert status == 200
    assert body == b'"customer_id"\r\n"c0"\r\n"c1"\r\n"c2"\r\n'
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"].startswith('attachment; filename="everybody-2')


def test_the_slash_may_be_missing_and_nothing_is_redirected(segment: Segment, anna: User) -> None:
    _link, secret = link_to(segment, anna, format="json")
    response = Client().get(f"/s/{secret}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("is_known", [True, False])
def test_nothing_of_it_is_kept_indexed_or_passed_on(
    segment: Segment, anna: User, is_known: bool
) -> None:
    _link, secret = link_to(segment, anna)
    _status, headers, _body = answer(secret if is_known else UNKNOWN)
    assert headers["Cache-Control"] == "no-store, private"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert headers["X-Frame-Options"] == "DENY"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "unsafe" not in policy
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")


def _expire(link: SecretLink, user: User) -> None:
    SecretLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def _revoke(link: SecretLink, user: User) -> None:
    revoke_link(link, user=user, now=timezone.now())


def _rotate(link: SecretLink, user: User) -> None:
    rotate_link(link, user=user, now=timezone.now())


def _archive(link: SecretLink, user: User) -> None:
    Segment.objects.update(is_archived=True)


def _delete(link: SecretLink, user: User) -> None:
    Segment.objects.all().delete()


def _deactivate(link: SecretLink, user: User) -> None:
    User.objects.update(is_active=False)


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "spoil",
    [_expire, _revoke, _rotate, _archive, _delete, _deactivate],
    ids=lambda spoil: spoil.__name__,
)
def test_every_refusal_is_the_same_byte_for_byte(
    segment: Segment, anna: User, spoil: object, method: str
) -> None:
    link, secret = link_to(segment, anna)
    assert answer(secret)[0] == 200
    spoil(link, anna)  # type: ignore[operator]
    refused = answer(secret, method)
    assert refused[0] == 404
    assert refused == answer(UNKNOWN, method)
    assert refused == answer("short", method)


def test_only_reading_is_possible(segment: Segment, anna: User) -> None:
    _link, secret = link_to(segment, anna)
    for method in ("post", "put", "patch", "delete", "options"):
        refused = answer(secret, method)
        assert refused[0] == 405
        assert refused == answer(UNKNOWN, method)
    assert not LinkRead.objects.exists()


def test_a_head_request_gives_the_headers_and_counts_as_no_read(
    segment: Segment, anna: User
) -> None:
    _link, secret = link_to(segment, anna)
    status, headers, body = answer(secret, "head")
    assert (status, body) == (200, b"")
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert not LinkRead.objects.exists()


def test_who_has_logged_in_is_not_looked_at(segment: Segment, anna: User) -> None:
    _link, secret = link_to(segment, anna)
    analyst = client_of("Analyst")
    response = analyst.get(f"/s/{secret}/")
    assert response.status_code == 200
    assert "Cookie" not in response.headers.get("Vary", "")


def test_after_too_many_wrong_secrets_an_address_is_not_looked_up(
    segment: Segment, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "WRONG_SECRETS", 3)
    _link, secret = link_to(segment, anna)
    for _number in range(3):
        assert answer(secret)[0] == 200
        unknown = answer(UNKNOWN)
    assert answer(secret) == unknown
    assert answer(secret, REMOTE_ADDR="192.0.2.7")[0] == 200
    cache.clear()
    assert answer(secret)[0] == 200


def test_a_hostile_segment_name_stays_out_of_the_headers(segment: Segment, anna: User) -> None:
    Segment.objects.update(name='a"; x=y\r\nSet-Cookie: evil=1 <script>💥')
    segment.refresh_from_db()
    _link, secret = link_to(segment, anna)
    _status, headers, _body = answer(secret)
    assert "Set-Cookie" not in headers
    assert headers["Content-Disposition"].startswith(
        'attachment; filename="a-xy-set-cookie-evil1-script-'
    )


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.addFilter(SecretFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_no_log_line_holds_a_secret(segment: Segment, anna: User) -> None:
    _link, secret = link_to(segment, anna)
    handler = _Lines()
    logging.getLogger().addHandler(handler)
    try:
        answer(UNKNOWN)
        answer(secret, "post")
    finally:
        logging.getLogger().removeHandler(handler)
    assert [line for line in handler.lines if line.startswith("Not Found: /s/…")]
    assert [line for line in handler.lines if line.startswith("Method Not Allowed: /s/…")]
    assert not [line for line in handler.lines if UNKNOWN in line or secret in line]


def test_every_handler_that_writes_cuts_secrets() -> None:
    console = settings.LOGGING["handlers"]
    assert all("secrets" in handler["filters"] for handler in console.values())
    for name in ("", "django", "django.server", "django.request"):
        for handler in logging.getLogger(name).handlers:
            if type(handler) is logging.StreamHandler:
                assert any(isinstance(one, SecretFilter) for one in handler.filters), name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /s/abc/ HTTP/1.1", "GET /s/…/ HTTP/1.1"),
        ('"GET /s/abc HTTP/1.1" 404', '"GET /s/… HTTP/1.1" 404'),
        ("Not Found: /s/abc?x=1", "Not Found: /s/…?x=1"),
        ("/segments/12/", "/segments/12/"),
    ],
)
def test_secrets_are_cut_out_of_text(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.django_db(transaction=True)
def test_a_program_reads_it_over_http_until_it_is_rotated(live_server, anna: User) -> None:  # type: ignore[no-untyped-def]
    factories.make_shop()
    members = [factories.make_customer(external_id=f"c{n}") for n in range(500)]
    refresh_now(now=NOW, full=True)
    segment = factories.make_static_segment("Everybody", members, NOW)
    link, secret = link_to(segment, anna)
    address = f"{live_server.url}/s/{secret}/"
    read = requests.get(address, headers={"User-Agent": "curl/8.0"}, timeout=10)
    assert read.status_code == 200
    assert read.text.count("\r\n") == 501
    assert LinkRead.objects.get().row_count == 500
    _link, second = rotate_link(link, user=anna, now=timezone.now())
    assert requests.get(address, timeout=10).status_code == 404
    again = requests.get(address.replace(secret, second), timeout=10)
    assert again.content == read.content
    assert not again.cookies


def test_opening_takes_the_same_queries_for_any_number_of_links(
    segment: Segment, anna: User, django_assert_num_queries: object
) -> None:
    _link, secret = link_to(segment, anna)
    opened = open_link(secret, now=timezone.now())
    assert opened is not None
    with django_assert_num_queries(3):  # type: ignore[operator]
        open_link(secret, now=timezone.now())
    assert "c0" in "".join(read_link(opened, now=timezone.now()))
