"""The layout, the import directions and the rules of CONTRIBUTING.md hold for the whole tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from tests import rules
from tests.rules import APPS, ROOT, Module, Rule

JSON_COLUMNS = {("segments.Condition", "parameters"), ("integrations.Connection", "settings")}
FLOAT_APPS = {"analytics"}

# Rule, module, source that breaks it, source that keeps it.
EXAMPLES: list[tuple[Rule, str, str, str]] = [
    (rules.import_direction, "cdp.money", "from segments.models import Segment", "import decimal"),
    (rules.import_direction, "analytics.growth", "import segments.models", "import cdp.models"),
    (rules.import_direction, "segments.compiler", "from segments import admin", "import re"),
    (
        rules.import_direction,
        "segments.views",
        "from analytics.tasks import refresh",
        "from segments.forms import ConditionForm\nfrom analytics.models import Refresh",
    ),
    (rules.import_direction, "cdp.models.order", "import cdp.urls", "import cdp.money"),
    (rules.import_direction, "cdp.tasks", "from cdp import settings", "import segments.models"),
    (
        rules.import_direction,
        "cdp.models.order",
        "from .shop import Shop",
        "import cdp.models.shop",
    ),
    (
        rules.late_imports,
        "cdp.money",
        "def total():\n    from cdp.models import Order\n",
        "from cdp.models import Order\ndef total():\n    import decimal\n",
    ),
    (rules.raw_sql, "cdp.erasure", "connection.cursor()", "Order.objects.count()"),
    (rules.raw_sql, "segments.compiler", "orders.extra(where=[])", "orders.filter()"),
    (rules.raw_sql, "analytics.growth", "Order.objects.raw('')", "Order.objects.all()"),
    (rules.raw_sql, "analytics.growth", "import sqlite3", "import math"),
    (rules.present_moment, "cdp.erasure", "timezone.now()", "now"),
    (rules.present_moment, "segments.membership", "datetime.now(UTC)", "datetime(2026, 1, 1)"),
    (rules.present_moment, "analytics.growth", "f(date.today)", "f(date)"),
    (rules.now_is_named, "analytics.growth", "def f(a, now): ...", "def f(a, *, now): ..."),
    (rules.arrays, "segments.compiler", "import numpy as np", "import math"),
    (rules.arrays, "cdp.ingest.csv", "from pandas import DataFrame", "import csv"),
    (rules.arrays, "analytics.statistics", "import pandas", "import numpy"),
    (rules.length, "cdp.money", "x = 1\n" * 400, "x = 1\n" * 399),
    (rules.docstring, "cdp.money", "import re", '"""Exact money."""\nimport re'),
    (rules.docstring, "cdp.money", "x = 1", ""),
    (rules.file_name, "cdp.utils", "", ""),
    (rules.file_name, "cdp.migrations.0002_auto_20261124", "", ""),
    (rules.output, "cdp.money", "print(1)", "self.stdout.write('1')"),
    (rules.unsafe_or_hidden, "cdp.apps", "from django.dispatch import receiver", "import re"),
    (
        rules.unsafe_or_hidden,
        "cdp.admin",
        "from django.utils.safestring import mark_safe",
        "from django.utils.html import format_html",
    ),
    (
        rules.swallowed_errors,
        "cdp.money",
        "try:\n    x\nexcept Exception:\n    pass\n",
        "try:\n    x\nexcept ValueError:\n    pass\n",
    ),
    (rules.swallowed_errors, "cdp.money", "try:\n    x\nexcept:\n    y\n", "x"),
    (
        rules.untranslated,
        "cdp.ingest.csv",
        "reason = f'The row has {len(cells)} cells.'",
        "reason = _('The row has %(count)s cells.') % {'count': len(cells)}",
    ),
    (rules.untranslated, "cdp.jobs.lease", "f('The job was cancelled.')", "f(_('It ended.'))"),
    (rules.untranslated, "cdp.tasks", "_(f'The tag {name} is new.')", "TypeError('It is no tag.')"),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    complaints = [text for module in rules.modules(*APPS) for text in rule(module)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("rule", "name", "broken", "kept"), EXAMPLES)
def test_a_rule_notices_what_it_forbids(rule: Rule, name: str, broken: str, kept: str) -> None:
    assert list(rule(Module(name, broken)))
    fine_name = "cdp.money" if rule is rules.file_name else name
    assert not list(rule(Module(fine_name, kept)))


def test_every_rule_has_an_example() -> None:
    assert {rule for rule, *_ in EXAMPLES} == set(rules.RULES)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cdp.bulk.upsert", "cursor.execute('SELECT 1')"),
        ("cdp.migrations.0002_seed", "cursor.execute('SELECT 1')\nimport segments.models"),
        ("cdp.management.commands.refresh", "timezone.now()\nimport segments.models"),
        ("analytics.predictive.cadence", "import numpy"),
        ("cdp.urls", "import segments.views"),
        ("analytics.admin", "import cdp.site"),
    ],
)
def test_the_exceptions_are_allowed(name: str, source: str) -> None:
    module = Module(name, f'"""Something."""\n{source}\n')
    assert not [text for rule in rules.RULES for text in rule(module)]


def test_tests_are_short_enough_to_read() -> None:
    complaints = [text for module in rules.modules("tests") for text in rules.length(module)]
    assert not complaints, "\n".join(complaints)


def test_every_folder_with_python_is_a_package() -> None:
    folders = {path.parent for top in (*APPS, "tests") for path in (ROOT / top).rglob("*.py")}
    missing = [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()]
    assert not missing


@pytest.mark.parametrize("app", APPS)
def test_every_app_has_the_same_layout(app: str) -> None:
    assert (ROOT / app / "apps.py").exists()
    config = apps.get_app_config(app)
    if list(config.get_models()):
        assert (ROOT / app / "migrations" / "__init__.py").exists()
        assert (ROOT / app / "management" / "commands" / "__init__.py").exists()
        assert (ROOT / "tests" / app / "__init__.py").exists()


def test_only_manage_py_stands_beside_the_apps() -> None:
    assert [path.name for path in ROOT.glob("*.py")] == ["manage.py"]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def our_fields(kind: type[models.Field]) -> set[tuple[str, str]]:
    return {
        (model._meta.label, field.name)
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, kind)
    }


def test_there_are_no_json_columns_but_the_two_with_a_schema() -> None:
    assert our_fields(models.JSONField) <= JSON_COLUMNS


def test_facts_and_segments_hold_no_floating_point_numbers() -> None:
    floats = our_fields(models.FloatField)
    assert not {field for field in floats if field[0].partition(".")[0] not in FLOAT_APPS}


def test_serving_pages_loads_no_slow_library(tmp_path: Path) -> None:
    code = (
        "import sys, django; django.setup(); import cdp.urls; "
        "print(sorted({'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "DJANGO_SETTINGS_MODULE": "cdp.settings",
            "REGULARS_DATA_DIR": str(tmp_path),
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
