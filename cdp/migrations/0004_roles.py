"""Create the groups of the three roles with their permissions."""

from __future__ import annotations

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ANALYST = (
    "cdp.view_customer",
    "cdp.view_order",
    "cdp.view_product",
    "cdp.view_job",
    "segments.view_segment",
)
MARKETER = (
    *ANALYST,
    "cdp.view_contact_data",
    "cdp.export_customers",
    "cdp.tag_customers",
    "cdp.add_importrun",
    "cdp.view_importrun",
    "segments.add_segment",
    "segments.change_segment",
    "segments.delete_segment",
)
ADMIN = (
    *MARKETER,
    "cdp.view_every_job",
    "cdp.view_raw_tables",
    "cdp.change_shop",
    "cdp.view_shop",
    "cdp.view_auditentry",
    "cdp.add_user",
    "cdp.change_user",
    "cdp.delete_user",
    "cdp.view_user",
    "cdp.add_exchangerate",
    "cdp.change_exchangerate",
    "cdp.delete_exchangerate",
    "cdp.view_exchangerate",
    "cdp.add_customerfield",
    "cdp.change_customerfield",
    "cdp.view_customerfield",
    "analytics.change_classificationrules",
    "analytics.view_classificationrules",
)


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the permissions, which otherwise come after all migrations, then the groups."""
    for app in ("cdp", "analytics", "segments"):
        config = apps.get_app_config(app)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    permissions = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in apps.get_model("auth", "Permission").objects.select_related("content_type")
    }
    for name, names in (("Analyst", ANALYST), ("Marketer", MARKETER), ("Admin", ADMIN)):
        group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.set([permissions[one] for one in names])


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Remove the groups."""
    apps.get_model("auth", "Group").objects.filter(name__in=("Analyst", "Marketer", "Admin")).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0004_exact_price_norms"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("cdp", "0003_desk_audit_uploads"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("segments", "0002_handouts"),
    ]

    operations = [migrations.RunPython(create, remove)]
