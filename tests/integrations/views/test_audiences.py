"""The ledger of an audience in the browser, its people, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdp.jobs.runner import run_in_foreground
from cdp.models import Customer, Job
from integrations.models import (
    Audience,
    AudienceState,
    Connection,
    ConnectionState,
    MemberState,
    RunKind,
    SyncRun,
)
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, make_member, vendor_of
from tests.factories import make_customer, make_static_segment
from tests.integrations.views.audience_pages import look, press, text_of, words_of
from tests.people import client_of

pytestmark = pytest.mark.django_db
HOSTILE = "<script>x</script>{{617*10}}"


# The ledger


def test_the_ledger_says_what_is_there_and_what_is_left_to_do(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    for one in people[:7]:
        make_member(audience, one)
    make_member(audience, people[7], MemberState.REFUSED, reason="Permanently deleted there.")
    make_member(audience, people[10])  # Without consent.
    shown = words_of(look(marketer, "detail", audience.pk))
    assert "Belong in 10" in shown
    assert "Are there 8" in shown
    assert "Refused 1" in shown
    assert "Left to do: 2 to be added or confirmed, 1 to be removed." in shown
    assert "Permanently deleted there. 1" in shown


def test_equality_is_said_when_it_is_so(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    Audience.objects.update(synced_at=NOW)
    for one in people[:10]:
        make_member(audience, one)
    assert "all 10 people who belong in are there" in look(marketer, "detail", audience.pk)


def test_a_paused_audience_says_who_still_leaves(marketer: Client, audience: Audience) -> None:
    press(marketer, "pause", audience)
    shown = words_of(look(marketer, "detail", audience.pk))
    assert "paused" in shown
    assert "withdraws consent or is erased is taken out" in shown
    press(marketer, "resume", audience)
    audience.refresh_from_db()
    assert audience.state == AudienceState.ACTIVE


def test_a_stopped_audience_says_what_to_do(marketer: Client, audience: Audience) -> None:
    Audience.objects.update(
        state=AudienceState.STOPPED, error="The audience was deleted there.", hint="Make it again."
    )
    shown = words_of(look(marketer, "detail", audience.pk))
    assert "The audience was deleted there. Make it again." in shown
    assert "The audience was deleted there." in words_of(look(marketer, "list"))


def test_nothing_can_be_sent_while_the_connection_is_stopped(
    marketer: Client, audience: Audience
) -> None:
    Connection.objects.update(state=ConnectionState.STOPPED, error="The key was refused.")
    shown = look(marketer, "detail", audience.pk)
    assert "The key was refused." in shown
    assert 'value="sync"' not in shown
    assert "was stopped" in words_of(text_of(press(marketer, "start", audience, kind="sync")))
    assert not Job.objects.exists()


def test_held_removals_go_only_as_many_as_were_shown(marketer: Client, audience: Audience) -> None:
    Audience.objects.update(held_removals=26)
    assert "26 removals are held back" in look(marketer, "detail", audience.pk)
    press(marketer, "release", audience, count="25")
    audience.refresh_from_db()
    assert audience.released_removals == 0
    press(marketer, "release", audience, count="26")
    audience.refresh_from_db()
    assert audience.released_removals == 26


def test_an_audience_without_segment_keeps_its_people_and_says_so(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    make_member(audience, people[0])
    Audience.objects.update(segment=None)
    shown = words_of(look(marketer, "detail", audience.pk))
    assert "Its segment was deleted" in shown
    assert "Left to do" not in shown
    look(marketer, "list")


# Ending and replacing


def test_ending_asks_what_becomes_of_the_people(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    make_member(audience, people[0])
    shown = words_of(look(marketer, "end", audience.pk))
    assert "1 person is in this audience at Mailchimp" in shown
    assert "Whoever withdraws consent or is erased is still taken out" in shown
    assert "Choose one" in text_of(press(marketer, "end", audience))
    press(marketer, "end", audience, way="leave")
    audience.refresh_from_db()
    assert audience.state == AudienceState.ENDED
    assert not Job.objects.exists()


def test_after_ending_in_place_nothing_that_was_asked_for_is_sent(
    marketer: Client, audience: Audience, settings: Any
) -> None:
    with vendor_of("mailchimp", settings) as vendor:
        press(marketer, "start", audience, kind="sync")
        press(marketer, "end", audience, way="leave")
        run_in_foreground(Job.objects.get(), pause=lambda _seconds: None)
        assert vendor.requests == []
    audience.refresh_from_db()
    assert audience.state == AudienceState.ENDED


def test_ending_may_take_everybody_out(marketer: Client, audience: Audience) -> None:
    press(marketer, "end", audience, way="take_out")
    audience.refresh_from_db()
    assert audience.state == AudienceState.ENDING
    assert Job.objects.get().kind == "sync"


def test_replacing_is_offered_where_it_can_be_done(
    marketer: Client, audience: Audience, segment: Segment
) -> None:
    ads = make_audience(make_connection("meta"), segment)
    assert "is taken out, too" in look(marketer, "replace", ads.pk)
    press(marketer, "replace", ads)
    ads.refresh_from_db()
    assert "replace" in ads.asked_kinds
    address = reverse("audiences:replace", args=[audience.pk])
    assert marketer.get(address).status_code == 404


# People


def test_a_person_is_found_and_their_absence_explained(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    make_member(audience, people[0])
    stranger = make_customer(email="s@x.example", phone="+4520123456", email_consent=-1)

    def asked(who: str) -> str:
        return words_of(text_of(press(marketer, "person", audience, who=who)))

    assert "confirmed that this person is in it" in asked("P0@x.example")
    assert "Belongs in." in asked(people[1].external_id)
    assert "There is no consent to marketing e-mail." in asked("q0@x.example")
    outside = asked("+45 20 12 34 56")
    assert "Not a member of the segment “Lapsed VIPs”." in outside
    assert "Withdrew consent" in outside
    assert stranger.email not in reverse("audiences:person", args=[audience.pk])
    assert "No customer has exactly" in asked("nobody@x.example")
    assert "Write a whole" in asked(" ")


def test_people_are_listed_by_where_they_stand(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    states = (MemberState.IN, MemberState.PENDING_ADD, MemberState.PENDING_REMOVE)
    for one, state in zip(people, states, strict=False):
        make_member(audience, one, state)
    shown = {
        which: look(marketer, "people", audience.pk, show=which)
        for which in ("in", "entering", "leaving", "refused", "nonsense")
    }
    for which, name in (("in", "Anna0"), ("entering", "Anna1"), ("leaving", "Anna2")):
        assert [key for key, html in shown.items() if f">{name}</a>" in html] == [which]
    assert "Nobody has been refused." in shown["nonsense"]
    Audience.objects.update(held_removals=1)
    assert "?show=leaving" in look(marketer, "detail", audience.pk)


def test_refused_people_show_their_names_to_those_who_may_see_them(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    make_member(audience, people[0], MemberState.REFUSED, reason="Not deliverable.")
    assert "Anna0" in look(marketer, "people", audience.pk)
    hidden = look(client_of("Analyst"), "people", audience.pk)
    assert "Not deliverable." in hidden
    assert "Anna0" not in hidden
    assert "p0@x.example" not in hidden


# Everything together


def test_hostile_names_do_nothing(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    Segment.objects.update(name=HOSTILE)
    Connection.objects.update(name=HOSTILE)
    Audience.objects.update(outside_name=HOSTILE, error=HOSTILE, state=AudienceState.STOPPED)
    make_member(audience, people[0], MemberState.REFUSED, reason=HOSTILE)
    run = SyncRun.objects.create(
        audience=audience, started_at=NOW, state="failed", error=HOSTILE, notes=[HOSTILE]
    )
    keys = (audience.pk,)
    for page, arguments in (
        ("list", ()), ("detail", keys), ("people", keys), ("runs", keys), ("edit", keys),
        ("end", keys), ("new", ()), ("run", (*keys, run.pk)),
    ):  # fmt: skip
        shown = look(marketer, page, *arguments)
        assert "<script>x" not in shown, page
        assert "6170" not in shown.replace("617*10", ""), page


def _queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(database) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_pages_ask_no_more_for_twenty_than_for_two(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            one = make_customer(email=f"n{number}@x.example", email_consent=1)
            make_member(audience, one, MemberState.REFUSED, reason=f"Reason {number}")
            segment = make_static_segment(f"S{number}", [one], NOW)
            other = make_audience(audience.connection, segment, outside_name=f"C{number}")
            for owner in (audience, other):
                SyncRun.objects.create(
                    audience=owner, started_at=NOW, state="done", wanted=number,
                    kind=RunKind.SYNC, sample={"add": [one.pk], "remove": [one.pk]},
                )  # fmt: skip

    pages = [reverse("audiences:list")]
    pages += [
        reverse(f"audiences:{name}", args=[audience.pk]) for name in ("detail", "people", "runs")
    ]
    fill(0, 2)
    before = [_queries(marketer, page) for page in pages]
    fill(2, 20)
    assert [_queries(marketer, page) for page in pages] == before
