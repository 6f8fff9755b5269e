"""The real shops beside the checkout, taken in without hand-holding."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from cdp.models import Customer, ImportRun, Order, OrderLine, Product

FOLDER = Path(os.environ.get("REGULARS_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason="The real shop data is not there; set REGULARS_SHARED_DATA to its folder.",
    ),
]


def rejected():
    return sum(ImportRun.objects.values_list("rejected_count", flat=True))


def test_webshop():
    call_command("import_shop", FOLDER / "webshop", stdout=StringIO())
    assert Customer.objects.count() == 4_362
    assert Product.objects.count() == 3_805
    assert Order.objects.count() == 23_156
    assert Order.objects.filter(customer=None).count() == 1_371
    assert Order.objects.paid().count() == 19_773
    assert OrderLine.objects.count() == 536_264
    assert rejected() == 0


def test_grocery():
    call_command("import_shop", FOLDER / "grocery", stdout=StringIO())
    assert Customer.objects.count() == 1_499
    assert Order.objects.count() == 94_272
    assert OrderLine.objects.count() == 894_642
    assert rejected() == 0
