"""`manage.py sync`, as somebody at a terminal sees it."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.models import Audience, ConnectionState
from tests.integrations.sync.stage import Stage, stage_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage_of("mailchimp", settings, monkeypatch) as stage:
        yield stage


def sync(*arguments: str) -> str:
    out = StringIO()
    call_command("sync", *arguments, stdout=out)
    return out.getvalue()


def test_without_names_it_lists_the_audiences(stage: Stage) -> None:
    assert "Customers A  (Our mailchimp, active)" in sync()
    assert stage.vendor.requests == []


@pytest.mark.parametrize("by", ["name", "id", "all"])
def test_it_syncs_what_is_named(stage: Stage, by: str) -> None:
    people = stage.people(3)
    named = {"name": "Customers A", "id": str(stage.audience.pk), "all": "--all"}
    said = sync(named[by])
    assert "3 added, 0 updated, 0 removed, 0 refused." in said
    assert "wanted 3" in said
    stage.audience.refresh_from_db()
    assert stage.inside() == stage.faces(people)


def test_a_dry_run_prints_figures_and_a_sample(stage: Stage) -> None:
    people = stage.people(2)
    said = sync("--all", "--dry-run")
    assert "2 to add, 0 to update, 0 to remove. Nothing was sent." in said
    assert f"to add: customers {people[0].pk}, {people[1].pk}" in said
    assert stage.vendor.requests == []


def test_full_sends_everybody_again(stage: Stage) -> None:
    stage.people(2)
    sync("--all")
    assert "0 added, 2 updated" in sync("--all", "--full")


def test_failures_are_sentences_and_an_exit_code(stage: Stage) -> None:
    stage.people(1)
    stage.vendor.revoke()
    with pytest.raises(CommandError, match="Customers A at Our mailchimp: Mailchimp refused"):
        sync("--all")
    stage.audience.connection.refresh_from_db()
    assert stage.audience.connection.state == ConnectionState.STOPPED
    with pytest.raises(CommandError, match="was stopped"):
        sync("--all")
    with pytest.raises(CommandError, match="There is no audience 'Nobody'"):
        sync("Nobody")


def test_removals_held_back_are_a_failure(stage: Stage) -> None:
    people = stage.people(20)
    sync("--all")
    stage.leave(people)
    with pytest.raises(CommandError, match="Held back: 20 people"):
        sync("--all")


def test_a_name_that_is_not_unique_is_asked_back(stage: Stage) -> None:
    first = stage.audience
    other = first.connection
    other.pk, other.name, other.hook_hash = None, "Another", ""
    other.save()
    Audience.objects.create(connection=other, outside_name=first.outside_name, created_at=stage.at)
    with pytest.raises(CommandError, match="Several audiences are called"):
        sync("Customers A")
