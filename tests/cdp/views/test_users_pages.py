"""Administrators invite, promote, keep out and let back in, on the users pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cdp import second_factor
from cdp.models import AuditEntry, User
from cdp.users import role_of
from tests.people import client_of, make_user

PASSWORD = "four random words here"
FORM = {"username": "anna", "role": "Analyst", "email": "", "language": "it"}
LINK = re.compile(r'value="http://testserver(/account/link/[^"]+)"')


@pytest.fixture
def boss(db: None) -> User:
    return make_user("Admin", "boss", password=PASSWORD)


@pytest.fixture
def admin(boss: User) -> Client:
    return client_of(boss)


def said(answer) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def act(client: Client, user: User, deed: str) -> str:
    return said(client.post(reverse("users:act", args=(user.pk, deed))))


def choose(client: Client, link: str, password: str):
    """Follow the link as its receiver does, and choose a password."""
    page = client.get(link, follow=True)
    address = page.redirect_chain[-1][0] if page.redirect_chain else link
    form = {"new_password1": password, "new_password2": password}
    return client.post(address, form)


def test_an_invited_user_chooses_a_password_by_a_link_shown_once(admin: Client) -> None:
    shown = admin.post(reverse("users:invite"), FORM, follow=True).content.decode()
    link = LINK.search(shown)
    assert link
    anna = User.objects.get(username="anna")
    assert (role_of(anna), anna.language, anna.is_staff) == ("Analyst", "it", True)
    assert not LINK.search(admin.get(reverse("users:detail", args=(anna.pk,))).content.decode())
    assert choose(Client(), link[1], PASSWORD)["Location"] == "/admin/login/"
    entered = Client().post("/admin/login/", {"username": "anna", "password": PASSWORD})
    assert entered["Location"] == "/"
    used = Client().get(link[1], follow=True).content.decode()
    assert "This link has been used" in used


def test_a_link_expires_and_no_rule_is_left_out_for_it(admin: Client) -> None:
    shown = admin.post(reverse("users:invite"), FORM, follow=True).content.decode()
    link = LINK.search(shown)[1]
    assert "too short" in choose(Client(), link, "short").content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert "has expired" in Client().get(link, follow=True).content.decode()
    assert not User.objects.get(username="anna").has_usable_password()


def test_the_secret_of_a_link_is_gone_from_the_address_before_the_page_shows(
    admin: Client,
) -> None:
    shown = admin.post(reverse("users:invite"), FORM, follow=True).content.decode()
    link = LINK.search(shown)[1]
    page = Client().get(link, follow=True)
    assert page.redirect_chain[-1][0].endswith("/choose/")
    assert link not in page.content.decode()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"username": "BOSS"}, "There is a user BOSS already"),
        ({"username": "a b"}, "Enter a valid username"),
        ({"username": ""}, "required"),
        ({"role": "Superuser"}, "not one of the available choices"),
        ({"email": "nonsense"}, "valid email"),
        ({"username": "x" * 151}, "at most 150"),
    ],
)
def test_a_wrong_invitation_is_explained(
    change: dict[str, str], complaint: str, admin: Client
) -> None:
    answer = admin.post(reverse("users:invite"), {**FORM, **change})
    assert complaint in answer.content.decode()
    assert User.objects.count() == 1


def test_the_list_shows_who_may_log_in_and_how(admin: Client) -> None:
    make_user("Marketer", "anna", email="a@x.example", first_name="<script>alert(1)</script>")
    device = second_factor.begin(make_user("Analyst", "bert"))
    type(device).objects.update(confirmed=True)
    make_user("superuser", "root", is_active=False)
    text = admin.get(reverse("users:list")).content.decode()
    for word in ("anna", "a@x.example", "Marketer", "bert", "Analyst", "Superuser", "deactivated"):
        assert word in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text


def test_the_list_costs_the_same_for_20_users_as_for_2(admin: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(reverse("users:list")).status_code == 200
        return len(captured)

    make_user("Marketer")
    queries()  # the first makes the shop
    few = queries()
    for _number in range(18):
        make_user("Analyst")
    assert queries() == few


def test_a_role_is_changed_and_the_audit_log_knows(admin: Client) -> None:
    anna = make_user("Analyst", "anna")
    answer = admin.post(reverse("users:change_role", args=(anna.pk,)), {"role": "Marketer"})
    assert said(answer) == "anna now has the role Marketer."
    assert role_of(User.objects.get(pk=anna.pk)) == "Marketer"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.details) == ("boss", "anna: role Analyst -> Marketer")
    answer = admin.post(reverse("users:change_role", args=(anna.pk,)), {"role": "Superuser"})
    assert "Choose one of the roles" in said(answer)


def test_a_deactivated_user_is_out_at_the_next_click_and_can_come_back(admin: Client) -> None:
    anna = make_user("Marketer", "anna")
    theirs = client_of(anna)
    assert "deactivated" in act(admin, anna, "deactivate")
    assert theirs.get("/").status_code == 302
    assert "can log in again" in act(admin, anna, "reactivate")
    assert "was deleted" not in act(admin, anna, "delete")
    act(admin, anna, "deactivate")
    assert "was deleted" in act(admin, anna, "delete")
    assert not User.objects.filter(username="anna").exists()
    assert admin.post(reverse("users:act", args=(anna.pk, "delete"))).status_code == 404


def test_somebody_who_lost_the_phone_is_let_in(admin: Client) -> None:
    anna = make_user("Marketer", "anna")
    device = second_factor.begin(anna)
    type(device).objects.update(confirmed=True)
    assert "password alone" in act(admin, anna, "remove-two-step")
    assert not second_factor.needs_code(anna)
    assert AuditEntry.objects.get().details == "anna: two-step log-in removed"


def test_a_locked_user_is_unlocked(admin: Client) -> None:
    anna = make_user("Marketer", "anna", password=PASSWORD)
    for _number in range(5):
        Client().post("/admin/login/", {"username": "anna", "password": "wrong"})
    assert "locked for a while" in admin.get(reverse("users:list")).content.decode()
    assert "can try to log in again" in act(admin, anna, "unlock")
    entered = Client().post("/admin/login/", {"username": "anna", "password": PASSWORD})
    assert entered.status_code == 302


def test_nothing_can_be_done_to_oneself_or_a_superuser(admin: Client, boss: User) -> None:
    root = make_user("superuser", "root")
    for user, words in ((boss, "to yourself"), (root, "is a superuser")):
        for deed in ("deactivate", "delete", "remove-two-step", "reactivate"):
            assert words in act(admin, user, deed)
        answer = admin.post(reverse("users:change_role", args=(user.pk,)), {"role": "Analyst"})
        assert words in said(answer)
        answer = admin.post(reverse("users:make_link", args=(user.pk,)))
        assert words in said(answer)
        assert (
            "<form class"
            not in admin.get(reverse("users:detail", args=(user.pk,))).content.decode()
        )
    assert User.objects.filter(is_active=True).count() == 2


def test_an_unknown_deed_is_not_done(admin: Client) -> None:
    anna = make_user("Marketer", "anna")
    assert admin.post(reverse("users:act", args=(anna.pk, "promote"))).status_code == 404


def test_an_admin_cannot_become_a_superuser_through_the_raw_tables(
    admin: Client, boss: User
) -> None:
    assert admin.get("/admin/").status_code == 200
    address = reverse("admin:cdp_user_change", args=(boss.pk,))
    for path in (address, reverse("admin:cdp_user_changelist"), reverse("admin:cdp_user_add")):
        assert admin.get(path).status_code == 403
    assert admin.post(address, {"username": "boss", "is_superuser": "on"}).status_code == 403
    assert admin.get(reverse("admin:auth_group_changelist")).status_code == 403
    boss.refresh_from_db()
    assert not boss.is_superuser
