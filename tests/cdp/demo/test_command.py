"""The command demo_shop: what it refuses, asks, repeats and writes."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cdp.models import Customer, Order, Product

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("demo_shop", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def test_it_says_what_was_made():
    said = run("--customers=50", "--seed=3", "--end=2026-11-24")
    assert "50 customers" in said
    assert f"{Order.objects.count():,} orders" in said
    assert "refresh" in said
    assert said.count("\n") == 1


def test_a_second_run_says_so_and_changes_nothing():
    run("--customers=50", "--seed=3", "--end=2026-11-24")
    before = list(Order.objects.values_list("pk", "total"))
    for end in ([], ["--end=2026-11-24"]):
        assert "Nothing was changed" in run("--customers=50", "--seed=3", *end)
    assert list(Order.objects.values_list("pk", "total")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("--customers=50", "--seed=4"),
        ("--customers=51", "--seed=3"),
        ("--customers=50", "--seed=3", "--end=2026-11-23"),
    ],
)
def test_another_shop_is_refused_while_one_is_there(arguments: tuple[str, ...]):
    run("--customers=50", "--seed=3", "--end=2026-11-24")
    with pytest.raises(CommandError, match=r"--add .* or --reset"):
        run(*arguments)
    assert Customer.objects.count() == 50


def test_a_shop_with_real_customers_is_left_alone():
    Customer.objects.create(external_id="1", bucket=1)
    with pytest.raises(CommandError, match="already"):
        run("--customers=50")
    assert not Product.objects.exists()


def test_add_keeps_what_is_there():
    Customer.objects.create(external_id="C0000001", bucket=1)
    run("--customers=50", "--add")
    assert Customer.objects.count() == 51


def test_reset_wants_to_be_sure(monkeypatch: pytest.MonkeyPatch):
    run("--customers=50", "--seed=3")
    monkeypatch.setattr("sys.stdin", StringIO("yes\n"))
    with pytest.raises(CommandError, match="--yes"):
        run("--customers=20", "--reset")
    assert Customer.objects.count() == 50
    run("--customers=20", "--reset", "--yes")
    assert Customer.objects.count() == 20


@pytest.mark.parametrize("answer", ["no", ""])
def test_reset_asked_and_declined_deletes_nothing(monkeypatch: pytest.MonkeyPatch, answer: str):
    run("--customers=50", "--seed=3")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    with pytest.raises(CommandError, match="Nothing was deleted"):
        run("--customers=20", "--reset")
    assert Customer.objects.count() == 50


@pytest.mark.parametrize(
    "arguments", [("--customers=0",), ("--customers=10000000",), ("--seed=-1",)]
)
def test_impossible_sizes_are_explained(arguments: tuple[str, ...]):
    with pytest.raises(CommandError):
        run(*arguments)
    assert not Customer.objects.exists()


def test_files_are_written_without_touching_the_database(tmp_path):
    folder = tmp_path / "new" / "folder"
    said = run("--customers=50", "--csv", str(folder))
    assert str(folder) in said
    names = sorted(path.stem for path in folder.iterdir())
    assert names == sorted(
        [
            "customers",
            "products",
            "orders",
            "order_lines",
            "refunds",
            "carts",
            "cart_lines",
            "events",
            "consents",
        ]
    )
    assert not Customer.objects.exists()
    assert not Product.objects.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        run("--customers=5", "--csv", str(tmp_path / "file"))
