"""The real grocer beside the checkout, taken in without hand-holding."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from cdp.models import Customer, ImportRun, Order, OrderLine

FOLDER = Path(os.environ.get("REGULARS_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.once,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason="The real shop data is not there; set REGULARS_SHARED_DATA to its folder.",
    ),
]


def rejected():
    return sum(ImportRun.objects.values_list("rejected_count", flat=True))


def test_grocery():
    call_command("import_shop", FOLDER / "grocery", stdout=StringIO())
    assert Customer.objects.count() == 1_499
    assert Order.objects.count() == 94_272
    assert OrderLine.objects.count() == 894_642
    assert rejected() == 0
