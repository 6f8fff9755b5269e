"""How audiences, people and runs stand: one sentence for each case, the gravest first."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from integrations.audience_words import (
    PHASES,
    member_standing,
    next_run_words,
    run_standing,
    standing_of,
)
from integrations.models import (
    Audience,
    AudienceMember,
    Connection,
    MemberState,
    RunKind,
    RunState,
    SyncRun,
)
from integrations.sync.place import Phase
from segments.models import Segment

ZONE = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def an_audience(
    *, connection: dict[str, str] | None = None, archived: bool = False, **values: object
) -> Audience:
    values.setdefault("segment", Segment(pk=1, name="VIPs", is_archived=archived))
    return Audience(
        connection=Connection(destination="mailchimp", name="News", **(connection or {})),
        outside_name="Customers A1",
        **values,
    )


@pytest.mark.parametrize(
    ("audience", "label", "said", "is_urgent"),
    [
        (an_audience(), "not sent yet", "not been brought in line", False),
        (an_audience(synced_at=NOON), "up to date", "equal to its segment", False),
        (an_audience(error="Mailchimp is busy."), "trying again", "Mailchimp is busy.", False),
        (an_audience(held_removals=1), "held back", "1 removal is held back", True),
        (an_audience(held_removals=1200), "held back", "1,200 removals are held back", True),
        (an_audience(state="paused"), "paused", "is taken out all the same", False),
        (an_audience(state="stopped", error="Terms."), "stopped", "Terms.", True),
        (an_audience(state="ending"), "ending", "taken out", False),
        (an_audience(state="ended"), "ended", "nobody is added or removed", False),
        (an_audience(segment=None), "without segment", "was deleted", True),
        (an_audience(archived=True), "segment archived", "“VIPs” is archived", False),
        (
            an_audience(connection={"state": "stopped", "error": "Key refused."}, held_removals=3),
            "stopped",
            "“News” is stopped. Key refused.",
            True,
        ),
        (an_audience(connection={"state": "paused"}), "paused", "“News” is paused", False),
    ],
)
def test_an_audience_stands_as_it_does(
    audience: Audience, label: str, said: str, is_urgent: bool
) -> None:
    standing = standing_of(audience)
    assert (standing.label, standing.needs_attention) == (label, is_urgent)
    assert said in standing.sentence
    assert "%" not in standing.sentence.replace("30 %", "")
    if standing.needs_attention:
        assert standing.hint.endswith(".")


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        (an_audience(), "after the next refresh of its segment"),
        (an_audience(schedule="daily", daily_at=time(6, 30)), "daily at 6:30 a.m."),
        (an_audience(schedule="manual"), "when somebody asks"),
        (an_audience(state="ended"), "not by itself"),
        (an_audience(connection={"state": "stopped"}), "not before the connection is mended"),
        (an_audience(next_run_at=NOON), "Nov. 24, 2026, 1 p.m. at the earliest"),
    ],
)
def test_the_next_run_is_told_in_the_shops_time(audience: Audience, said: str) -> None:
    assert next_run_words(audience, zone=ZONE) == said


@pytest.mark.parametrize("state", MemberState.values)
def test_every_state_of_a_person_is_a_sentence(state: str) -> None:
    for returns in (False, True):
        standing = member_standing(AudienceMember(state=state, returns=returns))
        assert standing.label
        assert standing.sentence.endswith(".")
    told = member_standing(AudienceMember(state="refused", reason="Deleted there."))
    assert told.sentence == "Deleted there."


def test_every_phase_that_takes_time_has_words() -> None:
    silent = {Phase.BEGIN, Phase.PREPARE, Phase.FINISH}
    assert {phase.value for phase in Phase if phase not in silent} == set(PHASES)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (SyncRun(state=RunState.DONE), "Nothing had to be changed."),
        (
            SyncRun(state=RunState.DONE, added=1200, removed=3, refused=1),
            "Added: 1,200, sent anew: 0, removed: 3, refused: 1.",
        ),
        (SyncRun(state=RunState.DONE, added=2, repaired=2), "put right after comparing: 2"),
        (SyncRun(kind=RunKind.DRY_RUN, state=RunState.DONE), "nothing to send"),
        (
            SyncRun(kind=RunKind.DRY_RUN, state=RunState.DONE, to_add=5),
            "Would be added: 5, sent anew: 0, removed: 0. Nothing was sent.",
        ),
        (SyncRun(state=RunState.HELD, to_remove=40), "40 removals were held back."),
        (SyncRun(state=RunState.FAILED, error="The key was refused."), "The key was refused."),
        (SyncRun(state=RunState.WAITING), "still working"),
        (SyncRun(state=RunState.RUNNING, phase="remove"), "removing"),
        (SyncRun(state=RunState.RUNNING, phase="unheard_of"), "has begun"),
        (SyncRun(state=RunState.CANCELLED), "goes on from there"),
    ],
)
def test_a_run_tells_its_outcome(run: SyncRun, said: str) -> None:
    assert said in run_standing(run).sentence
