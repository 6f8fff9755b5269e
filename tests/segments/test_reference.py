"""The page of criteria is complete and says what the registry says."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command

from segments.criteria import Criterion, criteria
from segments.reference import example, page
from segments.rows import row_of
from tests.rules import ROOT

every_criterion = pytest.mark.parametrize(
    "criterion", list(criteria), ids=lambda criterion: criterion.key
)


def test_the_page_in_docs_is_current() -> None:
    kept = (ROOT / "docs" / "criteria.md").read_text(encoding="utf-8")
    assert kept == page(), "Run: python manage.py segments criteria --markdown > docs/criteria.md"


@pytest.mark.django_db
def test_the_command_prints_the_page() -> None:
    out = StringIO()
    call_command("segments", "criteria", "--markdown", stdout=out)
    assert out.getvalue() == page()


@every_criterion
def test_every_criterion_has_a_help_text_and_a_usable_example_for_each_operator(
    criterion: Criterion,
) -> None:
    assert str(criterion.help).endswith(".")
    for operator in criterion.operators:
        assert row_of(criterion.key, operator.key, example(criterion, operator)).describe()


@every_criterion
def test_every_criterion_has_one_line_that_a_newcomer_understands(criterion: Criterion) -> None:
    line = criterion.one_line
    assert line.endswith(".")
    assert len(line) <= 90
    assert "_" not in line


@every_criterion
def test_a_proposed_row_can_be_asked_as_it_stands(criterion: Criterion) -> None:
    if criterion.proposed is not None:
        operator, values = criterion.proposed
        assert row_of(criterion.key, operator.key, values).describe()


@every_criterion
def test_an_example_names_only_values_that_exist(criterion: Criterion) -> None:
    known = {name for operator in criterion.operators for name in criterion.fields(operator)}
    assert set(criterion.example) <= known


@every_criterion
def test_every_criterion_has_a_section_with_its_operators_and_a_row(criterion: Criterion) -> None:
    section = page().split(f"### `{criterion.key}`: ")[1].split("\n### ")[0]
    for operator in criterion.operators:
        assert f"| `{operator.key}` |" in section
        assert all(f"`{name}`" in section for name in criterion.fields(operator))
    written = json.loads(re.search(r"```json\n(.*)\n```", section)[1])
    assert row_of(written["criterion"], written["operator"], written.get("values", {}))
