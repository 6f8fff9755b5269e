"""What the service answered about a batch, written into the rows of its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from integrations.destinations import Receipt
from integrations.models import AudienceMember, BatchVerb, MemberState
from integrations.sync.rows import slices_of, store_rows
from integrations.sync.sharing import send_sharers_again
from integrations.sync.work import Work

LONGEST_REASON = 300
LONGEST_RETRY_DAYS = 7
_SETTLED: dict[str, Any] = {"batch": None, "tries": 0, "retry_at": None}
_FAILED_FIELDS = ("state", "batch", "reason", "tries", "retry_at", "changed_at", "returns")


def take_in(
    work: Work, verb: BatchVerb, members: Sequence[AudienceMember], receipt: Receipt
) -> None:
    """Settle the rows of a batch by its receipt, which carries no ticket."""
    reasons = {one.person_id: one.reason for one in receipt.rejections}
    refused = [one for one in members if one.person_id in reasons]
    others = [one for one in members if one.person_id not in reasons]
    for note in receipt.notes:
        work.note(note)
    if verb == BatchVerb.ADD:
        _refuse(work, refused, reasons)
    else:
        _put_off(work, refused, reasons)
    if receipt.problems:
        reason = receipt.problems[0]
        for problem in receipt.problems:
            work.note(problem)
        _put_off(work, others, {one.person_id: reason for one in others})
        return
    _keep_numbers(others, receipt.remote_ids)
    if verb == BatchVerb.ADD:
        _confirm(work, others)
    else:
        _let_go(work, others)


def _confirm(work: Work, members: Sequence[AudienceMember]) -> None:
    """Those people are in."""
    known = sum(one.confirmed_at is not None or one.returns for one in members)
    work.count(added=len(members) - known, updated=known)
    for rows in slices_of(work.audience, [one.pk for one in members]):
        rows.update(
            state=MemberState.IN,
            returns=False,
            reason="",
            confirmed_at=work.now,
            changed_at=work.now,
            **_SETTLED,
        )
    work.done += len(members)


def _let_go(work: Work, members: Sequence[AudienceMember]) -> None:
    """Those people are out: some to come back otherwise, some because they were refused."""
    back = [one.pk for one in members if one.returns]
    refused = [one.pk for one in members if not one.returns and one.reason and one.payload_hash]
    gone = set(back) | set(refused)
    plain = [one.pk for one in members if one.pk not in gone]
    work.count(removed=len(plain))
    empty: dict[str, Any] = {
        "confirmed_at": None,
        "changed_at": work.now,
        "sent": {},
        "remote_id": "",
        **_SETTLED,
    }
    for keys, state, more in (
        (back, MemberState.PENDING_ADD, {"reason": ""}),
        (refused, MemberState.REFUSED, {}),
        (plain, MemberState.OUT, {"reason": "", "payload_hash": ""}),
    ):
        for rows in slices_of(work.audience, keys):
            rows.update(**empty, state=state, **more)
    send_sharers_again(work, [one for one in members if not one.returns])
    work.done += len(plain) + len(refused)


def _refuse(work: Work, members: Sequence[AudienceMember], reasons: Mapping[str, str]) -> None:
    """The service does not take those people. Who is there from before is taken out first."""
    for one in members:
        is_there = one.confirmed_at is not None
        one.state = MemberState.PENDING_REMOVE if is_there else MemberState.REFUSED
        one.reason = reasons[one.person_id][:LONGEST_REASON] or "-"
        one.batch, one.tries, one.retry_at, one.returns = None, 0, None, False
        one.changed_at = work.now
        if not is_there:
            one.sent = {}
    store_rows(members, (*_FAILED_FIELDS, "sent"))
    work.count(refused=len(members))
    work.done += len(members)


def _put_off(work: Work, members: Sequence[AudienceMember], reasons: Mapping[str, str]) -> None:
    """Nothing is confirmed of those people: another try in a day, then in two, ..."""
    for one in members:
        one.tries += 1
        days = min(2 ** (one.tries - 1), LONGEST_RETRY_DAYS)
        one.retry_at = work.now + timedelta(days=days)
        one.reason = reasons[one.person_id][:LONGEST_REASON]
        one.batch, one.changed_at = None, work.now
        if one.state != MemberState.PENDING_REMOVE:
            one.state = MemberState.ERROR
    store_rows(members, _FAILED_FIELDS)
    work.done += len(members)


def _keep_numbers(members: Sequence[AudienceMember], numbers: Mapping[str, str]) -> None:
    fresh = []
    for one in members:
        number = numbers.get(one.person_id, "")
        if number and number != one.remote_id:
            one.remote_id = number
            fresh.append(one)
    store_rows(fresh, ("remote_id",))
