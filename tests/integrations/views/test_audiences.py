"""Audiences in the browser: setting one up, its ledger, its people, and what its buttons do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdp.jobs.runner import run_in_foreground
from cdp.models import AuditAction, AuditEntry, Customer, Job
from integrations.models import (
    Audience,
    AudienceState,
    Connection,
    ConnectionState,
    MemberState,
    RunKind,
    RunState,
    SyncRun,
)
from integrations.stored_files import folder, store
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, make_member, vendor_of
from tests.factories import make_customer, make_shop, make_static_segment
from tests.people import client_of

pytestmark = pytest.mark.django_db
HOSTILE = "<script>x</script>{{617*10}}"
SETTINGS = {"schedule": "manual", "holdout_percent": "0", "brake_percent": "30"}


@pytest.fixture
def marketer() -> Client:
    make_shop()
    return client_of("Marketer")


@pytest.fixture
def people() -> list[Customer]:
    """Ten with consent to e-mail, two without, one with consent but without address."""
    made = [
        make_customer(
            email=f"p{n}@x.example", email_consent=1, ads_consent=1, first_name=f"Anna{n}"
        )
        for n in range(10)
    ]
    made += [make_customer(email=f"q{n}@x.example", email_consent=0) for n in range(2)]
    return [*made, make_customer(email="", email_consent=1)]


@pytest.fixture
def segment(people: list[Customer]) -> Segment:
    return make_static_segment("Lapsed VIPs", people, NOW)


@pytest.fixture
def mailchimp() -> Connection:
    return make_connection("mailchimp", name="Newsletter")


@pytest.fixture
def audience(segment: Segment, mailchimp: Connection) -> Audience:
    return make_audience(mailchimp, segment)


def look(client: Client, name: str, *keys: object, **asked: object) -> str:
    answer = client.get(reverse(f"audiences:{name}", args=keys), asked)
    assert answer.status_code == 200, answer
    return text_of(answer)


def press(client: Client, name: str, audience: Audience, **entered: object) -> HttpResponse:
    return client.post(reverse(f"audiences:{name}", args=[audience.pk]), entered, follow=True)


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def words_of(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def set_up(client: Client, segment: Segment, connection: Connection, **entered: object) -> str:
    values = {"segment": segment.pk, "connection": connection.pk, "outside_name": "Customers A1"}
    answer = client.post(reverse("audiences:new"), {**values, **SETTINGS, **entered}, follow=True)
    return words_of(text_of(answer))


# Setting one up


def test_without_a_connection_the_way_to_one_is_shown(marketer: Client) -> None:
    assert reverse("connections:new") in look(marketer, "list")
    assert reverse("connections:new") in look(marketer, "new")


def test_figures_of_the_segment_add_up_before_anything_is_stored(
    marketer: Client, segment: Segment, mailchimp: Connection
) -> None:
    shown = words_of(look(marketer, "new", segment=segment.pk))  # The only connection is taken.
    assert "consent to marketing e-mail" in shown
    assert "Would be there 10" in shown
    assert "Without consent 2" in shown
    assert "without address or number 1" in shown
    assert "Members of the segment 13" in shown
    asked = {"segment": segment.pk, "connection": mailchimp.pk, "holdout_percent": "50"}
    held = words_of(look(marketer, "reach", **asked))
    counts = [int(found) for found in re.findall(r" (\d+)(?= |$)", held)]
    assert counts[-1] == 13 == sum(counts[:-1])
    assert not Audience.objects.exists()


def test_a_name_that_tells_nothing_is_proposed_and_a_used_one_is_not(
    marketer: Client, segment: Segment, mailchimp: Connection
) -> None:
    def proposed() -> str:
        shown = look(marketer, "new", segment=segment.pk, connection=mailchimp.pk)
        found = re.search(r'name="outside_name" value="([^"]+)"', shown)
        assert found
        return found[1]

    first = proposed()
    assert "VIP" not in first
    make_audience(mailchimp, segment, outside_name=first, state=AudienceState.ENDED)
    assert proposed() != first


def test_an_audience_is_set_up_and_nothing_runs_yet(
    marketer: Client, segment: Segment, mailchimp: Connection
) -> None:
    shown = set_up(marketer, segment, mailchimp, holdout_percent="10")
    assert "nothing has been sent yet" in shown
    assert "not sent yet" in shown
    audience = Audience.objects.get()
    assert (audience.outside_name, audience.holdout_percent) == ("Customers A1", 10)
    assert audience.user is not None
    assert not Job.objects.exists()
    assert AuditEntry.objects.filter(subject=f"audience {audience.pk}").count() == 1


@pytest.mark.parametrize(
    ("entered", "complaint"),
    [
        ({"outside_name": "lapsed vips"}, "name of the segment"),
        ({"outside_name": ""}, "required"),
        ({"outside_name": "Diabetes customers"}, "health"),
        ({"holdout_percent": "51"}, "0 to 50"),
        ({"brake_percent": "0"}, "1 to 100"),
        ({"schedule": "daily"}, "at what time"),
        ({"schedule": "hourly"}, "valid choice"),
        ({"profile_fields": ["shoe_size"]}, "valid choice"),
    ],
)
def test_wrong_settings_are_refused_in_words(
    marketer: Client,
    segment: Segment,
    mailchimp: Connection,
    entered: dict[str, object],
    complaint: str,
) -> None:
    assert complaint in set_up(marketer, segment, mailchimp, **entered)
    assert not Audience.objects.exists()


def test_a_flagged_name_may_be_meant(
    marketer: Client, segment: Segment, mailchimp: Connection
) -> None:
    assert "Use this name all the same" in set_up(
        marketer, segment, mailchimp, outside_name="Debt free"
    )
    set_up(marketer, segment, mailchimp, outside_name="Debt free", keeps_name="on")
    assert Audience.objects.get().outside_name == "Debt free"


def test_counting_anew_stores_nothing_and_keeps_what_was_typed(
    marketer: Client, segment: Segment, mailchimp: Connection
) -> None:
    shown = set_up(marketer, segment, mailchimp, holdout_percent="50", count="1")
    assert "Kept out to compare with" in shown
    assert not Audience.objects.exists()


def test_a_segment_is_kept_once_at_a_connection(marketer: Client, audience: Audience) -> None:
    shown = look(marketer, "new", segment=audience.segment_id, connection=audience.connection_id)
    assert "kept at this connection already" in shown
    assert reverse("audiences:detail", args=[audience.pk]) in shown


def test_the_name_is_fixed_once_it_was_made_over_there(
    marketer: Client, audience: Audience
) -> None:
    press(marketer, "edit", audience, outside_name="Customers B2", **SETTINGS)
    audience.refresh_from_db()
    assert audience.outside_name == "Customers B2"
    Audience.objects.update(remote_id="7")
    press(
        marketer,
        "edit",
        audience,
        outside_name="Customers C3",
        **{**SETTINGS, "brake_percent": "5"},
    )
    audience.refresh_from_db()
    assert (audience.outside_name, audience.brake_percent) == ("Customers B2", 5)


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
    assert "also not those who withdraw their consent" in shown
    assert "Choose one" in text_of(press(marketer, "end", audience))
    press(marketer, "end", audience, way="leave")
    audience.refresh_from_db()
    assert audience.state == AudienceState.ENDED
    assert not Job.objects.exists()


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


def test_refused_people_show_their_names_to_those_who_may_see_them(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    make_member(audience, people[0], MemberState.REFUSED, reason="Not deliverable.")
    assert "Anna0" in look(marketer, "people", audience.pk)
    hidden = look(client_of("Analyst"), "people", audience.pk)
    assert "Not deliverable." in hidden
    assert "Anna0" not in hidden
    assert "p0@x.example" not in hidden


# Runs


@pytest.fixture
def vendor(settings: Any) -> Iterator[Any]:
    with vendor_of("mailchimp", settings) as vendor:
        yield vendor


def finish(kind: str) -> Job:
    job = run_in_foreground(Job.objects.live().get(kind=kind), pause=lambda _seconds: None)
    assert job.state == "done", job.message
    return job


def test_from_dry_run_to_a_ledger_that_is_equal(
    marketer: Client, audience: Audience, vendor: Any
) -> None:
    press(marketer, "start", audience, kind="dry_run")
    assert "data-job" in look(marketer, "detail", audience.pk)
    finish("sync_dry_run")
    assert vendor.requests == []
    dry = SyncRun.objects.get()
    shown = look(marketer, "run", audience.pk, dry.pk)
    assert "To add 10" in words_of(shown)
    assert "Anna3" in shown
    assert "Do it" in shown
    assert "Anna3" not in look(client_of("Analyst"), "run", audience.pk, dry.pk)
    assert "Do it" in look(marketer, "detail", audience.pk)
    press(marketer, "start", audience, kind="sync")
    finish("sync")
    audience.refresh_from_db()
    assert len(vendor.inside(audience.remote_id)) == 10
    after = words_of(look(marketer, "detail", audience.pk))
    assert "all 10 people who belong in are there" in after
    assert "Added: 10" in after
    assert "Do it" not in look(marketer, "run", audience.pk, dry.pk)


@pytest.mark.parametrize("state", [AudienceState.ENDED, AudienceState.STOPPED])
def test_nothing_is_asked_of_an_audience_that_sends_nothing(
    marketer: Client, audience: Audience, state: str
) -> None:
    Audience.objects.update(state=state)
    assert 'value="sync"' not in look(marketer, "detail", audience.pk)
    assert "Nothing can be sent" in text_of(press(marketer, "start", audience, kind="sync"))
    assert not Job.objects.exists()


def test_an_audience_deleted_over_there_is_made_again(
    marketer: Client, audience: Audience, people: list[Customer]
) -> None:
    make_member(audience, people[0])
    Audience.objects.update(state=AudienceState.STOPPED, remote_id="77", error="It is gone.")
    assert "Make it again" in look(marketer, "detail", audience.pk)
    press(marketer, "again", audience)
    audience.refresh_from_db()
    assert (audience.state, audience.remote_id) == (AudienceState.ACTIVE, "")
    assert not audience.members.filter(state=MemberState.IN).exists()
    assert Job.objects.get().kind == "sync"


def test_a_file_is_taken_by_those_who_may_export_and_noted(
    marketer: Client, segment: Segment, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    files = make_audience(make_connection("csv"), segment, remote_id="customers")
    place = folder(files.connection.options["folder"], files.remote_id)
    name = store(place, ["email\n", "a@x.example\n"], now=NOW).name
    assert name in look(marketer, "detail", files.pk)
    assert name not in look(client_of("Analyst"), "detail", files.pk)
    answer = marketer.get(reverse("audiences:file", args=[files.pk, name]))
    assert b"".join(answer) == b"email\na@x.example\n"
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.get(action=AuditAction.EXPORT_READ).details == name
    for other in ("20200101-000000.csv", "..%2Fsecret_key", "x.csv"):
        address = reverse("audiences:detail", args=[files.pk]) + f"files/{other}/"
        assert marketer.get(address).status_code == 404


def test_an_unknown_kind_of_run_is_refused(marketer: Client, audience: Audience) -> None:
    press(marketer, "start", audience, kind="end")
    assert not Job.objects.exists()


def test_every_run_has_a_page_and_a_sentence(marketer: Client, audience: Audience) -> None:
    run = SyncRun.objects.create(audience=audience, started_at=NOW, notes=["Slow today."])
    for kind in RunKind.values:
        for state in RunState.values:
            SyncRun.objects.update(kind=kind, state=state)
            run.refresh_from_db()
            shown = look(marketer, "run", audience.pk, run.pk)
            assert "Slow today." in shown
            assert str(run.get_state_display()) in shown


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
