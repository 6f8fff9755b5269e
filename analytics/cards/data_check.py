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
from analytics.models import CustomerForecast, InterestTarget, Prediction
from analytics.report_card import missing_of
from cdp.card_contents import Sentence, Sentences
from cdp.dashboard import Card, Place, cards
from cdp.models import User

INTERESTS = (Prediction.CATEGORIES, Prediction.BRANDS, Prediction.PRODUCTS)


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
                *_predictions(),
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


def _predictions() -> Iterator[Sentence]:
    """Say whether orders and interests are predicted, whether that was tested, and why not."""
    lacks = missing_of([Prediction.ORDERS_30, *INTERESTS])
    yield _verdict(
        is_on=CustomerForecast.objects.exists(),
        lacks=lacks[Prediction.ORDERS_30],
        tested=_("Orders and revenue are predicted, and that was tested on your own past."),
        untested=_("Orders and revenue are predicted, but that could not be tested yet. %(why)s"),
        off=_("Orders and revenue are not predicted yet. %(why)s"),
    )
    yield _verdict(
        is_on=InterestTarget.objects.filter(medium_limit__isnull=False).exists(),
        lacks="" if not all(lacks[one] for one in INTERESTS) else lacks[INTERESTS[0]],
        tested=_("Who wants what is predicted, and that was tested on your own past."),
        untested=_("Who wants what is predicted, but that could not be tested yet. %(why)s"),
        off=_("Who wants what is not predicted yet. %(why)s"),
    )


def _verdict(*, is_on: bool, lacks: str, tested: str, untested: str, off: str) -> Sentence:
    url, link = reverse("predictions:report_card"), _("Report card")
    if is_on and not lacks:
        return Sentence(tested, url, link, "good")
    # Between two refreshes there may be a test and nothing to show of it yet.
    why = lacks or _("The next refresh does.")
    return Sentence((untested if is_on else off) % {"why": why}, url, link, "warn")


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
