"""The home page: first steps, figures, what each role sees, totals to compare."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics.refresh import refresh_now
from cdp.cards.first_steps import FirstStepsCard
from cdp.dashboard import cards
from cdp.models import AuditEntry, Job, Shop
from segments.models import SegmentSize
from tests import factories
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>{{7*7}}"


def home(client: Client) -> str:
    response = client.get(reverse("home"))
    assert response.status_code == 200
    return response.content.decode()


def keys(client: Client) -> list[str]:
    return [card.key for card in client.get(reverse("home")).context["cards"]]


def make_busy_shop() -> None:
    """Some buyers of the last year, computed now."""
    now = timezone.now()
    factories.make_shop()
    for number in range(12):
        customer = factories.make_customer(email=f"{number}@example.com")
        for days in (10 * number + 5, 100 + number):
            factories.make_order(customer, now - timedelta(days=days), total=100)
    refresh_now(now=now, full=True)


def done_steps(user) -> list[bool]:
    content = FirstStepsCard().content(user, now=timezone.now())
    assert content is not None
    return [step.is_done for step in content.steps]


def test_an_empty_shop_shows_the_first_steps_only() -> None:
    client = client_of("Marketer")
    assert keys(client) == ["first_steps"]
    assert "Import a file" in home(client)
    assert "Welcome" in home(client)


def test_an_analyst_of_an_empty_shop_is_told_whom_to_wait_for() -> None:
    client = client_of("Analyst")
    assert keys(client) == []
    assert "As soon as a marketer has imported" in home(client)


def test_a_step_is_ticked_when_the_data_says_that_it_was_taken() -> None:
    boss = make_user("Admin")
    assert done_steps(boss) == [False] * 7
    make_busy_shop()
    assert done_steps(boss) == [False, True, False, True, False, False, False]
    Shop.objects.update(name="Fjord & Field", totals_checked_at=timezone.now())
    factories.make_static_segment("Friends", [], timezone.now())
    make_user("Marketer")
    assert done_steps(boss) == [True, True, True, True, True, False, True]


def test_a_step_of_another_role_has_no_link() -> None:
    text = home(client_of("Marketer"))
    assert reverse("settings:shop") not in text
    assert "An administrator does this" in text


def test_the_step_that_explains_itself_is_one_that_the_reader_may_take() -> None:
    content = FirstStepsCard().content(make_user("Marketer"), now=timezone.now())
    assert content is not None
    assert content.current == 2
    content = FirstStepsCard().content(make_user("Admin"), now=timezone.now())
    assert content is not None
    assert content.current == 1


def test_the_first_steps_are_hidden_for_oneself_and_come_back() -> None:
    client, other = client_of("Marketer"), client_of("Marketer")
    client.post(reverse("first_steps"), {"hide": "1"})
    assert keys(client) == []
    assert "Show the first steps again" in home(client)
    assert keys(other) == ["first_steps"]
    client.post(reverse("first_steps"), {"hide": "0"})
    assert keys(client) == ["first_steps"]


def test_a_busy_shop_shows_figures_with_changes_and_links() -> None:
    make_busy_shop()
    text = home(client_of("Marketer"))
    for part in ("Key figures", "Revenue", "Active customers", "Buyers by month", "Newest order"):
        assert part in text
    assert re.search(r"[+−±]\d+ %", text)
    assert f"{reverse('customers:list')}?importance=vip&amp;life_cycle=lost" in text or (
        "importance=frequent" in text or "importance=loyal" in text
    )


def test_an_analyst_sees_figures_but_nothing_about_importing() -> None:
    make_busy_shop()
    text = home(client_of("Analyst"))
    assert "Key figures" in text
    for route in ("imports:list", "totals", "settings:shop"):
        assert f'href="{reverse(route)}"' not in text


def test_two_visits_show_the_same() -> None:
    make_busy_shop()
    client = client_of("Marketer")
    first, second = (
        re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"', "", home(client)) for _visit in range(2)
    )
    assert first == second


def test_a_repeated_visit_asks_little_however_many_segments_and_jobs_there_are() -> None:
    make_busy_shop()
    client = client_of("superuser")

    def queries(rows: int) -> int:
        now = timezone.now()
        for number in range(rows):
            name = f"{HOSTILE} {rows} {number}"
            segment = factories.make_static_segment(name, [], now)
            segment.is_starred = True
            segment.save()
            SegmentSize.objects.create(
                segment=segment, local_date=now.date(), member_count=1, mailable_count=0
            )
            Job.objects.create(kind="refresh", target=f"{rows}-{number}", created_at=now)
        home(client)
        with CaptureQueriesContext(connection) as captured:
            home(client)
        return len(captured)

    few = queries(2)
    assert queries(18) == few
    assert few < 60


def test_names_do_nothing_on_the_home_page() -> None:
    make_busy_shop()
    Shop.objects.update(name=HOSTILE)
    segment = factories.make_static_segment(HOSTILE, [], timezone.now())
    segment.is_starred = True
    segment.save()
    text = home(client_of("Marketer"))
    assert "<script>alert" not in text
    assert "49" not in re.findall(r"script&gt;(\d+)", text)


def test_a_broken_card_says_so_and_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(subject: object, *, now: object) -> None:
        raise ZeroDivisionError

    make_busy_shop()
    monkeypatch.setattr(cards.get("growth"), "content", fail)
    text = home(client_of("Marketer"))
    assert "This part cannot be shown right now" in text
    assert "Key figures" in text


def test_the_home_page_tells_of_jobs_under_way_and_of_failed_ones() -> None:
    user = make_user("Marketer")
    now = timezone.now()
    Job.objects.create(kind="import", target="1", user=user, created_at=now)
    failed = Job.objects.create(
        kind="import", target="2", user=user, created_at=now, state="failed", finished_at=now
    )
    text = home(client_of(user))
    assert "data-job=" in text
    assert reverse("jobs:detail", args=[failed.pk]) in text


def test_the_totals_of_each_month_are_shown_and_noted_as_agreed() -> None:
    make_busy_shop()
    client = client_of("Marketer")
    text = client.get(reverse("totals")).content.decode()
    assert "They agree" in text
    assert "so far" in text
    assert client.post(reverse("totals"))["Location"] == reverse("home")
    assert Shop.objects.current().totals_checked_at is not None
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == ("settings_changed", "shop")


def test_without_orders_there_are_no_totals_to_agree_with() -> None:
    text = client_of("Marketer").get(reverse("totals")).content.decode()
    assert "There are no orders to compare yet." in text
    assert "They agree" not in text


def test_a_pinned_refresh_is_told_of() -> None:
    make_busy_shop()
    refresh_now(now=timezone.now() - timedelta(days=40), full=True, pinned=True)
    assert "an operator pinned the last refresh" in home(client_of("Marketer"))


def test_two_labels_begin_a_segment_in_the_builder() -> None:
    make_busy_shop()
    client = client_of("Marketer")
    text = home(client)
    form = text[text.index(f'action="{reverse("segments:new")}"') :].partition("</form>")[0]
    sent = dict(re.findall(r'name="(c-[^"]+)" value="([^"]+)"', form))
    for name in re.findall(r'<select[^>]* name="([^"]+)"', form):
        choices = re.findall(r'<option value="([^"]+)"', form.partition(f'name="{name}"')[2])
        sent[name] = next(choice for choice in choices if choice in ("vip", "lost"))
    response = client.post(reverse("segments:new"), sent)
    assert response.status_code == 200
    rows = response.context["draft"].rows
    assert [(row.criterion, row.values) for row in rows] == [
        ("importance", {"values": ["vip"]}),
        ("life_cycle", {"values": ["lost"]}),
    ]
    assert f'action="{reverse("segments:new")}"' not in home(client_of("Analyst"))
