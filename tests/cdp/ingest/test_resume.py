"""Killed at any step an import loses and doubles nothing; any order of files gives one state."""

from __future__ import annotations

from contextlib import suppress
from itertools import permutations

import pytest
from django.db import transaction

from cdp.ingest import job as import_job
from cdp.ingest import spool
from cdp.ingest.job import ImportJob, start_import
from cdp.ingest.opening import open_import
from cdp.jobs.runner import run_in_foreground
from cdp.models import (
    Customer,
    CustomerIdentity,
    ImportRun,
    Job,
    JobRejection,
    JobState,
    Order,
    OrderLine,
    Product,
)
from tests.cdp.ingest.files import put, result_of, take
from tests.conftest import NOW

ORDERS = "order_id,customer_id,date,total\n" + "".join(
    f"{n},{n % 7},2024-01-01,10\n" for n in range(20)
)
LINES = (
    "order_id,product_id,quantity,unit_price\n"
    + "".join(f"{n % 20},p{n % 3},1,5\n" for n in range(60))
    + "99,p1,1,5\n1,p1,x,5\n"
)


class Killed(Exception):
    """The worker died here."""


def state():
    return (
        sorted(Customer.objects.values_list("source", "external_id", "email", "city")),
        sorted(CustomerIdentity.objects.values_list("kind", "value", "is_former")),
        sorted(Product.objects.values_list("external_id", "name", "search_key")),
        sorted(
            Order.objects.values_list("external_id", "customer__external_id", "amount", "status")
        ),
        sorted(
            OrderLine.objects.values_list(
                "order__external_id", "external_id", "quantity", "customer__external_id"
            )
        ),
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_spool_lost", [False, True])
def test_import_killed_after_every_chunk_loses_and_doubles_nothing(
    tmp_path, monkeypatch, settings, is_spool_lost
):
    monkeypatch.setattr(import_job, "CHUNK_ROWS", {"sqlite": 7, "postgresql": 7})
    monkeypatch.setattr(spool, "LOOK_EVERY", 10)
    monkeypatch.setattr(spool, "SORT_ROWS", 25)
    advance = spool.advance
    monkeypatch.setattr(
        spool, "advance", lambda run, progress, seconds: advance(run, progress, seconds=0.0)
    )
    take(tmp_path, "orders", ORDERS)
    run = open_import(put(tmp_path, LINES), "order_lines", now=NOW)
    kind, job = ImportJob(), Job.objects.get(pk=start_import(run, now=NOW).pk)
    job.checkpoint = kind.plan(job, now=NOW).checkpoint
    rejected, done, chunks = [], 0, 0
    while True:
        chunk = kind.read(job, now=NOW)
        with suppress(Killed), transaction.atomic():
            kind.write(job, chunk, now=NOW)
            raise Killed
        if is_spool_lost and chunks in (4, 20, 45):
            kind.clean_up(job)
        with transaction.atomic():
            step = kind.write(job, kind.read(job, now=NOW), now=NOW)
        job.checkpoint, done, chunks = step.checkpoint, done + step.done, chunks + 1
        rejected += [item.position for item in step.rejections]
        if step.is_finished:
            break
    run.refresh_from_db()
    assert (done, run.new_count, run.rejected_count) == (62, 60, 2)
    assert sorted(rejected) == [62, 63]
    assert OrderLine.objects.count() == 60
    assert chunks > 8
    kind.clean_up(job)
    assert not list((settings.DATA_DIR / "spool").glob(f"import-{run.pk}.*"))
    Job.objects.all().delete()


@pytest.mark.django_db
def test_row_that_the_database_refuses_is_set_aside(tmp_path, monkeypatch):
    write = import_job.WRITERS["customers"]

    def refusing(rows, *, context):
        if any(row.values["customer_id"] == "poison" for row in rows):
            raise ValueError("refused")
        return write(rows, context=context)

    monkeypatch.setitem(import_job.WRITERS, "customers", refusing)
    text = "customer_id\n" + "".join(f"{n}\n" for n in range(30)) + "poison\n31\n"
    result = take(tmp_path, "customers", text)
    assert result.counts == (31, 0, 0, 1)
    assert list(result.reasons) == [32]
    assert JobRejection.objects.get().content == "poison"


@pytest.mark.django_db
def test_orders_are_never_torn_apart_when_a_chunk_is_split(tmp_path, monkeypatch):
    take(tmp_path, "orders", ORDERS)
    write, calls = import_job.WRITERS["order_lines"], []

    def refusing(rows, *, context):
        calls.append({row.values["order_id"] for row in rows})
        if any(row.values["order_id"] == "13" for row in rows):
            raise ValueError("refused")
        return write(rows, context=context)

    monkeypatch.setitem(import_job.WRITERS, "order_lines", refusing)
    result = take(tmp_path, "order_lines", LINES)
    assert OrderLine.objects.filter(order__external_id="13").count() == 0
    assert OrderLine.objects.count() == 57
    assert len(result.reasons) == 5
    assert len(calls) > 3


VERSIONS = {
    "old": ("customers", "customer_id,email,city,updated_at\n1,a@x.com,Old,2024-01-01\n"),
    "new": ("customers", "customer_id,email,city,updated_at\n1,b@x.com,New,2024-02-01\n"),
    "orders": ("orders", "order_id,customer_id,date,total\nA,1,2024-01-01,10\nB,2,2024-01-02,5\n"),
    "products": ("products", "product_id,name,updated_at\ntent,Tent,2024-01-01\n"),
    "products later": ("products", "product_id,name,updated_at\ntent,Big tent,2024-03-01\n"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(VERSIONS))[::5])
def test_every_order_of_arrival_gives_one_state(order, tmp_path):
    for name in order:
        take(tmp_path, *VERSIONS[name])
    take(tmp_path, "order_lines", "order_id,product_id,quantity\nA,tent,1\nB,tent,1\n")
    customers, _identities, products, orders, lines = state()
    assert customers == [("shop", "1", "b@x.com", "New"), ("shop", "2", "", "")]
    assert products == [("tent", "Big tent", "big tent")]
    assert orders == [("A", "1", 10, "paid"), ("B", "2", 5, "paid")]
    assert lines == [("A", "tent:1", 1, "1"), ("B", "tent:1", 1, "2")]


@pytest.mark.django_db
def test_dry_run_of_a_job_counts_the_same_and_stores_nothing(tmp_path):
    trial = take(tmp_path, "orders", ORDERS + "x,1,soon,5\n", is_dry_run=True)
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    real = take(tmp_path, "orders", ORDERS + "x,1,soon,5\n")
    assert (trial.counts, trial.reasons) == (real.counts, real.reasons)
    assert trial.run.is_dry_run


@pytest.mark.django_db
def test_interrupted_job_is_finished_by_the_next_claim(tmp_path):
    run = open_import(put(tmp_path, ORDERS), "orders", now=NOW)
    job = start_import(run, now=NOW)
    assert ImportRun.objects.get().job == job
    job = run_in_foreground(job, clock=lambda: NOW, pause=lambda _s: None)
    assert job.state == JobState.DONE
    assert result_of(run).counts == (20, 0, 0, 0)
