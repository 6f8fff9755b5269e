from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cdp.models import Customer, ImportRun, Job, Order
from tests.cdp.ingest.files import put

pytestmark = pytest.mark.django_db

CUSTOMERS = "customer_id,email\n1,a@x.com\n"
ORDERS = "order_id,customer_id,date,total\nA,1,2024-01-01,5\nB,1,31/31/2024,5\n"
LINES = "order_id,sku,qty,price\nA,tent,1,5\n"


def run(*args, **options):
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def shop(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    folder = tmp_path / "shop"
    folder.mkdir()
    put(folder, CUSTOMERS, "customers.csv")
    put(folder, ORDERS, "orders.csv.gz")
    put(folder, LINES, "order_lines.csv")
    return folder


def test_import_shop_reports_every_file_and_the_second_time_that_nothing_changed(shop):
    first = run("import_shop", shop)
    assert "customers.csv (customers): 1 rows: 1 new, 0 changed, 0 unchanged, 0 rejected." in first
    assert "line 3: The order date '31/31/2024' is not a date. Write it as 2024-12-31." in first
    assert Order.objects.count() == 1
    second = run("import_shop", shop)
    assert "Nothing changed: all 1 rows were already stored." in second


def test_dry_run_of_a_shop_tells_the_same_and_stores_only_the_report(shop):
    trial = run("import_shop", shop, dry_run=True)
    assert not Customer.objects.exists()
    assert not Job.objects.exists()
    assert list(ImportRun.objects.values_list("is_dry_run", flat=True)) == [True] * 3
    real = run("import_shop", shop)

    def counts(text):
        return [line for line in text.splitlines() if " unchanged, " in line]

    assert counts(trial) == counts(real)


def test_rejects_can_be_corrected_and_imported(shop, tmp_path):
    run("import_csv", "orders", shop / "orders.csv.gz")
    job = Job.objects.get(kind="import")
    assert "3,The order date '31/31/2024'" in run("rejects", job.pk)
    path = tmp_path / "again.csv"
    run("rejects", job.pk, output=path)
    path.write_text(
        path.read_text(encoding="utf-8-sig").replace("B,1,31/31/2024", "B,1,2024-01-31")
    )
    assert "1 rows: 1 new" in run("import_csv", "orders", path)


def test_mapping_file(shop, tmp_path):
    path = put(tmp_path, "Nr,Wer,Wann,Was\nA,1,31.01.2024,5\n", "x.csv")
    with pytest.raises(CommandError, match="no column for the order id"):
        run("import_csv", "orders", path)
    mapping = tmp_path / "map.json"
    mapping.write_text(
        json.dumps({"Nr": "order_id", "Wer": "customer_id", "Wann": "placed_at", "Was": "total"})
    )
    assert "1 new" in run("import_csv", "orders", path, mapping=mapping)
    mapping.write_text(json.dumps({"Nr": "nonsense"}))
    with pytest.raises(CommandError, match="no field of orders"):
        run("import_csv", "orders", path, mapping=mapping)


def test_nothing_to_import_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="no file to import"):
        run("import_shop", tmp_path)
    with pytest.raises(CommandError, match="There is no file"):
        run("import_csv", "orders", tmp_path / "orders.csv")
    with pytest.raises(CommandError, match="There is no job"):
        run("rejects", 0)
