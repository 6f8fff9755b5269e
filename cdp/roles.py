"""The three roles of users and what each may do."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

ANALYST, MARKETER, ADMIN = "Analyst", "Marketer", "Admin"

# Analysts see what customers do, never who they are, and hand nothing out.
_ANALYST = (
    "cdp.view_customer",
    "cdp.view_order",
    "cdp.view_product",
    "cdp.view_job",
    "segments.view_segment",
    "integrations.view_connection",
    "integrations.view_audience",
)
_MARKETER = (
    *_ANALYST,
    "cdp.view_contact_data",
    "cdp.export_customers",
    "cdp.tag_customers",
    "cdp.add_importrun",
    "cdp.view_importrun",
    "segments.add_segment",
    "segments.change_segment",
    "segments.delete_segment",
    "integrations.add_connection",
    "integrations.change_connection",
    "integrations.delete_connection",
    "integrations.add_audience",
    "integrations.change_audience",
)
_ADMIN = (
    *_MARKETER,
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
ROLES: dict[str, tuple[str, ...]] = {ANALYST: _ANALYST, MARKETER: _MARKETER, ADMIN: _ADMIN}


def store_roles() -> None:
    """Give each role's group exactly the permissions named here; other groups are left alone."""
    by_name = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, names in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set([by_name[name] for name in names])
