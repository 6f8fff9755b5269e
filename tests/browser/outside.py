"""Segments of the shop at hand kept at services outside: one in order, one held back, one stopped.

Nothing is sent: the rows say what came of runs that never took place.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from cdp.models import ConsentFlag, Customer
from integrations.models import (
    Audience,
    AudienceMember,
    AudienceState,
    Connection,
    Lookalike,
    MemberState,
    RunKind,
    RunState,
    Schedule,
    SyncRun,
)
from integrations.wanted import wanted
from segments.models import Segment
from tests.connections import make_connection

IN_ORDER, HELD, STOPPED = "Customers F4", "Customers K2", "Customers M9"
REFUSED = "Mailchimp no longer takes this address: it was permanently deleted there."
TERMS = (
    "Facebook refused the upload because the Custom Audience terms are not accepted for ad "
    "account 1000200030004000."
)


def kept_outside(name: str = IN_ORDER) -> Audience:
    """Return one of the audiences; all of them are made at first use."""
    found = Audience.objects.filter(outside_name=name).first()
    if found is None:
        _make(now=timezone.now())
        found = Audience.objects.get(outside_name=name)
    return found


def latest_run(name: str, kind: RunKind) -> SyncRun:
    """Return the latest run of a kind of one of the audiences."""
    return kept_outside(name).runs.filter(kind=kind).latest("pk")


def _make(*, now: datetime) -> None:
    checked = {"checked_at": now - timedelta(hours=5)}
    news = make_connection("mailchimp", name="Newsletter", account_name="Tent & Trail", **checked)
    ads = make_connection("meta", name="Ads", account_name="Tent & Trail ads", **checked)
    own = make_connection("klaviyo", name="Flows", account_name="Tent & Trail", **checked)
    segments = list(Segment.objects.exclude(member_count=None).order_by("-member_count")[:3])
    largest, second, third = (segments * 3)[:3]
    _give_consent(largest)
    in_order = _audience(news, largest, IN_ORDER, now=now, holdout_percent=5, foreign_count=3)
    _fill(in_order, now=now, refused=4)
    held = _audience(own, second, HELD, now=now, held_removals=31, foreign_count=12)
    held.profile_fields = ["life_cycle", "predicted_value", "next_order_on"]
    held.schedule, held.daily_at = Schedule.DAILY, time(6, 30)
    held.save()
    _fill(held, now=now, leaving=31)
    stopped = _audience(ads, third, STOPPED, now=now, state=AudienceState.STOPPED, error=TERMS)
    stopped.hint = "Accept them on the page of the ad account, then press Resume."
    stopped.failed_at = now - timedelta(hours=2)
    stopped.save()
    Lookalike.objects.create(
        audience=stopped, name=f"Lookalike of {STOPPED} (DK 1 %)", country="DK", percent=1,
        remote_id="238400000", created_at=now,
    )  # fmt: skip
    _runs(in_order, held, stopped, now=now)


def _give_consent(segment: Segment) -> None:
    """Let four of five allow e-mail and advertising: the invented shop is stricter than most."""
    keys = segment.memberships.values_list("customer_id", flat=True)
    chosen = [key for key in keys if key % 5]
    Customer.objects.filter(pk__in=chosen).update(
        email_consent=ConsentFlag.GRANTED, ads_consent=ConsentFlag.GRANTED
    )


def _audience(
    connection: Connection, segment: Segment, name: str, *, now: datetime, **values: object
) -> Audience:
    values = {"synced_at": now - timedelta(hours=2), "remote_id": f"{connection.pk}77"} | values
    return Audience.objects.create(
        connection=connection,
        segment=segment,
        outside_name=name,
        sent_in_full_at=now - timedelta(days=9),
        compared_at=now - timedelta(hours=2) if connection.destination != "meta" else None,
        created_at=now - timedelta(days=40),
        **values,
    )


def _fill(audience: Audience, *, now: datetime, refused: int = 0, leaving: int = 0) -> None:
    keys = list(wanted(audience).values_list("pk", flat=True))
    states = [MemberState.REFUSED] * refused
    states += [MemberState.IN] * max(len(keys) - refused, 0)
    others = Customer.objects.mailable().exclude(memberships__segment=audience.segment)
    keys += others.values_list("pk", flat=True)[:leaving]
    states += [MemberState.PENDING_REMOVE] * leaving
    since = now - timedelta(days=9)
    AudienceMember.objects.bulk_create(
        AudienceMember(
            audience=audience,
            customer_id=key,
            person_id=str(key),
            state=state,
            reason=REFUSED if state == MemberState.REFUSED else "",
            confirmed_at=None if state == MemberState.REFUSED else since,
            changed_at=since,
        )
        for key, state in zip(keys, states, strict=False)
    )


def _runs(in_order: Audience, held: Audience, stopped: Audience, *, now: datetime) -> None:
    sample = list(wanted(in_order).values_list("pk", flat=True)[:16])
    rows: list[tuple[Audience, RunKind, RunState, int, dict[str, object]]] = [
        (in_order, RunKind.FULL, RunState.DONE, 216, {"added": 118, "refused": 4, "requests": 9}),
        (in_order, RunKind.SYNC, RunState.DONE, 50, {"added": 3, "removed": 7, "requests": 4}),
        (in_order, RunKind.COMPARE, RunState.DONE, 26, {"requests": 3}),
        (
            in_order,
            RunKind.DRY_RUN,
            RunState.DONE,
            3,
            {
                "to_add": 12,
                "to_remove": 4,
                "sample": {"add": sample[:12], "remove": sample[12:16]},
            },
        ),
        (in_order, RunKind.SYNC, RunState.DONE, 2, {"added": 12, "removed": 4, "requests": 3}),
        (held, RunKind.SYNC, RunState.HELD, 2, {"to_remove": 31}),
        (stopped, RunKind.SYNC, RunState.FAILED, 2, {"error": TERMS, "requests": 2}),
    ]
    for audience, kind, state, hours, figures in rows:
        began = now - timedelta(hours=hours)
        SyncRun.objects.create(
            audience=audience,
            kind=kind,
            state=state,
            started_at=began,
            finished_at=began + timedelta(seconds=14),
            wanted=wanted(audience).count(),
            **figures,
        )
