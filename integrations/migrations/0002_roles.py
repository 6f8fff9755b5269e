"""Let the roles see and keep connections and audiences."""

from __future__ import annotations

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEE = ("view_connection", "view_audience")
KEEP = (
    *SEE,
    "add_connection",
    "change_connection",
    "delete_connection",
    "add_audience",
    "change_audience",
)
ROLES = {"Analyst": SEE, "Marketer": KEEP, "Admin": KEEP}


def give(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the permissions, which otherwise come after all migrations, then give them."""
    config = apps.get_app_config("integrations")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="integrations"
    )
    for name, codenames in ROLES.items():
        group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=codenames))


def take(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take them away again."""
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.remove(
            *group.permissions.filter(content_type__app_label="integrations")
        )


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("cdp", "0006_audit_of_connections"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("integrations", "0001_connections_and_audiences"),
    ]

    operations = [migrations.RunPython(give, take)]
