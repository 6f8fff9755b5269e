"""What stands still is named with what to do; what goes on by itself is not."""

from __future__ import annotations

import pytest

from integrations.attention import troubles
from integrations.models import Audience, RunKind, RunState, SyncRun
from segments.models import Segment
from tests.conftest import NOW
from tests.connections import make_audience, make_connection
from tests.factories import make_static_segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment() -> Segment:
    return make_static_segment("VIP", [], NOW)


@pytest.fixture
def audience(segment: Segment) -> Audience:
    connection = make_connection("mailchimp", account_name="Shop", checked_at=NOW)
    return make_audience(connection, segment, synced_at=NOW)


def run(audience: Audience, state: str = RunState.DONE, **values: object) -> None:
    values = {"kind": RunKind.SYNC, "started_at": NOW, "wanted": 1000} | values
    SyncRun.objects.create(audience=audience, state=state, **values)


def said() -> str:
    return "\n".join(one.text for one in troubles())


def test_nothing_while_all_is_well(audience: Audience) -> None:
    run(audience, refused=9)
    assert troubles() == []


def test_a_stopped_connection_is_named_once_for_all_its_audiences(audience: Audience) -> None:
    connection = audience.connection
    connection.state, connection.error, connection.hint = "stopped", "Refused.", "Mend it."
    connection.save()
    run(audience, RunState.FAILED, error="Refused.")
    assert said() == "“Our mailchimp”: Refused. Mend it."


def test_a_paused_connection_is_somebodys_wish(audience: Audience) -> None:
    audience.connection.state = "paused"
    audience.connection.save()
    assert troubles() == []


def test_removals_held_back_and_a_stopped_audience_are_named(audience: Audience) -> None:
    audience.held_removals = 1200
    audience.save()
    assert "1,200 removals are held back" in said()
    audience.state, audience.error = "stopped", "The tag was deleted."
    audience.save()
    assert "The tag was deleted." in said()
    audience.state = "ended"
    audience.save()
    assert troubles() == []


def test_a_failed_run_counts_until_the_next_one_is_done(audience: Audience) -> None:
    run(audience, RunState.FAILED, error="It broke off.")
    assert "It broke off." in said()
    run(audience, RunState.FAILED, kind=RunKind.DRY_RUN, error="Dry.")
    assert "Dry." not in said()
    run(audience)
    assert troubles() == []


@pytest.mark.parametrize(("wanted", "refused", "is_named"), [(1000, 51, True), (1000, 49, False)])
def test_many_refused_people_are_worth_a_look(
    audience: Audience, wanted: int, refused: int, is_named: bool
) -> None:
    run(audience, wanted=wanted, refused=refused)
    assert bool(troubles()) == is_named


def test_the_gravest_come_first(audience: Audience, segment: Segment) -> None:
    run(audience, refused=60)
    broken = make_connection("klaviyo", state="stopped", error="Refused.")
    make_audience(broken, segment)
    assert [one.tone for one in troubles()] == ["bad", "warn"]
