"""Users for tests, of each role and of none, and browsers in which they have logged in."""

from __future__ import annotations

import itertools

from django.contrib.auth.models import Group
from django.test import Client

from cdp.models import User
from cdp.roles import ROLES, store_roles

_numbers = itertools.count(1)


def make_user(role: str | None, username: str = "", **values: object) -> User:
    """A user who may log in: of a role, "superuser", or of no role at all (None)."""
    username = username or f"{(role or 'newcomer').lower()}{next(_numbers)}"
    values.setdefault("is_staff", True)
    values.setdefault("is_superuser", role == "superuser")
    user = User.objects.create_user(username, **values)
    if role in ROLES:
        if not Group.objects.filter(name=role).exists():  # emptied by a transactional test
            store_roles()
        user.groups.add(Group.objects.get(name=role))
    else:
        assert role in (None, "superuser"), f"There is no role {role}."
    return user


def client_of(who: str | User | None) -> Client:
    """A browser in which a user, or somebody of a role (see make_user), has logged in."""
    client = Client()
    client.force_login(who if isinstance(who, User) else make_user(who))
    return client
