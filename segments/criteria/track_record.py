"""How well predictions did on the shop's last window, in sentences beside a condition row."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext

from analytics.models import BackTest, CustomerForecast, InterestTarget, Prediction
from analytics.report_card import missing

# Fewer are no base for a share.
FEWEST_NAMED = 20


def forecast_shortage(prediction: Prediction) -> list[str]:
    """Return why nobody has the prediction, as one sentence, or nothing."""
    if CustomerForecast.objects.exists():
        return []
    lacks = missing(prediction)
    return [lacks or gettext("Nothing is predicted yet: the next refresh of all customers does.")]


def forecast_record(prediction: Prediction) -> list[str]:
    """Return how many of those foreseen to order did, as one sentence, or nothing."""
    test = BackTest.objects.filter(prediction=prediction).order_by("-refresh_id").first()
    if test is None or test.shortage or (test.named_count or 0) < FEWEST_NAMED:
        return []
    if not test.case_count:
        return []
    told = {
        "hits": per_hundred(test.named_hits, test.named_count),
        "chance": per_hundred(test.hit_count, test.case_count),
        "days": test.horizon_days,
    }
    return [
        ngettext(
            "When last tested, %(hits)s of 100 customers with the best chances ordered within "
            "%(days)s day; of 100 customers taken at random it was %(chance)s.",
            "When last tested, %(hits)s of 100 customers with the best chances ordered within "
            "%(days)s days; of 100 customers taken at random it was %(chance)s.",
            test.horizon_days,
        )
        % told
    ]


def interest_record(targets: Sequence[InterestTarget]) -> list[str]:
    """Return how many of those named as interested bought it, as one sentence, or nothing.

    Several targets are told together; only those with the horizon of the first one count.
    """
    tested = [target for target in targets if target.tested_named and target.tested_count]
    days = tested[0].horizon_days if tested else 0
    tested = [target for target in tested if target.horizon_days == days]
    named = sum(target.tested_named or 0 for target in tested)
    if named < FEWEST_NAMED:
        return []
    told = {
        "hits": per_hundred(sum(target.tested_hits or 0 for target in tested), named),
        "chance": per_hundred(
            sum(target.tested_buyers or 0 for target in tested),
            sum(target.tested_count or 0 for target in tested),
        ),
        "days": days,
    }
    return [
        ngettext(
            "When last tested, %(hits)s of 100 customers named as interested bought it within "
            "%(days)s day; of 100 customers taken at random it was %(chance)s.",
            "When last tested, %(hits)s of 100 customers named as interested bought it within "
            "%(days)s days; of 100 customers taken at random it was %(chance)s.",
            days,
        )
        % told
    ]


def per_hundred(part: int | None, whole: int | None) -> str:
    """Return how many of 100 it is; "fewer than 1" where rounding would hide the few there are."""
    if not part or not whole:
        return "0"
    share = round(100 * part / whole)
    return str(share) if share else gettext("fewer than 1")
