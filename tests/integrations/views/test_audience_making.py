"""Setting an audience up: whom it reaches comes before anything is stored."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from cdp.models import AuditEntry, Job
from integrations.audiences import store_audience
from integrations.models import (
    Audience,
    AudienceState,
    Connection,
)
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience
from tests.integrations.views.audience_pages import SETTINGS, look, press, text_of, words_of

pytestmark = pytest.mark.django_db


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


def test_settings_leave_alone_what_a_run_has_changed_meanwhile(audience: Audience) -> None:
    seen = Audience.objects.get(pk=audience.pk)
    Audience.objects.update(remote_id="77", held_removals=5)
    seen.brake_percent = 50
    store_audience(seen, user=None, now=NOW)
    audience.refresh_from_db()
    assert (audience.remote_id, audience.held_removals, audience.brake_percent) == ("77", 5, 50)


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
