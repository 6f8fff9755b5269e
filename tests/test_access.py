"""Every address of the site, tried as everybody: who gets in is written in `tests/access.py`.

An address without an entry fails, and so does an entry without an address. The pages of the raw
tables, which are many, follow one rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cdp.models import User
from tests.access import ACCESS, EVERYBODY, LOGGED_IN, STRANGERS
from tests.people import client_of, make_user
from tests.sitemap import addresses, arguments_for

pytestmark = pytest.mark.django_db
WHO = STRANGERS
OPEN_DOORS = {  # of /admin/: the way in and out
    "admin:login": STRANGERS,
    "admin:logout": STRANGERS,  # who is not in is sent on
    "admin:password_change": LOGGED_IN,
    "admin:password_change_done": LOGGED_IN,
}
# Who gets in is told so: no such link, no worker, no member named.
EXPECTED = {
    "links:read": 404,
    "hooks:call": 404,
    "worker_health": 503,
    "segments:remove_member": 404,
}
RAW_VALUES = {"object_id": "1", "id": "1", "app_label": "cdp", "content_type_id": "1"}
POWERFUL_TABLES = (
    "cdp_user",
    "auth_group",
    "django_q_success",
    "django_q_failure",
    "django_q_ormq",
)

ALL = addresses()
OURS = [address for address in ALL if not address.name.startswith("admin:")]
RAW = [address for address in ALL if address.name.startswith("admin:") and address.name[6:]]
by_name = pytest.mark.parametrize("name", sorted({**ACCESS, **OPEN_DOORS}))
BY_NAME = {address.name: address for address in ALL}


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker) -> Iterator[dict[str, User]]:
    """Somebody of every kind, for all tests of this module together; gone afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        roles = {who: who if who in EVERYBODY else None for who in LOGGED_IN}
        yield {who: make_user(role) for who, role in roles.items()}
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sessions(people: dict[str, User]) -> dict[str, str]:
    """The sessions in which they are logged in."""
    return {who: client_of(user).cookies["sessionid"].value for who, user in people.items()}


def ask(method: str, path: str, session: str | None, *, as_script: bool = False) -> HttpResponse:
    client = Client(raise_request_exception=False)
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    headers = {"X-Requested-With": "regulars"} if as_script else {}
    return client.generic(method, path, headers=headers)


def is_refused(answer: HttpResponse) -> bool:
    """Sent to the log-in, or told that the role does not include it."""
    is_sent_away = answer.status_code == 302 and answer["Location"].startswith(
        f"{reverse('admin:login')}?next="
    )
    return is_sent_away or answer.status_code in (401, 403)


def answer(
    method: str,
    name: str,
    who: str,
    people: dict[str, User],
    sessions: dict[str, str],
    *,
    as_script: bool = False,
) -> HttpResponse:
    """What somebody gets; whatever it changes is undone."""
    with transaction.atomic():
        arguments = arguments_for(BY_NAME[name], people.get(who, people["Admin"]))
        path = reverse(name, kwargs=arguments)
        got = ask(method, path, sessions.get(who), as_script=as_script)
        if got.streaming:
            got.getvalue()  # reads and closes the file
        transaction.set_rollback(True)
    return got


def test_every_address_has_an_entry_and_every_entry_an_address() -> None:
    named = {address.name for address in OURS if not address.name.endswith(":")}
    assert named == set(ACCESS)


def test_no_two_pages_share_a_name_and_no_page_lacks_one() -> None:
    pages = defaultdict(set)
    for address in OURS:
        pages[address.name].add(address.pattern.callback)
    assert not [name for name, views in pages.items() if len(views) > 1]
    views_with_a_name = {view for name, views in pages.items() if name[-1] != ":" for view in views}
    assert {address.pattern.callback for address in OURS} == views_with_a_name


def test_entries_name_those_who_get_in() -> None:
    assert not {who for allowed in ACCESS.values() for who in allowed} - set(WHO)


@by_name
def test_who_gets_in(name: str, people: dict[str, User], sessions: dict[str, str]) -> None:
    for who in {**ACCESS, **OPEN_DOORS}[name]:
        got = answer("GET", name, who, people, sessions)
        if got.status_code == 405:
            got = answer("POST", name, who, people, sessions)
        assert not is_refused(got), f"{who} is refused"
        if name in EXPECTED:
            assert got.status_code == EXPECTED[name]
        else:
            assert got.status_code < 500, who
            assert got.status_code not in (404, 405), who


@by_name
def test_who_is_kept_out(name: str, people: dict[str, User], sessions: dict[str, str]) -> None:
    for who in set(WHO) - set({**ACCESS, **OPEN_DOORS}[name]):
        for method in ("GET", "POST"):
            got = answer(method, name, who, people, sessions, as_script=who != "stranger")
            assert is_refused(got) or got.status_code == 405, f"{who} gets in by {method}"


def test_raw_tables_are_closed_to_all_but_administrators(
    people: dict[str, User], sessions: dict[str, str]
) -> None:
    """Marketers stand for all below them: each role may do what the one below may."""
    got_in = []
    for address in RAW:
        if address.name in OPEN_DOORS:
            continue
        path = reverse(address.name, kwargs={key: RAW_VALUES[key] for key in address.parameters})
        tries = [("GET", None), ("GET", "Marketer"), ("POST", "Marketer")]
        got_in += [
            f"{who} {method} {path}"
            for method, who in tries
            if not is_refused(ask(method, path, sessions.get(who or ""), as_script=True))
        ]
    assert not got_in


def test_what_is_no_table_is_closed_like_one(sessions: dict[str, str]) -> None:
    assert ask("GET", "/admin/nowhere/", sessions["Marketer"]).status_code == 403
    assert ask("GET", "/admin/nowhere/", sessions["Admin"]).status_code == 404


@pytest.mark.parametrize("table", POWERFUL_TABLES)
def test_tables_that_give_power_are_closed_to_administrators(
    table: str, sessions: dict[str, str]
) -> None:
    assert ask("GET", reverse(f"admin:{table}_changelist"), sessions["Admin"]).status_code == 403


def test_the_secrets_of_authenticators_have_no_page() -> None:
    names = {address.name for address in RAW}
    assert not [name for name in names if "otp_" in name or "axes_" in name]


def test_a_refused_page_says_so_in_the_shell(sessions: dict[str, str]) -> None:
    answer = ask("GET", reverse("users:list"), sessions["Analyst"])
    assert "Your role does not include this page" in answer.content.decode()
