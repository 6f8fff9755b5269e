"""What a person can set, run, ask or import is documented; nothing documented is gone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from cdp.ingest.records import RECORDS
from segments.criteria.base import criteria
from tests.rules import APPS, ROOT, modules

DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
ENV_READERS = {"default", "choice", "flag", "integer", "secret", "text"}
# Set by the supervisor for the cluster it starts, not by a person.
INTERNAL_SETTINGS = {"REGULARS_WORKER_NAME"}


def text(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def pages() -> str:
    return text("README.md", *(str(path.relative_to(ROOT)) for path in DOCUMENTS))


def settings_read() -> set[str]:
    """The names given to the helpers of cdp.env anywhere in the source."""
    names = set()
    for module in modules(*APPS):
        for node in ast.walk(module.tree):
            called = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(called, ast.Attribute)
                and isinstance(called.value, ast.Name)
                and called.value.id == "env"
                and called.attr in ENV_READERS
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    names.add(str(first.value))
    return names


def our_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in APPS)


def documented_settings() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", text("docs/settings.md"), re.MULTILINE))


def test_every_setting_is_documented_and_no_other() -> None:
    assert documented_settings() == settings_read() - INTERNAL_SETTINGS


@pytest.mark.parametrize("name", our_commands())
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"manage\.py {name}\b", pages()), f"docs say nothing about '{name}'"


@pytest.mark.parametrize("name", our_commands())
def test_every_command_says_what_it_does(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert len(command.help) > 20


def test_no_documented_command_is_gone() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", pages() + text("CONTRIBUTING.md")))
    assert not named - set(get_commands())


def test_every_make_target_named_in_the_docs_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", pages() + text("CONTRIBUTING.md")))
    assert named <= targets
    assert targets <= set(re.findall(r"make ([a-z]+) ", text("Makefile"))) | {"help"}


@pytest.mark.parametrize("criterion", list(criteria), ids=lambda criterion: criterion.key)
def test_every_criterion_and_operator_is_documented(criterion: object) -> None:
    page = text("docs/criteria.md")
    assert f"`{criterion.key}`" in page
    for operator in criterion.operators:
        assert f"`{operator.key}`" in page


@pytest.mark.parametrize("kind", list(RECORDS))
def test_every_column_of_a_file_is_documented(kind: str) -> None:
    page = text("docs/import.md")
    missing = [field.name for field in RECORDS[kind].fields if f"`{field.name}`" not in page]
    assert not missing


@pytest.mark.parametrize(
    "document",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCUMENTS],
    ids=lambda path: path.name,
)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
