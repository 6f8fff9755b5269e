"""Making and changing segments by the form, as a browser without scripts sends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics.models import BackTest, InterestTarget, Refresh
from analytics.refresh import refresh_now
from segments.definitions import Definition, definition_of, make_row
from segments.drafting.saving import version_of
from segments.models import Condition, Segment, SegmentType
from segments.refreshing import refresh_segment
from segments.storing import compare, store
from tests.factories import make_customer, make_order, make_shop, make_static_segment
from tests.people import client_of
from tests.predictions import make_back_test

pytestmark = pytest.mark.django_db
NEW = reverse("segments:new")
HOSTILE = "<script>alert(1)</script>{{7*7}}<div x-data x-init=alert(1)>"


@pytest.fixture
def client(db: None) -> Client:
    """A marketer in a shop with two buyers, one of them silent, and one who never bought."""
    make_shop()
    now = timezone.now()
    for number, days in ((1, 5), (2, 100)):
        customer = make_customer(first_name=f"Buyer {number}", country="DK", email_consent=1)
        make_order(customer, now - timedelta(days=days), total=200)
    make_customer(first_name=HOSTILE[:120], country="DE")
    refresh_now(now=now, full=True)
    return client_of("Marketer")


def row(number: int, criterion: str, operator: str, order: int = 0, **values: object) -> dict:
    """The fields of a row as the page shows them."""
    prefix = f"c-{number}"
    fields: dict[str, object] = {
        f"{prefix}-criterion": criterion,
        f"{prefix}-was": criterion,
        f"{prefix}-operator": operator,
        f"{prefix}-how": operator,
        f"{prefix}-ORDER": str(order or number),
    }
    return fields | {f"{prefix}-v-{name}": value for name, value in values.items()}


SPENT = row(1, "revenue", "more_than", value="100")
SILENT = row(2, "last_order", "more_than_ago", amount="60", unit="days")


def saved(name: str = "Spent", *rows: object) -> Segment:
    chosen = rows or (make_row("revenue", "more_than", {"value": 100}),)
    segment = store(compare([Definition(name, tuple(chosen))]), now=timezone.now())[0]
    refresh_segment(segment, now=timezone.now())
    segment.refresh_from_db()
    return segment


def edit(segment: Segment) -> str:
    return reverse("segments:edit", args=[segment.pk])


def form_of(segment: Segment, **more: object) -> dict[str, object]:
    hidden = {"segment": segment.pk, "version": version_of(segment), "name": segment.name}
    return {**hidden, "match": "all", **more}


def test_a_new_segment_is_stored_counted_and_shown(client: Client) -> None:
    answer = client.post(NEW, {"name": "Silent", "action": "save", "is_starred": "on", **SILENT})
    segment = Segment.objects.get()
    assert answer.url == reverse("segments:detail", args=[segment.pk])
    assert (segment.name, segment.member_count, segment.is_starred) == ("Silent", 1, True)
    assert segment.owner is not None
    assert definition_of(segment).rows == (
        make_row("last_order", "more_than_ago", {"amount": 60, "unit": "days"}),
    )


def test_rows_are_stored_in_the_order_they_were_moved_to(client: Client) -> None:
    moved = {**SPENT, "c-1-ORDER": "9", **SILENT}
    client.post(NEW, {"name": "Moved", "action": "save", **moved})
    rows = Condition.objects.values_list("criterion", flat=True)
    assert list(rows) == ["last_order", "revenue"]


def test_a_row_that_was_removed_leaves_the_others_alone(client: Client) -> None:
    page = client.post(NEW, {"remove": "1", **SPENT, **SILENT}).content.decode()
    assert "c-1-criterion" not in page
    assert 'name="c-2-v-amount" id="id-c-2-v-amount" value="60"' in page


def test_buttons_add_duplicate_and_move_rows(client: Client) -> None:
    numbers = lambda page: [one.row.draft.number for one in page.context["result"].rows]  # noqa: E731
    assert numbers(client.post(NEW, {"add": "1", **SPENT, **SILENT})) == [1, 2, 3]
    assert numbers(client.post(NEW, {"duplicate": "1", **SPENT, **SILENT})) == [1, 3, 2]
    assert numbers(client.post(NEW, {"up": "2", **SPENT, **SILENT})) == [2, 1]
    assert numbers(client.post(NEW, {"down": "2", **SPENT, **SILENT})) == [1, 2]


def test_a_row_too_many_is_refused_and_the_setting_named(client: Client, settings: object) -> None:
    settings.SEGMENT_MAX_CONDITIONS = 1
    page = client.post(NEW, {"add": "1", **SPENT})
    assert len(page.context["result"].rows) == 1
    assert "1 of 1 conditions used" in page.content.decode()
    page = client.post(NEW, {"name": "Two", "action": "save", **SPENT, **SILENT})
    assert not Segment.objects.exists()
    assert "SEGMENT_MAX_CONDITIONS" in page.content.decode()


def test_another_criterion_begins_with_its_own_values(client: Client) -> None:
    changed = {**SPENT, "c-1-criterion": "last_order"}
    begun = client.post(NEW, {"action": "apply", **changed}).context["draft"].rows[0]
    assert (begun.operator, begun.values) == ("more_than_ago", {"amount": 60, "unit": "days"})


def test_another_operator_keeps_the_values_that_fit(client: Client) -> None:
    changed = {**SILENT, "c-2-operator": "within_last"}
    kept = client.post(NEW, {"action": "apply", **changed}).context["draft"].rows[0]
    assert kept.values == {"amount": "60", "unit": "days"}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "", **SPENT}, "Give the segment a name."),
        ({"name": "Empty"}, "Add at least one condition"),
        ({"name": "Row", **row(1, "", "")}, "Choose what to ask, or remove this condition."),
        ({"name": "Lacks", **row(1, "last_order", "within_last")}, "“Number” is missing."),
        ({"name": "Wrong", **row(1, "revenue", "more_than", value="x")}, "Enter a number."),
        ({"name": "Own", "excluded": "Nobody", **SPENT}, "There is no segment “Nobody”."),
    ],
)
def test_a_mistake_is_told_with_a_link_to_its_place(
    client: Client, fields: dict, problem: str
) -> None:
    answer = client.post(NEW, {"action": "save", **fields})
    assert answer.status_code == 200
    assert not Segment.objects.exists()
    problems = answer.context["problems"]
    assert [one for one in problems if problem in one.text]
    for one in problems:
        assert f'id="{one.place}"' in answer.content.decode()


def test_a_name_is_given_once(client: Client) -> None:
    saved("Spent")
    answer = client.post(NEW, {"name": " Spent ", "action": "save", **SILENT})
    assert "There is already a segment “Spent”." in answer.context["name_error"]
    assert Segment.objects.count() == 1


def test_a_changed_segment_keeps_its_members_history(client: Client) -> None:
    segment = saved()
    fields = form_of(segment, action="save", **SPENT, **SILENT)
    client.post(edit(segment), {**fields, "name": "Spent and silent"})
    segment.refresh_from_db()
    assert (segment.name, segment.member_count) == ("Spent and silent", 1)
    assert segment.events.filter(change="left").count() == 1


def test_a_new_name_reaches_the_segments_that_ask_for_it(client: Client) -> None:
    segment = saved()
    asking = saved("Asking", make_row("in_segment", "is_member", {"segment": "Spent"}))
    page = client.get(edit(segment)).content.decode()
    assert "Other segments are computed from this one" in page
    assert "Asking" in page
    client.post(edit(segment), form_of(segment, action="save", **SPENT) | {"name": "Big"})
    assert asking.conditions.get().parameters == {"segment": "Big"}


def test_somebody_elses_newer_edit_is_not_overwritten(client: Client) -> None:
    segment = saved()
    stale = form_of(segment, action="save", **SILENT)
    client.post(edit(segment), form_of(segment, action="save", **SPENT, note="theirs"))
    answer = client.post(edit(segment), stale)
    assert "Somebody has changed this segment since you opened it." in answer.content.decode()
    segment.refresh_from_db()
    assert segment.note == "theirs"
    copied = client.post(edit(segment), {**stale, "action": "copy"})
    assert Segment.objects.get(name="Spent (copy)").conditions.get().criterion == "last_order"
    assert copied.status_code == 302


def test_a_circle_of_segments_is_refused(client: Client) -> None:
    segment = saved()
    saved("Asking", make_row("in_segment", "is_member", {"segment": "Spent"}))
    asks_back = row(1, "in_segment", "is_member", segment="Asking")
    answer = client.post(edit(segment), form_of(segment, action="save", **asks_back))
    assert "in a circle" in answer.content.decode()
    assert segment.conditions.get().criterion == "revenue"


def test_a_stored_row_that_is_not_understood_is_shown_and_kept(client: Client) -> None:
    segment = saved()
    segment.conditions.update(criterion="shoe_colour", parameters={"values": ["red"]})
    page = client.get(edit(segment)).content.decode()
    assert "“shoe_colour” no longer exists" in page
    assert "red" in page
    broken = row(1, "shoe_colour", "more_than") | {"c-1-kept": '{"values": ["red"]}'}
    answer = client.post(edit(segment), form_of(segment, action="save", **broken))
    assert "“shoe_colour” no longer exists" in answer.content.decode()
    assert segment.conditions.get().parameters == {"values": ["red"]}


def test_a_fixed_list_changes_its_name_only(client: Client) -> None:
    fixed = make_static_segment("Friends", [make_customer()], timezone.now())
    assert "Add a condition" not in client.get(edit(fixed)).content.decode()
    client.post(edit(fixed), form_of(fixed, action="save") | {"name": "Good friends"})
    fixed.refresh_from_db()
    assert (fixed.name, fixed.type) == ("Good friends", SegmentType.STATIC)
    assert fixed.memberships.count() == 1


def test_duplicating_begins_with_the_rows_of_the_other(client: Client) -> None:
    segment = saved()
    draft = client.get(NEW, {"from": segment.pk}).context["draft"]
    assert draft.name == "Spent (copy)"
    assert draft.definition.rows == definition_of(segment).rows
    assert client.get(NEW, {"from": "999999"}).status_code == 404
    assert client.get(NEW, {"from": "x"}).status_code == 404


def test_a_suggestion_begins_with_its_rows(client: Client) -> None:
    draft = client.get(NEW, {"suggestion": "One-time buyers"}).context["draft"]
    assert [one.criterion for one in draft.rows] == ["importance"]
    assert client.get(NEW, {"suggestion": "Nonsense"}).context["draft"].rows == ()


def test_hostile_names_stay_text(client: Client) -> None:
    segment = saved(HOSTILE, make_row("tag", "is_any_of", {"values": [HOSTILE]}))
    saved("Asking", make_row("in_segment", "is_member", {"segment": HOSTILE}))
    for address in (edit(segment), NEW):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<div x-data" not in page
    shown = client.post(NEW, {"action": "preview", **row(1, "country", "is_any_of", values="DE")})
    assert "<script>alert" not in shown.content.decode()
    assert "&lt;script&gt;" in shown.content.decode()


def test_the_page_asks_as_often_for_many_segments_as_for_few(
    client: Client, django_assert_max_num_queries: object
) -> None:
    segment = saved()
    for number in range(20):
        saved(f"Other {number}")
    client.get(edit(segment))
    with django_assert_max_num_queries(20):
        client.get(edit(segment))


def test_a_row_of_interest_without_a_name_says_what_to_fill_in(client: Client) -> None:
    nameless = row(1, "interested_in", "interested", strength="high")
    page = client.post(NEW, {"name": "Wanted", "action": "save", **nameless}).content.decode()
    assert "Fill in at least one of these: Categories, Brands, Products, Keywords." in page
    assert not Segment.objects.exists()


def test_saving_a_row_of_interest_has_it_learned_and_says_so(client: Client) -> None:
    wanted = row(1, "interested_in", "interested", strength="medium", keywords="tent\nboat")
    answer = client.post(NEW, {"name": "Wanted", "action": "save", **wanted})
    segment = Segment.objects.get()
    assert answer.url == reverse("segments:detail", args=[segment.pk])
    assert sorted(InterestTarget.objects.values_list("key", flat=True)) == ["boat", "tent"]
    assert Refresh.objects.filter(started_at=None, part="interests").count() == 1
    page = client.get(reverse("segments:conditions", args=[segment.pk])).content.decode()
    assert "Is interested in what is found by “tent” or “boat”" in page
    assert "not enough data" in page.lower() or "not learned yet" in page


def test_a_row_says_below_it_how_well_it_was_foreseen(client: Client) -> None:
    BackTest.objects.all().delete()
    make_back_test()
    chance = row(1, "order_chance", "at_least", value="50", horizon_days="30")
    page = client.post(NEW, {"add": "1", **chance}).content.decode()
    assert "71 of 100 customers with the best chances ordered within 30 days" in page
