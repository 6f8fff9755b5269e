"""Every page, light and dark, wide and narrow: no serious fault, no error, nothing from outside.

The shop is hostile: every text that comes from outside tries to run code or to break the layout.
"""

from __future__ import annotations

import pytest
from django.db.models import Model

from analytics.models import InterestTarget
from cdp.models import Category, Customer, CustomerField, Product, Shop, Tag, User
from integrations.models import Audience, AudienceMember, Connection, MemberState, SyncRun
from segments.models import Segment
from tests.browser.conftest import session_of
from tests.browser.gallery import GALLERY, best_customer
from tests.browser.outside import kept_outside

HOSTILE = (
    "<script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "<div x-data x-init='window.broken=1'>",
    "{{7*7}}{% now 'Y' %}${7*7}",
    "\u202eevil\u202c 😀👩‍👩‍👧‍👦 עברית",
    "W" * 300,
)
LOOKS = {"light": (1280, False), "dark": (1280, True), "phone": (390, False)}


def spoil(model: type[Model], field: str) -> None:
    """Put hostile texts into a column, cut to its length and different for each row."""
    limit = model._meta.get_field(field).max_length - 12
    rows = list(model._default_manager.all())
    for row in rows:
        setattr(row, field, f"{HOSTILE[row.pk % len(HOSTILE)][:limit]} {row.pk}")
    model._default_manager.bulk_update(rows, [field])


@pytest.fixture
def hostile_shop(site):
    """A shop in which nobody means well."""
    Shop.objects.update(name=HOSTILE[0])
    for field in ("first_name", "last_name", "city", "region"):
        spoil(Customer, field)
    Customer.objects.filter(pk=best_customer().pk).update(
        first_name=HOSTILE[2], last_name="W" * 100
    )
    for model, field in (
        (Product, "name"),
        (Category, "name"),
        (Tag, "name"),
        (CustomerField, "label"),
        (Segment, "name"),
        (InterestTarget, "label"),
    ):
        spoil(model, field)
    kept_outside()
    for column in ("error", "hint"):
        Audience.objects.exclude(error="").update(**{column: "".join(HOSTILE)[:1000]})
    AudienceMember.objects.filter(state=MemberState.REFUSED).update(reason="".join(HOSTILE)[:300])
    SyncRun.objects.update(notes=list(HOSTILE))
    spoil(Connection, "name")
    Segment.objects.update(note="".join(HOSTILE))
    session_of("Admin")
    User.objects.filter(username="admin").update(first_name=HOSTILE[2], last_name=HOSTILE[0])
    return site


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_serious_fault(hostile_shop, visit, look: str) -> None:
    width, dark = LOOKS[look]
    visitors = {}
    faults = []
    for page in GALLERY:
        visitor = visitors.setdefault(page.role, None) or visit(page.role, width=width, dark=dark)
        visitors[page.role] = visitor
        try:
            shown = visitor.open(page.path())
            assert shown.evaluate("window.broken") is None, "hostile text was run"
            assert "4949" not in shown.locator("body").inner_text()
            visitor.check()
        except AssertionError as fault:
            faults.append(f"{page.name}: {str(fault)[:1500]}")
            visitor.problems.clear()
    assert not faults, "\n\n".join(faults)
