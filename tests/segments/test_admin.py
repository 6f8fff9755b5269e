"""The pages of segments: saving checks every row, lists show the sentence, deleting asks."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdp.models import Job, User
from segments.definitions import Definition, make_row
from segments.models import Condition, Membership, Segment
from segments.storing import compare, store
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

ADD = "admin:segments_segment_add"
CHANGE = "admin:segments_segment_change"
DELETE = "admin:segments_segment_delete"
LIST = "admin:segments_segment_changelist"
COUNTRY = make_row("country", "is_any_of", {"values": ["DK"]})
WITHIN = ("last_order", "within_last", {"amount": 30})

Written = tuple[str, str, object]


@pytest.fixture
def client() -> Client:
    factories.make_shop()
    client = Client()
    client.force_login(User.objects.create_superuser("marketer"))
    return client


def form(*rows: Written, stored: tuple[Condition, ...] = (), **values: object) -> dict[str, object]:
    data: dict[str, object] = {
        "name": "Fresh",
        "match": "all",
        "note": "",
        "conditions-TOTAL_FORMS": len(rows),
        "conditions-INITIAL_FORMS": len(stored),
        **values,
    }
    for number, (criterion, operator, parameters) in enumerate(rows):
        text = parameters if isinstance(parameters, str) else json.dumps(parameters)
        data |= {
            f"conditions-{number}-criterion": criterion,
            f"conditions-{number}-operator": operator,
            f"conditions-{number}-parameters": text,
        }
    for number, condition in enumerate(stored):
        data |= {
            f"conditions-{number}-id": condition.pk,
            f"conditions-{number}-segment": condition.segment_id,
        }
    return data


def define(*definitions: Definition) -> None:
    store(compare(definitions), now=NOW)


def test_a_segment_is_stored_with_its_rows_and_refreshed_in_the_background(client: Client) -> None:
    answer = client.post(reverse(ADD), form(WITHIN, ("country", "is_any_of", {"values": "DK"})))
    assert answer.status_code == 302
    rows = Condition.objects.values_list("position", "criterion", "parameters")
    assert list(rows) == [
        (1, "last_order", {"amount": 30, "unit": "days"}),
        (2, "country", {"values": ["DK"]}),
    ]
    assert Job.objects.get().kind == "refresh_segments"
    assert Segment.objects.get().owner == User.objects.get()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("last_order", "within_last", {}), "“amount”"),
        (("last_order", "is_any_of", {}), "cannot be asked with"),
        (("last_order", "within_last", {"amonut": 3}), "“amonut”"),
        (("last_order", "within_last", "{"), "Enter a valid JSON"),
        (("last_order", "within_last", "[1]"), "Write an object in braces"),
        (("in_segment", "is_member", {"segment": "Nowhere"}), "There is no segment “Nowhere”"),
        (("last_order", "", {}), "This field is required"),
    ],
)
def test_a_mistake_is_shown_at_its_row_and_nothing_is_stored(
    client: Client, row: Written, said: str
) -> None:
    answer = client.post(reverse(ADD), form(WITHIN, row))
    assert answer.status_code == 200
    formset = answer.context["inline_admin_formsets"][0].formset
    assert formset.errors[0] == {}
    assert said in str(formset.errors[1])
    assert not Segment.objects.exists()


def test_too_many_rows_are_refused_with_the_limit(client: Client) -> None:
    answer = client.post(reverse(ADD), form(*[WITHIN] * 5))
    assert "at most 4 are allowed" in str(
        answer.context["inline_admin_formsets"][0].formset.non_form_errors()
    )


def test_rows_that_are_removed_do_not_count(client: Client) -> None:
    define(Definition("Fresh", (COUNTRY,)))
    segment, condition = Segment.objects.get(), Condition.objects.get()
    data = form(("country", "is_any_of", {"values": ["DK"]}), WITHIN, stored=(condition,))
    data["conditions-0-DELETE"] = "on"
    assert client.post(reverse(CHANGE, args=[segment.pk]), data).status_code == 302
    assert Condition.objects.get().criterion == "last_order"
    assert Segment.objects.get().edited_at != NOW


def test_a_segment_that_is_asked_for_is_kept_beside_its_name(client: Client) -> None:
    define(Definition("Danes", (COUNTRY,)))
    client.post(reverse(ADD), form(("in_segment", "is_member", {"segment": "danes"})))
    condition = Condition.objects.get(segment__name="Fresh")
    assert condition.referenced_segment.name == "Danes"
    assert condition.parameters == {"segment": "Danes"}


def test_a_circle_is_refused(client: Client) -> None:
    define(
        Definition("Danes", (COUNTRY,)),
        Definition("Inner", (make_row("in_segment", "is_member", {"segment": "Danes"}),)),
    )
    danes = Segment.objects.get(name="Danes")
    row = ("in_segment", "is_member", {"segment": "Inner"})
    answer = client.post(reverse(CHANGE, args=[danes.pk]), form(row, name="New name"))
    formset = answer.context["inline_admin_formsets"][0].formset
    assert "in a circle" in str(formset.non_form_errors())
    excluded = form(name="Danes", excluded_segment=Segment.objects.get(name="Inner").pk)
    answer = client.post(reverse(CHANGE, args=[danes.pk]), excluded)
    formset = answer.context["inline_admin_formsets"][0].formset
    assert "in a circle" in str(formset.non_form_errors())


def test_a_new_name_reaches_the_segments_that_ask_for_it(client: Client) -> None:
    define(
        Definition("Danes", (COUNTRY,)),
        Definition("Inner", (make_row("in_segment", "is_member", {"segment": "Danes"}),)),
    )
    danes = Segment.objects.get(name="Danes")
    row = ("country", "is_any_of", {"values": ["DK"]})
    stored = (danes.conditions.get(),)
    answer = client.post(
        reverse(CHANGE, args=[danes.pk]), form(row, stored=stored, name="People of Denmark")
    )
    assert answer.status_code == 302
    assert Condition.objects.get(segment__name="Inner").parameters == {
        "segment": "People of Denmark"
    }


def test_the_list_shows_sentence_counts_and_error_at_a_fixed_cost(client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse(LIST))
        assert "Country is Denmark" in answer.content.decode()
        return len(queries)

    asks = make_row("in_segment", "is_member", {"segment": "Danes"})
    define(Definition("Danes", (COUNTRY,)), Definition("A", (asks,), excluded="Danes"))
    few = cost()
    define(*(Definition(f"A{number}", (asks, COUNTRY), excluded="A") for number in range(15)))
    assert cost() == few


def test_a_segment_in_use_cannot_be_deleted_and_the_page_says_where(client: Client) -> None:
    define(Definition("Danes", (COUNTRY,)), Definition("Others", (COUNTRY,), excluded="Danes"))
    danes = Segment.objects.get(name="Danes")
    page = client.get(reverse(DELETE, args=[danes.pk])).content.decode()
    assert "Others" in page
    client.post(reverse(DELETE, args=[danes.pk]), {"post": "yes"})
    assert Segment.objects.filter(pk=danes.pk).exists()


def test_deleting_a_segment_deletes_memberships_but_no_customer(client: Client) -> None:
    customer = factories.make_customer()
    segment = factories.make_static_segment("List", [customer], NOW)
    client.post(reverse(DELETE, args=[segment.pk]), {"post": "yes"})
    assert not Segment.objects.exists()
    assert not Membership.objects.exists()
    customer.refresh_from_db()


@pytest.mark.parametrize("model", ["membership", "membershipevent", "segmentrun", "segmentsize"])
def test_members_and_history_can_only_be_looked_at(client: Client, model: str) -> None:
    factories.make_static_segment("List", [factories.make_customer()], NOW)
    assert client.get(reverse(f"admin:segments_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:segments_{model}_add")).status_code == 403


def test_a_new_row_starts_with_an_empty_object(admin_client):
    page = admin_client.get(reverse("admin:segments_segment_add")).content.decode()
    texts = re.findall(
        r'<textarea name="conditions-\d+-parameters"[^>]*>\s*(\S*)\s*</textarea>', page
    )
    assert texts
    assert set(texts) == {"{}"}
