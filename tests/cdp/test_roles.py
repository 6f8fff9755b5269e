"""The groups that a new installation gets are the roles of the source."""

from __future__ import annotations

import importlib

from django.contrib.auth.models import Group

from cdp.roles import ADMIN, ANALYST, MARKETER, ROLES, store_roles

HIDDEN_FROM_ANALYSTS = {"cdp.view_contact_data", "cdp.export_customers", "cdp.add_importrun"}


def stored() -> dict[str, set[str]]:
    return {
        group.name: {
            f"{permission.content_type.app_label}.{permission.codename}"
            for permission in group.permissions.select_related("content_type")
        }
        for group in Group.objects.filter(name__in=ROLES)
    }


def test_the_migrations_make_the_groups_that_the_source_names(db: None) -> None:
    assert stored() == {role: set(names) for role, names in ROLES.items()}


def test_storing_the_roles_again_repairs_them_and_leaves_other_groups(db: None) -> None:
    Group.objects.get(name=ANALYST).permissions.clear()
    Group.objects.get(name=ADMIN).delete()
    own = Group.objects.create(name="Own")
    store_roles()
    assert stored() == {role: set(names) for role, names in ROLES.items()}
    assert own.permissions.count() == 0


def test_each_role_may_do_what_the_one_below_may() -> None:
    assert set(ROLES[ANALYST]) < set(ROLES[MARKETER]) < set(ROLES[ADMIN])
    assert not HIDDEN_FROM_ANALYSTS & set(ROLES[ANALYST])


def test_the_migration_of_the_groups_can_be_undone() -> None:
    migration = importlib.import_module("cdp.migrations.0004_roles").Migration
    assert all(operation.reversible for operation in migration.operations)
