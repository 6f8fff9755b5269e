"""Settings are checked, stored, noted in the audit log and followed by a refresh."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from analytics.models import ClassificationRules
from cdp.models import AuditEntry, Job, Shop
from tests.conftest import NOW
from tests.factories import make_customer, make_order
from tests.people import client_of

pytestmark = pytest.mark.django_db

SHOP = {"name": "Tents & More", "currency": "dkk", "time_zone": "Europe/Copenhagen"}
RULES = {
    "vip_percent": "20",
    "frequent_percent": "40",
    "slip_floor_few_days": "30",
    "slip_floor_days": "14",
    "lost_floor_days": "90",
    "cheaper_percent": "15",
    "expensive_percent": "15",
}


@pytest.fixture
def admin() -> Client:
    return client_of("Admin")


def shop_page(admin: Client, **values: str) -> str:
    form = {**SHOP, "week_start": "7", **values}
    return admin.post(reverse("settings:shop"), form, follow=True).content.decode()


def rules_page(admin: Client, button: str, **values: str) -> str:
    form = {**RULES, button: "", **values}
    address = reverse("settings:classification")
    return admin.post(address, form, follow=True).content.decode()


def test_the_shop_is_stored_and_noted(admin: Client) -> None:
    assert "The settings were saved" in shop_page(admin)
    shop = Shop.objects.current()
    assert (shop.name, shop.currency, shop.time_zone, shop.week_start) == (
        "Tents & More",
        "DKK",
        "Europe/Copenhagen",
        7,
    )
    entry = AuditEntry.objects.get()
    assert entry.actor.startswith("admin")
    assert "UTC → Europe/Copenhagen" in entry.details
    assert Job.objects.filter(kind="refresh").count() == 1


def test_saving_twice_notes_once(admin: Client) -> None:
    shop_page(admin)
    assert "Nothing was changed" in shop_page(admin)
    assert AuditEntry.objects.count() == 1


def test_the_currency_is_fixed_once_there_are_orders(admin: Client) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    make_order(make_customer(), NOW)
    assert "can no longer be changed" in shop_page(admin)
    assert Shop.objects.current().currency == "EUR"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("currency", "euro", "at most 3 characters"),
        ("currency", "€€€", "three letters of a currency"),
        ("time_zone", "Mars/Olympus", "Select a valid choice"),
        ("name", "", "required"),
        ("week_start", "8", "Select a valid choice"),
    ],
)
def test_a_wrong_value_is_explained_at_its_field(
    admin: Client, field: str, value: str, words: str
) -> None:
    assert words in shop_page(admin, **{field: value})
    assert not AuditEntry.objects.exists()


def test_the_effect_is_shown_and_nothing_stored(admin: Client) -> None:
    page = rules_page(admin, "look")
    assert "There are no labels yet" in page
    assert ClassificationRules.objects.current().vip_share == 0.1
    assert not AuditEntry.objects.exists()


def test_the_thresholds_are_stored_and_noted(admin: Client) -> None:
    rules_page(admin, "save")
    assert ClassificationRules.objects.current().vip_share == 0.2
    assert AuditEntry.objects.get().details == "vip_share: 0.1 → 0.2"
    assert Job.objects.filter(kind="refresh").count() == 1


def test_the_form_shows_what_is_stored(admin: Client) -> None:
    rules_page(admin, "save")
    page = admin.get(reverse("settings:classification")).content.decode()
    assert 'name="vip_percent" value="20.0"' in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vip_percent": "0"}, "greater than or equal to 1"),
        ({"vip_percent": "ten"}, "Enter a number"),
        ({"frequent_percent": "20"}, "more than the share of the VIPs"),
        ({"lost_floor_days": "30"}, "this must be more days"),
    ],
)
def test_thresholds_that_contradict_are_refused(
    admin: Client, values: dict[str, str], words: str
) -> None:
    assert words in rules_page(admin, "save", **values)
    assert ClassificationRules.objects.current().vip_share == 0.1


@pytest.mark.parametrize("role", ["Analyst", "Marketer"])
def test_others_cannot_set_anything(role: str) -> None:
    client = client_of(role)
    for name in ("settings:shop", "settings:classification"):
        assert client.get(reverse(name)).status_code == 403
        assert client.post(reverse(name), RULES).status_code == 403
