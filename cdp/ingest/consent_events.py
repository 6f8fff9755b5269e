"""The consent ledger: adding events, and folding them into the current state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp import bulk
from cdp.models import (
    Channel,
    Consent,
    ConsentChoice,
    ConsentEvent,
    ConsentFlag,
    Customer,
    Purpose,
)

CHANNEL_PURPOSES = {
    Channel.EMAIL: Purpose.EMAIL,
    Channel.SMS: Purpose.SMS,
    Channel.MESSENGER: Purpose.MESSAGES,
    Channel.VIBER: Purpose.MESSAGES,
    Channel.PUSH: Purpose.MESSAGES,
    Channel.POST: Purpose.MESSAGES,
}
PURPOSE_CHANNELS = {
    Purpose.EMAIL: Channel.EMAIL,
    Purpose.SMS: Channel.SMS,
}
FLAGS = {
    Purpose.EMAIL: "email_consent",
    Purpose.SMS: "sms_consent",
    Purpose.ADS: "ads_consent",
    Purpose.PROFILING: "profiling_consent",
}
_KEY = ("customer_id", "purpose", "channel", "occurred_at", "choice", "source")


@dataclass(frozen=True)
class Statement:
    """A customer granted or withdrew a purpose on a channel at a moment."""

    customer_id: int
    purpose: str
    channel: str
    is_granted: bool
    occurred_at: datetime
    proof: str = ""

    @property
    def choice(self) -> str:
        """The stored form of the decision."""
        return ConsentChoice.GRANTED if self.is_granted else ConsentChoice.WITHDRAWN


def record(statements: Sequence[Statement], *, source: str) -> bulk.UpsertResult:
    """Add what is new to the ledger and fold it; return the events added."""
    rows = [
        (s.customer_id, s.purpose, s.channel, s.occurred_at, s.choice, source, s.proof or None)
        for s in statements
    ]
    result = bulk.upsert(ConsentEvent, (*_KEY, "proof"), rows, key=_KEY, insert_only=("proof",))
    if result.new:
        fold(customers_of(result.new))
    return result


def customers_of(event_ids: Iterable[int]) -> set[int]:
    """Return the customers of these events."""
    events = ConsentEvent.objects.filter(pk__in=list(event_ids))
    return set(events.values_list("customer_id", flat=True))


def fold(customer_ids: Iterable[int]) -> None:
    """Compute the current state of these customers from the ledger: the latest wins, on a tie the
    withdrawal.
    """
    customers = set(customer_ids)
    latest: dict[tuple[int, str, str], tuple[datetime, bool]] = {}
    for customer, purpose, channel, moment, choice in ConsentEvent.objects.filter(
        customer__in=customers
    ).values_list("customer_id", "purpose", "channel", "occurred_at", "choice"):
        decision = (moment, choice == ConsentChoice.WITHDRAWN)
        place = (customer, purpose, channel)
        latest[place] = max(latest.get(place, decision), decision)
    bulk.upsert(
        Consent,
        ("customer_id", "purpose", "channel", "state", "since"),
        [
            (*place, ConsentChoice.WITHDRAWN if is_no else ConsentChoice.GRANTED, moment)
            for place, (moment, is_no) in latest.items()
        ],
        key=("customer_id", "purpose", "channel"),
    )
    overall: dict[tuple[int, str], tuple[datetime, bool]] = {}
    for (customer, purpose, _channel), decision in latest.items():
        overall[customer, purpose] = max(overall.get((customer, purpose), decision), decision)
    for purpose, column in FLAGS.items():
        for is_no, flag in ((True, ConsentFlag.WITHDRAWN), (False, ConsentFlag.GRANTED)):
            ids = [c for (c, p), d in overall.items() if p == purpose and d[1] is is_no]
            Customer.objects.filter(pk__in=ids).exclude(**{column: flag}).update(**{column: flag})
