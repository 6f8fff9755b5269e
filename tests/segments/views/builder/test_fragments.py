"""What the builder's script gets: rows, results, figures of rows, values."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from cdp.models import Customer
from segments.drafting import preview
from tests.factories import set_field
from tests.people import client_of, make_user
from tests.segments.views.builder.test_builder import (
    SILENT,
    SPENT,
    client,
    form_of,
    row,
    saved,
)

__all__ = ["client"]
pytestmark = pytest.mark.django_db
ROW, PREVIEW = reverse("segments:builder_row"), reverse("segments:builder_preview")
FUNNEL, VALUES = reverse("segments:builder_funnel"), reverse("segments:builder_values")


def test_a_chosen_criterion_comes_with_fields_that_are_filled(client: Client) -> None:
    fields = {"number": "3", "c-3-criterion": "last_order"}
    html = client.post(ROW, fields).content.decode()
    assert 'id="c-3"' in html
    assert 'value="more_than_ago" selected' in html
    assert 'name="c-3-v-amount" id="id-c-3-v-amount" value="60"' in html


@pytest.mark.parametrize("number", ["", "x", "-1", "9999999999"])
def test_a_strange_number_of_a_row_does_no_harm(client: Client, number: str) -> None:
    assert client.post(ROW, {"number": number}).status_code == 200


def test_the_result_has_count_sentence_and_customers(client: Client) -> None:
    html = client.post(PREVIEW, {**SPENT, **SILENT}).content.decode()
    assert ">1</strong>" in html
    assert "Revenue is more than 100 EUR and last order was more than 60 days ago" in html
    assert "Buyer 2" in html
    assert "Buyer 1" not in html


def test_an_unfinished_row_is_not_counted_and_that_is_said(client: Client) -> None:
    html = client.post(PREVIEW, {**SPENT, **row(2, "country", "is_any_of")}).content.decode()
    assert ">2</strong>" in html
    assert "1 unfinished condition is not counted." in html


@pytest.mark.parametrize("fields", [{}, row(1, "", ""), row(1, "country", "is_any_of")])
def test_without_a_finished_row_nobody_is_counted(client: Client, fields: dict) -> None:
    html = client.post(PREVIEW, fields).content.decode()
    assert "Nobody yet" in html
    assert "cdp-builder-big" not in html


def test_a_negated_row_counts_everybody_else(client: Client) -> None:
    html = client.post(PREVIEW, {**SPENT, "c-1-not": "on"}).content.decode()
    assert ">1</strong>" in html


def test_a_changed_segment_shows_what_saving_does(client: Client) -> None:
    html = client.post(PREVIEW, form_of(saved(), **SPENT, **SILENT)).content.decode()
    assert "+0" in html
    assert "−1" in html


def test_each_row_has_its_figures(client: Client) -> None:
    html = client.post(FUNNEL, {**SPENT, **SILENT}).content.decode()
    assert "alone: 2" in html
    assert "left after this: 1" in html
    assert "1 customer lacks this value" in html


def test_a_large_question_is_put_off(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "SECONDS", -1.0)
    monkeypatch.setattr("cdp.bulk.deadline.STEPS", 1)
    assert "it will be counted when you save" in client.post(PREVIEW, SPENT).content.decode()
    assert client.post(FUNNEL, SPENT).status_code == 200


def test_who_may_not_see_contact_data_sees_numbers(client: Client) -> None:
    user = make_user(None)
    user.user_permissions.add(Permission.objects.get(codename="change_segment"))
    html = client_of(user).post(PREVIEW, SPENT).content.decode()
    assert "Buyer" not in html
    assert "Customer " in html


def test_values_of_custom_fields_are_for_those_who_see_contact_data(client: Client) -> None:
    set_field(Customer.objects.first(), "nickname", "Bear")
    asked = {"source": "field_values", "of": "nickname"}
    assert "Bear" in client.get(VALUES, asked).content.decode()
    user = make_user(None)
    user.user_permissions.add(Permission.objects.get(codename="change_segment"))
    assert "Bear" not in client_of(user).get(VALUES, asked).content.decode()


def test_values_come_with_their_counts(client: Client) -> None:
    html = client.get(VALUES, {"source": "countries", "q": "den"}).content.decode()
    assert 'data-value="DK" data-label="Denmark"' in html
    assert "Germany" not in html
    assert "Nothing found" in client.get(VALUES, {"source": "tags", "q": "zz"}).content.decode()


def test_fragments_of_a_stranger_are_refused(client: Client) -> None:
    for address in (ROW, PREVIEW, FUNNEL):
        assert client_of("Analyst").post(address).status_code == 403
        assert client.get(address).status_code == 405
