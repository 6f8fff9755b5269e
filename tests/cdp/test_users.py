"""Who may do what to whom among users, and that the audit log keeps it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from cdp import users
from cdp.models import AuditAction, AuditEntry, Job, SavedView, User
from cdp.users import UserRefused
from tests.conftest import NOW
from tests.people import make_user

DEEDS: list[Callable[..., object]] = [
    users.deactivate,
    users.reactivate,
    users.make_password_link,
    users.remove_second_factor,
    users.unlock,
    users.delete,
]
by_deed = pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)


@pytest.fixture
def admin(db: None) -> User:
    return make_user("Admin", "admin", password="x")


def role(user: User) -> str:
    return users.role_of(User.objects.get(pk=user.pk))


def audit() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(action=AuditAction.USER_CHANGED).order_by("pk")
    return list(entries.values_list("actor", "subject", "details"))


def test_an_invited_user_has_a_role_but_no_password(admin: User) -> None:
    anna = users.invite(User(username="anna"), "Analyst", by=admin, now=NOW)
    assert (anna.is_staff, anna.is_superuser, anna.has_usable_password()) == (True, False, False)
    assert role(anna) == "Analyst"
    assert audit() == [("admin", f"user {anna.pk}", "anna: invited as Analyst")]


def test_changing_a_role_leaves_groups_that_are_none(admin: User) -> None:
    anna = make_user("Analyst", "anna")
    anna.groups.add(Group.objects.create(name="Own"))
    users.change_role(anna, "Marketer", by=admin, now=NOW)
    assert role(anna) == "Marketer"
    assert set(anna.groups.values_list("name", flat=True)) == {"Own", "Marketer"}
    assert audit()[0][2] == "anna: role Analyst -> Marketer"


@by_deed
def test_nobody_does_it_to_themselves(deed: Callable[..., object], admin: User) -> None:
    make_user("Admin", "other", password="x")
    with pytest.raises(UserRefused, match="to yourself"):
        deed(admin, by=admin, now=NOW)
    with pytest.raises(UserRefused, match="to yourself"):
        users.change_role(admin, "Analyst", by=admin, now=NOW)
    assert not audit()


@by_deed
def test_an_admin_does_nothing_to_a_superuser(deed: Callable[..., object], admin: User) -> None:
    root = make_user("superuser", "root", password="x")
    with pytest.raises(UserRefused, match="is a superuser"):
        deed(root, by=admin, now=NOW)
    with pytest.raises(UserRefused, match="is a superuser"):
        users.change_role(root, "Analyst", by=admin, now=NOW)
    root.refresh_from_db()
    assert root.is_active
    assert not audit()


@pytest.mark.parametrize(
    "deed",
    [users.deactivate, lambda user, **who: users.change_role(user, "Marketer", **who)],
    ids=["deactivate", "demote"],
)
def test_the_last_administrator_stays(deed: Callable[..., object], admin: User) -> None:
    other = make_user("Admin", "other", password="x")
    deed(other, by=admin, now=NOW)
    # As if the two had pressed the button at the same moment.
    with pytest.raises(UserRefused, match="last administrator"):
        deed(admin, by=other, now=NOW)
    admin.refresh_from_db()
    assert admin.is_active
    assert role(admin) == "Admin"


def test_an_admin_without_password_is_no_administrator_yet(admin: User) -> None:
    users.invite(User(username="new"), "Admin", by=admin, now=NOW)
    with pytest.raises(UserRefused, match="last administrator"):
        users.deactivate(admin, by=make_user("Marketer"), now=NOW)


def test_a_deactivated_user_comes_back(admin: User) -> None:
    anna = make_user("Marketer", "anna")
    users.deactivate(anna, by=admin, now=NOW)
    assert not User.objects.get(username="anna").is_active
    users.reactivate(anna, by=admin, now=NOW)
    assert User.objects.get(username="anna").is_active
    assert [entry[2] for entry in audit()] == ["anna: deactivated", "anna: reactivated"]


def test_an_active_user_is_not_deleted(admin: User) -> None:
    anna = make_user("Marketer", "anna")
    with pytest.raises(UserRefused, match="still active"):
        users.delete(anna, by=admin, now=NOW)
    assert User.objects.filter(username="anna").exists()


def test_deleting_keeps_what_was_made_and_the_name_in_the_audit_log(admin: User) -> None:
    anna = make_user("Admin", "anna")
    AuditEntry.objects.record(AuditAction.SETTINGS_CHANGED, now=NOW, user=anna, subject="shop")
    job = Job.objects.create(kind="refresh", user=anna, created_at=NOW)
    SavedView.objects.create(user=anna, page="customers", name="mine", created_at=NOW)
    users.deactivate(anna, by=admin, now=NOW)
    users.delete(anna, by=admin, now=NOW)
    entry = AuditEntry.objects.get(action=AuditAction.SETTINGS_CHANGED)
    assert (entry.actor, entry.user) == ("anna", None)
    job.refresh_from_db()
    assert job.user is None
    assert not SavedView.objects.exists()
    assert audit()[-1][2] == "anna: deleted"


def test_a_new_link_ends_the_earlier_one_of_somebody_without_password(admin: User) -> None:
    anna = users.invite(User(username="anna"), "Analyst", by=admin, now=NOW)
    _uid, old = users.link_parts(anna)
    _uid, new = users.make_password_link(anna, by=admin, now=NOW)
    anna.refresh_from_db()
    assert not users.password_links.check_token(anna, old)
    assert users.password_links.check_token(anna, new)


def test_a_deactivated_user_gets_no_link_and_an_old_one_sleeps(admin: User) -> None:
    anna = make_user("Analyst", "anna", password="x")
    _uid, token = users.make_password_link(anna, by=admin, now=NOW)
    users.deactivate(anna, by=admin, now=NOW)
    assert not users.password_links.check_token(anna, token)
    with pytest.raises(UserRefused, match="Reactivate the user first"):
        users.make_password_link(anna, by=admin, now=NOW)
