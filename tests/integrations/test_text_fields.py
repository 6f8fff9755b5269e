"""Short lists in columns of text come back as they were stored."""

from __future__ import annotations

import json

import pytest
from django.core import serializers

from integrations.models import AudienceMember, SyncRun
from tests.connections import NOW, make_audience, make_connection, make_member
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def stored(**values: object) -> SyncRun:
    audience = make_audience(make_connection("mailchimp"), None)
    run = SyncRun.objects.create(audience=audience, started_at=NOW, **values)
    return SyncRun.objects.get(pk=run.pk)


@pytest.mark.parametrize("notes", [[], ["One."], ["One.", "Two, with <b> and “quotes”."]])
def test_lines_come_back(notes: list[str]) -> None:
    assert stored(notes=notes).notes == notes


def test_a_text_of_several_lines_stays_one_text() -> None:
    assert stored(notes=["One\nmore.", "Two."]).notes == ["One more.", "Two."]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"emails": [], "phones": []},
        {"emails": ["anna@x.example"], "phones": ["+4520000000", "+4520000001"]},
    ],
)
def test_groups_come_back_empty_ones_too(sent: dict[str, list[str]]) -> None:
    audience = make_audience(make_connection("mailchimp"), None)
    made = make_member(audience, make_customer(), sent=sent)
    assert AudienceMember.objects.get(pk=made.pk).sent == sent
    AudienceMember.objects.update(sent={})
    assert AudienceMember.objects.get(pk=made.pk).sent == {}


def test_a_dump_can_be_loaded() -> None:
    run = stored(notes=["One.", "Two."], sample={"add": ["1", "2"], "remove": []})
    dump = serializers.serialize("json", [run])
    assert "One." in json.loads(dump)[0]["fields"]["notes"]
    (loaded,) = serializers.deserialize("json", dump)
    assert loaded.object.notes == run.notes
    assert loaded.object.sample == run.sample
