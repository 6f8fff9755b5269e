"""The live result: what the draft finds, said and counted, with what keeps it from being more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.clock import effective_now
from cdp.bulk.deadline import DeadlinePassed
from cdp.models import Customer
from segments.compiler import shop_time
from segments.drafting.drafts import Draft
from segments.drafting.preview import Figures, RowFigures, figures_of, funnel_of
from segments.models import Segment
from segments.sentences import sentence
from segments.views.builder.inputs import Offer
from segments.views.builder.shown import ShownRow, shown_rows


@dataclass(frozen=True)
class RowResult:
    """What is to be said below a row."""

    row: ShownRow
    sentence: str = ""
    notices: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    figures: RowFigures | None = None


@dataclass(frozen=True)
class Result:
    """What is to be said about the draft; without usable rows there are no figures."""

    rows: tuple[RowResult, ...]
    sentence: str
    uncounted: int
    problem: str = ""
    figures: Figures | None = None
    customers: Sequence[Customer] = ()
    is_too_slow: bool = False
    is_empty: bool = False

    @property
    def milliseconds(self) -> int:
        """How long the database took."""
        return round(self.figures.seconds * 1000) if self.figures else 0


def result_of(
    draft: Draft,
    *,
    stored: Segment | None,
    offer: Offer,
    now: datetime,
    is_checked: bool = False,
    funnel: Mapping[int, RowFigures] | None = None,
) -> Result:
    """Evaluate the rows of the draft that count; `funnel` has the figures of each by its number."""
    moment = effective_now(now)
    said = tuple(
        _said(row, offer, (funnel or {}).get(row.draft.number))
        for row in rows_of_page(draft, offer, now=now, is_checked=is_checked)
    )
    usable = draft.usable
    uncounted = sum(not row.is_empty for row in draft.rows) - len(usable)
    if not usable or draft.problem:
        return Result(said, "", uncounted, draft.problem, is_empty=not usable)
    words = sentence(
        draft.understood, match=draft.match, excluded=draft.excluded, currency=offer.currency
    )
    try:
        figures = figures_of(draft.definition, stored=stored, now=moment)
    except DeadlinePassed:
        return Result(said, words, uncounted, is_too_slow=True)
    by_pk = Customer.objects.in_bulk(figures.sample)
    customers = [by_pk[pk] for pk in figures.sample if pk in by_pk]
    return Result(said, words, uncounted, figures=figures, customers=customers)


def rows_of_page(
    draft: Draft, offer: Offer, *, now: datetime, is_checked: bool = False
) -> list[ShownRow]:
    """Return the rows with the fields that change them, nothing counted."""
    today = shop_time(effective_now(now)).date()
    return shown_rows(draft, offer, today=today, is_checked=is_checked)


def uncounted_result(draft: Draft, offer: Offer, *, now: datetime) -> Result:
    """Return what can be said without asking the database."""
    rows = rows_of_page(draft, offer, now=now)
    return Result(tuple(RowResult(row) for row in rows), "", 0, is_empty=not draft.rows)


def _said(row: ShownRow, offer: Offer, figures: RowFigures | None) -> RowResult:
    understood = row.draft.understood
    if understood is None:
        return RowResult(row)
    words = understood.describe(currency=offer.currency)
    notices, records = tuple(understood.notices()), tuple(understood.track_record())
    return RowResult(row, words, notices, records, figures)


def funnel_by_row(draft: Draft, *, now: datetime) -> dict[int, RowFigures]:
    """Return the figures of each row that counts by its number; none if they take too long."""
    if draft.problem or not draft.usable:
        return {}
    try:
        counted = funnel_of(draft.definition, now=effective_now(now))
    except DeadlinePassed:
        return {}
    return {row.number: figures for row, figures in zip(draft.usable, counted, strict=True)}
