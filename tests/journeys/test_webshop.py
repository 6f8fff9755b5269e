"""The main job on real input: a shop's files in, classified customers and living segments out."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import call_command

from analytics.models import CustomerClassification
from cdp.models import CountsAs, Customer, Order, OrderLine
from segments.models import Membership
from tests.analytics.realdata import FOLDER
from tests.journeys.pandas_check import classify

WEBSHOP = FOLDER / "webshop"
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(
        not WEBSHOP.is_dir(),
        reason=f"The folder {WEBSHOP} is missing; name its parent in REGULARS_SHARED_DATA.",
    ),
]


def run(*arguments: str | Path) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_webshop_from_files_to_the_members_of_a_segment():
    report = run("import_shop", WEBSHOP)
    for line in (
        "4,362 rows: 4,362 new, 0 changed, 0 unchanged, 0 rejected",
        "3,805 rows: 3,805 new, 0 changed, 0 unchanged, 0 rejected",
        "23,156 rows: 23,156 new, 0 changed, 0 unchanged, 0 rejected",
        "536,264 rows: 536,264 new, 0 changed, 0 unchanged, 0 rejected",
    ):
        assert line in report
    assert Customer.objects.count() == 4_362
    assert Order.objects.paid().count() == 19_773
    assert Order.objects.filter(customer__isnull=True).count() == 1_371
    assert Order.objects.filter(counts_as=CountsAs.RETURN).count() == 3_383
    assert OrderLine.objects.count() == 536_264

    run("refresh", "--as-of", "2011-12-10")
    expected = classify(WEBSHOP, pd.Timestamp("2011-12-10"))
    labels = {
        external_id: (importance, stage)
        for external_id, importance, stage in CustomerClassification.objects.values_list(
            "customer__external_id", "importance", "life_cycle"
        )
    }
    wanted = zip(expected["importance"], expected["stage"], strict=True)
    assert labels == dict(zip(expected.index, wanted, strict=True))

    run("segments", "suggest", "--create")
    lost_vips = set(
        expected[(expected["importance"] == "vip") & (expected["stage"] == "lost")].index
    )
    assert lost_vips
    counted = run("segments", "count", "VIPs that are lost").strip().splitlines()[-1]
    assert int(counted) == len(lost_vips)
    members = Membership.objects.filter(segment__name="VIPs that are lost")
    assert set(members.values_list("customer__external_id", flat=True)) == lost_vips

    again = run("import_shop", WEBSHOP)
    assert again.count("Nothing changed") == 4
