"""What users change about themselves, and what a stolen session cannot."""

from __future__ import annotations

import re
import time

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from cdp import second_factor
from cdp.models import AuditEntry, User
from tests.conftest import NOW
from tests.people import client_of, make_user

PASSWORD = "four random words here"
NEW = "quite another sentence"
PROFILE = "/account/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(db: None) -> User:
    return make_user("Marketer", "anna", password=PASSWORD)


def is_in(client: Client) -> bool:
    return client.get(PROFILE).status_code == 200


def said(answer) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def code_of(user: User) -> str:
    totp = TOTP(TOTPDevice.objects.get(user=user).bin_key)
    totp.time = time.time()
    return f"{totp.token():06d}"


def set_up(client: Client, user: User):
    client.get(reverse("account:two_step"))
    return client.post(reverse("account:two_step"), {"code": code_of(user)})


def test_name_e_mail_and_language_are_saved_and_the_language_counts_at_once(anna: User) -> None:
    client = client_of(anna)
    form = {"first_name": "Ännä", "last_name": "<b>O'X</b>", "email": "a@x.example"}
    answer = client.post(PROFILE, {**form, "language": "de"}, follow=True)
    text = answer.content.decode()
    assert '<html lang="de"' in text
    assert "&lt;b&gt;O&#x27;X&lt;/b&gt;" in text
    anna.refresh_from_db()
    assert (anna.first_name, anna.email, anna.language) == ("Ännä", "a@x.example", "de")


def test_nobody_makes_themselves_more_than_they_are(anna: User) -> None:
    form = {"username": "root", "is_superuser": "on", "role": "Admin", "language": "en"}
    client_of(anna).post(PROFILE, form)
    anna.refresh_from_db()
    assert (anna.username, anna.is_superuser) == ("anna", False)
    assert [group.name for group in anna.groups.all()] == ["Marketer"]


def test_a_language_that_is_not_there_is_refused(anna: User) -> None:
    answer = client_of(anna).post(PROFILE, {"language": "xx"})
    assert answer.status_code == 200
    assert "cdp-error" in answer.content.decode()


def test_a_new_password_logs_out_everywhere_else(anna: User) -> None:
    here, elsewhere = client_of(anna), client_of(anna)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post(reverse("account:password"), form)["Location"] == PROFILE
    assert is_in(here)
    assert not is_in(elsewhere)
    anna.refresh_from_db()
    assert anna.check_password(NEW)
    assert AuditEntry.objects.get().details == "anna: password changed"


@pytest.mark.parametrize(
    ("new", "complaint"),
    [
        ("elevenchars", "too short"),
        ("password1234", "too common"),
        ("anna.lastname", "too similar"),
    ],
)
def test_a_weak_password_is_refused(new: str, complaint: str, anna: User) -> None:
    User.objects.update(last_name="anna.lastname")
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    text = client_of(anna).post(reverse("account:password"), form).content.decode()
    assert complaint in text
    assert text.index(complaint) < text.index("New password again"), "said beside the rules"
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_guessing_the_password_from_inside_locks_too(anna: User) -> None:
    client = client_of(anna)
    form = {"old_password": "guess", "new_password1": NEW, "new_password2": NEW}
    answers = [client.post(reverse("account:password"), form) for _number in range(5)]
    assert "This is not your password" in answers[0].content.decode()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    form["old_password"] = PASSWORD
    assert client.post(reverse("account:password"), form).status_code == 429


def test_logging_out_elsewhere_spares_this_session_and_other_users(anna: User) -> None:
    here, elsewhere = client_of(anna), client_of(anna)
    other = client_of("Marketer")
    assert "everywhere else" in said(here.post(reverse("account:end_sessions")))
    assert (is_in(here), is_in(elsewhere), is_in(other)) == (True, False, True)
    assert "not logged in anywhere else" in said(here.post(reverse("account:end_sessions")))


def test_setting_up_a_code_shows_the_recovery_codes_once(anna: User) -> None:
    client, elsewhere = client_of(anna), client_of(anna)
    page = client.get(reverse("account:two_step"))
    assert "data:image/svg+xml" in page.content.decode()
    codes = re.findall(r">([a-z2-9]{5}-[a-z2-9]{5})<", set_up(client, anna).content.decode())
    assert len(set(codes)) == 10
    assert is_in(client), "the code just given counts"
    assert not is_in(elsewhere), "a session without a code has ended"
    assert codes[0] not in client.get(PROFILE).content.decode()
    assert client.get(reverse("account:two_step"))["Location"] == PROFILE
    assert AuditEntry.objects.get().details == "anna: two-step log-in set up"


def test_a_wrong_first_code_changes_nothing(anna: User) -> None:
    client = client_of(anna)
    client.get(reverse("account:two_step"))
    answer = client.post(reverse("account:two_step"), {"code": "abc"})
    assert "This code is wrong" in answer.content.decode()
    assert not second_factor.needs_code(anna)


@pytest.mark.parametrize("name", ["account:recovery_codes", "account:remove_two_step"])
def test_without_the_password_codes_stay_as_they_are(name: str, anna: User) -> None:
    client = client_of(anna)
    set_up(client, anna)
    answer = client.post(reverse(name), {"password": "guess"})
    assert "This is not your password" in answer.content.decode()
    assert AccessAttempt.objects.get().failures_since_start == 1
    assert second_factor.needs_code(anna)


def test_new_recovery_codes_and_an_end_of_codes_cost_the_password(anna: User) -> None:
    client = client_of(anna)
    first = set_up(client, anna).content.decode()
    renewed = client.post(reverse("account:recovery_codes"), {"password": PASSWORD})
    assert "they are not shown again" in renewed.content.decode()
    codes = re.findall(r">([a-z2-9]{5}-[a-z2-9]{5})<", first)
    assert second_factor.verify(anna, codes[0]) is None
    client.post(reverse("account:remove_two_step"), {"password": PASSWORD})
    assert not second_factor.needs_code(anna)
    assert is_in(client)


@pytest.mark.parametrize("name", ["account:recovery_codes", "account:remove_two_step"])
def test_without_two_step_log_in_there_is_nothing_to_renew_or_remove(name: str, anna: User) -> None:
    assert client_of(anna).get(reverse(name))["Location"] == PROFILE
