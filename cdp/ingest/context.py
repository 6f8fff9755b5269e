"""What every writer needs to know about the run, and what it reports back."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.bulk import UpsertResult
from cdp.ingest.csv import CONTENT_LIMIT, as_text
from cdp.jobs.base import Rejection
from cdp.models import ExchangeRate, ImportNote, ImportRun, Shop
from cdp.money import STEP
from cdp.periods import local_day

EXAMPLE_LIMIT = 10
TEXT_LIMIT = 500
OLDER = gettext_lazy("The row is older than what is stored; it was not taken.")
ERASED = gettext_lazy("The row belongs to a customer who was erased; it was not taken.")


class Row(NamedTuple):
    """One row understood: its line, its values by field (a field the row does not state is
    missing).
    """

    line: int
    values: dict[str, Any]
    cells: list[str]


class Notes:
    """Counts what was done beyond the plain rows, by key, with a few of the values concerned."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.texts: dict[str, str] = {}
        self.examples: dict[str, dict[str, None]] = {}

    def add(self, key: str, text: str | Promise, count: int = 1, *, example: str = "") -> None:
        """Count something; `text` says it without the number, and is put into words once."""
        if count:
            key = key[:60]
            self.counts[key] += count
            if key not in self.texts:
                self.texts[key] = str(text)[:TEXT_LIMIT]
            if example:
                self.examples.setdefault(key, {})[example] = None

    def merge(self, other: Notes) -> None:
        """Take over what another one counted."""
        for key, count in other.counts.items():
            self.add(key, other.texts[key], count)
        for key, examples in other.examples.items():
            self.examples.setdefault(key, {}).update(examples)

    def taken(self) -> Notes:
        """Return the counts as notes of their own and begin anew."""
        taken = Notes()
        taken.merge(self)
        self.counts.clear()
        self.texts.clear()
        self.examples.clear()
        return taken

    def store(self, run: ImportRun) -> None:
        """Add the counts to the notes of the run."""
        stored = dict(run.notes.filter(key__in=self.counts).values_list("key", "text"))
        for key, count in self.counts.items():
            text = with_examples(stored.get(key, self.texts[key]), self.examples.get(key, ()))
            if key in stored:
                run.notes.filter(key=key).update(count=F("count") + count, text=text)
            else:
                ImportNote.objects.create(run=run, key=key, text=text, count=count)


def with_examples(text: str, examples: Iterable[str]) -> str:
    """Return the text with the values that it does not name yet, as long as they are few."""
    found = _("Found:")
    for example in examples:
        piece = f"'{example}'"
        begun = f" {found} " in text
        if piece in text or text.count("', '") >= EXAMPLE_LIMIT - 1:
            continue
        longer = f"{text}, {piece}" if begun else f"{text} {found} {piece}"
        if len(longer) <= TEXT_LIMIT:
            text = longer
    return text


@dataclass
class Outcome:
    """What became of the rows of a chunk."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    @classmethod
    def of(cls, result: UpsertResult, rows: int) -> Outcome:
        """Return the outcome of `rows` rows written by one upsert."""
        new, changed = len(result.new), len(result.changed)
        return cls(new, changed, rows - new - changed)


@dataclass
class Context:
    """The run's source, the shop, the present moment, and the notes taken.

    `has_catalogue`: an earlier products file of this source was taken in, so what comes now and
    was not in it is new in the shop.
    """

    source: str
    shop: Shop
    now: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    torn: frozenset[str] = frozenset()
    has_catalogue: bool = False
    notes: Notes = field(default_factory=Notes)
    _rates: dict[str, list[tuple[Any, Decimal]]] | None = None

    def settle_currency(self, currency: str) -> None:
        """Take the shop's currency from the first order that states one."""
        if currency and not self.shop.currency:
            self.shop.currency = currency
            self.shop.save(update_fields=["currency"])

    def in_shop_currency(
        self, amount: Decimal | None, currency: str, moment: datetime
    ) -> Decimal | None:
        """Return an amount converted by the rate of that local day, or None without one."""
        if amount is None or not currency or currency == self.shop.currency:
            return amount
        if self._rates is None:
            self._rates = {}
            for code, day, rate in ExchangeRate.objects.order_by("valid_from").values_list(
                "currency", "valid_from", "rate"
            ):
                self._rates.setdefault(code, []).append((day, rate))
        rates = self._rates.get(currency, [])
        position = bisect_right(rates, local_day(moment, self.shop.zone), key=lambda item: item[0])
        return (amount * rates[position - 1][1]).quantize(STEP) if position else None


def without_older(
    rows: Sequence[Row],
    name: Callable[[Mapping[str, Any]], str],
    context: Context,
    stored: Mapping[str, datetime | None],
) -> list[Row]:
    """Return the rows that are not older than what is stored or came before them in this chunk."""
    latest = dict(stored)
    fresh = []
    for row in rows:
        moment = row.values.get("updated_at")
        if moment is not None:
            known = latest.get(name(row.values))
            if known is not None and moment < known:
                context.notes.add("older", OLDER)
                continue
            latest[name(row.values)] = moment
        fresh.append(row)
    return fresh


def rejected(row: Row, reason: str) -> Rejection:
    """Return the rejection of a row that was understood but cannot be stored."""
    return Rejection(row.line, reason, as_text(row.cells)[:CONTENT_LIMIT])
