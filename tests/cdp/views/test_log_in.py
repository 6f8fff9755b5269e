"""The way in: what a stranger can find out, how often somebody may try, and what a code guards."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from cdp import lockouts, second_factor
from cdp.jobs.tick import tidy
from cdp.models import User
from tests.conftest import NOW
from tests.people import client_of, make_user

PASSWORD = "four random words here"
LOG_IN = "/admin/login/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(db: None) -> User:
    return make_user("Marketer", "anna", password=PASSWORD)


def try_in(client: Client, password: str, name: str = "anna", **headers: str) -> HttpResponse:
    return client.post(
        f"{LOG_IN}?next=/customers/",
        {"username": name, "password": password, "next": "/customers/"},
        **headers,
    )


def is_in(client: Client) -> bool:
    return client.get(reverse("account:profile")).status_code == 200


def code_of(user: User) -> str:
    totp = TOTP(TOTPDevice.objects.get(user=user).bin_key)
    totp.time = time.time()
    return f"{totp.token():06d}"


def ask_for_code(user: User, clock: time_machine.Coordinates) -> list[str]:
    second_factor.begin(user)
    assert second_factor.confirm(user, code_of(user))
    clock.shift(timedelta(seconds=60))
    return second_factor.renew_recovery_codes(user)


def test_the_right_password_leads_to_the_page_that_was_wanted(anna: User, client: Client) -> None:
    assert try_in(client, PASSWORD)["Location"] == "/customers/"
    assert is_in(client)


def test_nobody_is_led_to_another_site(anna: User, client: Client) -> None:
    form = {"username": "anna", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(LOG_IN, form)["Location"] == reverse("home")


def test_who_is_in_already_is_not_asked_again(anna: User) -> None:
    assert client_of(anna).get(LOG_IN)["Location"] == reverse("home")


@pytest.mark.parametrize("case", ["no such user", "wrong", "deactivated", "not for this site"])
def test_whatever_was_wrong_the_answer_is_the_same(case: str, anna: User, client: Client) -> None:
    if case == "deactivated":
        User.objects.update(is_active=False)
    if case == "not for this site":
        User.objects.update(is_staff=False)
    name = "nobody" if case == "no such user" else "anna"
    password = "wrong" if case == "wrong" else PASSWORD
    answer = try_in(client, password, name)
    assert answer.status_code == 200
    assert "do not belong together" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_five_failures_lock_for_a_quarter_of_an_hour(
    name: str, anna: User, client: Client, clock: time_machine.Coordinates
) -> None:
    for _number in range(settings.AXES_FAILURE_LIMIT - 1):
        assert try_in(client, "wrong", name).status_code == 200
    locked = try_in(client, "wrong", name)
    clock.shift(timedelta(minutes=5))
    refused = try_in(client, PASSWORD, name)
    for answer, minutes in ((locked, 15), (refused, 10)):
        assert answer.status_code == 429
        assert f"Try again in {minutes} minutes." in answer.content.decode()
        assert answer["Retry-After"] == str(minutes * 60)
        assert name not in answer.content.decode()
    assert not is_in(client)
    # The refused try has not prolonged the lock.
    clock.shift(timedelta(minutes=10, seconds=1))
    assert try_in(client, PASSWORD).status_code == 302


def test_a_lock_holds_for_one_name_at_one_address(anna: User, client: Client) -> None:
    make_user("Analyst", "bert", password=PASSWORD)
    for _number in range(5):
        try_in(client, "wrong")
    assert try_in(Client(), PASSWORD).status_code == 429
    assert try_in(Client(), PASSWORD, "bert").status_code == 302
    assert try_in(Client(), PASSWORD, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_a_header_of_the_visitor_does_not_help(anna: User) -> None:
    for number in range(5):
        try_in(Client(), "wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert try_in(Client(), PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.99").status_code == 429


def test_success_forgets_the_failures(anna: User) -> None:
    for _round in range(3):
        for _number in range(4):
            try_in(Client(), "wrong")
        assert try_in(Client(), PASSWORD).status_code == 302


def test_an_administrator_can_see_and_end_a_lock(anna: User, client: Client) -> None:
    for _number in range(5):
        try_in(client, "wrong")
    assert lockouts.locked_names(["anna", "bert"], now=timezone.now()) == {"anna"}
    assert lockouts.unlock("anna")
    assert try_in(client, PASSWORD).status_code == 302


def test_tries_are_kept_without_passwords_and_not_for_long(
    anna: User, client: Client, clock: time_machine.Coordinates
) -> None:
    try_in(client, "my-secret-word")
    attempt = AccessAttempt.objects.get()
    assert "my-secret-word" not in f"{attempt.post_data} {attempt.get_data}"
    tidy(now=timezone.now())
    assert AccessAttempt.objects.exists()
    clock.shift(timedelta(minutes=16))
    tidy(now=timezone.now())
    assert not AccessAttempt.objects.exists()


def test_a_password_alone_does_not_let_in_where_a_code_is_asked(
    anna: User, client: Client, clock: time_machine.Coordinates
) -> None:
    ask_for_code(anna, clock)
    assert try_in(client, PASSWORD)["Location"] == reverse("account:code")
    assert not is_in(client)
    assert client.get("/admin/")["Location"].startswith(LOG_IN)
    wrong = client.post(reverse("account:code"), {"code": "abcdef"})
    assert "This code is wrong" in wrong.content.decode()
    assert not is_in(client)
    assert (
        client.post(reverse("account:code"), {"code": code_of(anna)})["Location"] == "/customers/"
    )
    assert is_in(client)


def test_a_recovery_code_does_too(
    anna: User, client: Client, clock: time_machine.Coordinates
) -> None:
    code = ask_for_code(anna, clock)[0]
    try_in(client, PASSWORD)
    client.post(reverse("account:code"), {"code": code})
    assert is_in(client)


def test_a_session_that_never_gave_a_code_ends_when_one_is_asked(
    anna: User, clock: time_machine.Coordinates
) -> None:
    client = client_of(anna)
    assert is_in(client)
    ask_for_code(anna, clock)
    assert not is_in(client)
    part = client.get(reverse("home"), headers={"X-Requested-With": "regulars"})
    assert part.status_code == 401


@pytest.mark.parametrize("case", ["late", "password changed", "deactivated", "never began"])
def test_half_way_in_does_not_last(
    case: str, anna: User, client: Client, clock: time_machine.Coordinates
) -> None:
    ask_for_code(anna, clock)
    if case != "never began":
        try_in(client, PASSWORD)
    if case == "late":
        clock.shift(timedelta(minutes=6))
    if case == "password changed":
        anna.set_password("another long password")
        anna.save()
    if case == "deactivated":
        User.objects.update(is_active=False)
    answer = client.post(reverse("account:code"), {"code": code_of(anna)}, follow=True)
    assert "begin again" in answer.content.decode()
    assert not is_in(client)


def test_a_stranger_needs_no_code(rf) -> None:
    assert second_factor.is_let_in(AnonymousUser())


def test_logging_out_says_so_and_lets_nobody_back_in(anna: User) -> None:
    client = client_of(anna)
    assert client.get("/admin/logout/").status_code == 405
    answer = client.post("/admin/logout/", follow=True)
    assert "You have logged out." in answer.content.decode()
    assert not is_in(client)


def test_the_log_in_page_speaks_the_chosen_language(client: Client, db: None) -> None:
    assert '<html lang="en">' in client.get(LOG_IN).content.decode()
    answer = client.post("/i18n/setlang/", {"language": "de", "next": LOG_IN}, follow=True)
    assert '<html lang="de">' in answer.content.decode()


def test_the_log_in_page_runs_no_code_of_the_shell(client: Client, db: None) -> None:
    answer = client.get(LOG_IN)
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "alpine" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
