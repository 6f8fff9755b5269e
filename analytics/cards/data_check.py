"""What the data allows and what it lacks, in sentences with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.charts.scale import figure
from analytics.clock import latest_refresh
from analytics.data_check import DataCheck, data_check
from cdp.card_contents import Sentence, Sentences
from cdp.dashboard import Card, Place, cards
from cdp.models import User


@cards.register
class DataCheckCard(Card[User]):
    """Good news first, then what an import or a setting would make possible."""

    key = "data_check"
    title = gettext_lazy("What your data allows")
    place = Place.DASHBOARD
    permission = "cdp.view_customer"
    position = 70

    def content(self, subject: User, *, now: datetime) -> Sentences | None:
        """Return nothing before somebody has ordered."""
        refresh = latest_refresh()
        found = data_check(refresh) if refresh is not None else None
        if found is None or not found.buyer_count:
            return None
        may_import = subject.has_perm("cdp.add_importrun")
        may_set = subject.has_perm("cdp.change_shop")
        return Sentences(
            (
                *_findings(found),
                *_gaps_in_orders(found, may_set=may_set),
                *_missing_files(found, may_import=may_import),
            )
        )


def _findings(found: DataCheck) -> Iterator[Sentence]:
    months = found.history_months
    yield Sentence(
        ngettext(
            "Orders reach back %(count)d month; %(share)s %% of the buyers ordered once.",
            "Orders reach back %(count)d months; %(share)s %% of the buyers ordered once.",
            months,
        )
        % {"count": months, "share": figure(round(100 * found.one_time_count / found.buyer_count))}
    )
    if found.learns_return:
        yield Sentence(
            _(
                "Enough customers came back (%(count)s) to learn from them when a one-time buyer "
                "slips away and when one is lost."
            )
            % {"count": figure(found.second_order_count)},
            tone="good",
        )
    else:
        yield Sentence(
            _(
                "Too few customers came back so far (%(count)s), or within too short a time, to "
                "learn when a one-time buyer is lost: until then 180 and 365 days are used."
            )
            % {"count": figure(found.second_order_count)},
            tone="warn",
        )
    yield Sentence(
        _("%(mailable)s of %(customers)s customers may be sent marketing e-mail.")
        % {
            "mailable": figure(found.mailable_count),
            "customers": figure(found.customer_count),
        },
        tone="good" if found.mailable_count else "warn",
    )


def _gaps_in_orders(found: DataCheck, *, may_set: bool) -> Iterator[Sentence]:
    if found.unpriced_order_count:
        count = found.unpriced_order_count
        yield Sentence(
            ngettext(
                "%(number)s order lacks an exchange rate and counts nowhere in money.",
                "%(number)s orders lack an exchange rate and count nowhere in money.",
                count,
            )
            % {"number": figure(count)},
            reverse("settings:shop") if may_set else "",
            _("Give the rate"),
            "bad",
        )
    if found.guest_order_count:
        count = found.guest_order_count
        yield Sentence(
            ngettext(
                "%(number)s order belongs to a guest without e-mail or number: it counts for the "
                "shop, for no customer.",
                "%(number)s orders belong to guests without e-mail or number: they count for the "
                "shop, for no customer.",
                count,
            )
            % {"number": figure(count)}
        )


def _missing_files(found: DataCheck, *, may_import: bool) -> Iterator[Sentence]:
    url, link = reverse("imports:list") if may_import else "", _("Import a file")
    if not found.has_lines:
        yield Sentence(
            _("There are no order lines: conditions about products and prices find nobody."),
            url,
            link,
            "warn",
        )
    if not found.has_carts:
        yield Sentence(
            _("There are no carts: conditions about abandoned carts find nobody."), url, link
        )
    if not found.has_events:
        yield Sentence(
            _("There are no website events: conditions about visits find nobody."), url, link
        )
