"""What may be done to the people who log in here, by whom; each deed is in the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import Group
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from cdp import lockouts, second_factor
from cdp.exceptions import RegularsError
from cdp.models import AuditAction, AuditEntry, User
from cdp.roles import ADMIN, ROLES


class UserRefused(RegularsError):
    """Something that must not be done to this user, or not by this one."""


class PasswordLinks(PasswordResetTokenGenerator):
    """Makes and checks the secret part of a link with which somebody chooses a password: good once,
    for as long as PASSWORD_RESET_TIMEOUT says, and not while the user is deactivated.
    """

    key_salt = "cdp.users.PasswordLinks"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


password_links = PasswordLinks()


def everybody() -> QuerySet[User]:
    """Return all users with their groups and whether a code is asked of them, by name."""
    has_code = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    return (
        User.objects.prefetch_related("groups")
        .annotate(has_code=Exists(has_code))
        .order_by("-is_active", "username")
    )


def role_of(user: User) -> str:
    """Return the user's role, "" for none; the highest one if there are several."""
    names = {group.name for group in user.groups.all()}
    return next((role for role in reversed(ROLES) if role in names), "")


def link_parts(user: User) -> tuple[str, str]:
    """Return the two parts of a link with which the user chooses a password."""
    return urlsafe_base64_encode(force_bytes(user.pk)), password_links.make_token(user)


def invite(user: User, role: str, *, by: User, now: datetime) -> User:
    """Store a new user, who gets in with a link and the password chosen there."""
    user.is_staff = True
    user.set_unusable_password()
    with transaction.atomic():
        user.save()
        user.groups.add(Group.objects.get(name=role))
        note(user, f"invited as {role}", by=by, now=now)
    return user


def change_role(user: User, role: str, *, by: User, now: datetime) -> None:
    """Give a user another role; groups that are no roles stay."""
    with _locked(user, by=by):
        old = role_of(user)
        user.groups.remove(*Group.objects.filter(name__in=ROLES))
        user.groups.add(Group.objects.get(name=role))
        if role != ADMIN:
            _require_admin(besides=user)
        note(user, f"role {old or 'none'} -> {role}", by=by, now=now)


def deactivate(user: User, *, by: User, now: datetime) -> None:
    """Keep a user out from the next click on; whatever they made stays."""
    with _locked(user, by=by):
        _require_admin(besides=user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        note(user, "deactivated", by=by, now=now)


def reactivate(user: User, *, by: User, now: datetime) -> None:
    """Let a deactivated user in again."""
    with _locked(user, by=by):
        user.is_active = True
        user.save(update_fields=["is_active"])
        note(user, "reactivated", by=by, now=now)


def make_password_link(user: User, *, by: User, now: datetime) -> tuple[str, str]:
    """Return the parts of a new link. For somebody without a password, earlier links end."""
    with _locked(user, by=by):
        if not user.is_active:
            raise UserRefused(
                _("%(name)s is deactivated.") % {"name": user.get_username()},
                hint=_("Reactivate the user first."),
            )
        if not user.has_usable_password():
            user.set_unusable_password()
            user.save(update_fields=["password"])
        note(user, "password link made", by=by, now=now)
        return link_parts(user)


def remove_second_factor(user: User, *, by: User, now: datetime) -> None:
    """Let a user who has lost the authenticator in with the password alone."""
    with _locked(user, by=by):
        if second_factor.remove(user):
            note(user, "two-step log-in removed", by=by, now=now)


def unlock(user: User, *, by: User, now: datetime) -> None:
    """Let a user who has failed too often try again at once."""
    with _locked(user, by=by):
        if lockouts.unlock(user.get_username()):
            note(user, "unlocked", by=by, now=now)


def delete(user: User, *, by: User, now: datetime) -> None:
    """Remove a deactivated user. What they made and did stays, the audit log with their name."""
    with _locked(user, by=by):
        if user.is_active:
            raise UserRefused(
                _("%(name)s is still active.") % {"name": user.get_username()},
                hint=_("Deactivate the user first."),
            )
        note(user, "deleted", by=by, now=now)
        lockouts.unlock(user.get_username())
        user.delete()


def note(user: User, what: str, *, by: User, now: datetime) -> None:
    """Write into the audit log what was done to a user."""
    AuditEntry.objects.record(
        AuditAction.USER_CHANGED,
        now=now,
        user=by,
        subject=f"user {user.pk}",
        details=f"{user.get_username()}: {what}",
    )


@contextmanager
def _locked(user: User, *, by: User) -> Iterator[None]:
    """Do one deed at a time, so that two admins cannot demote each other; refuse what nobody may.

    The user is read again: somebody else may have been faster.
    """
    with transaction.atomic():
        Group.objects.select_for_update().get(name=ADMIN)
        user.refresh_from_db()
        if user.pk == by.pk:
            raise UserRefused(
                _("You cannot do this to yourself."), hint=_("Ask another administrator.")
            )
        if user.is_superuser and not by.is_superuser:
            raise UserRefused(
                _("%(name)s is a superuser.") % {"name": user.get_username()},
                hint=_("Only another superuser can change superusers."),
            )
        yield


def _require_admin(*, besides: User) -> None:
    """Refuse to leave nobody who could let people in."""
    others = User.objects.filter(
        Q(is_superuser=True) | Q(groups__name=ADMIN), is_active=True, is_staff=True
    ).exclude(pk=besides.pk)
    if not any(user.has_usable_password() for user in others.distinct()):
        raise UserRefused(
            _("%(name)s is the last administrator.") % {"name": besides.get_username()},
            hint=_("Make somebody else an administrator first."),
        )
