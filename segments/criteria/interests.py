"""The criterion on interest: who is likely to buy certain products, categories or brands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from analytics import interest_targets
from analytics.interest_targets import LONGEST_KEY, resolve
from analytics.models import (
    CustomerStatistics,
    Interest,
    InterestTarget,
    Prediction,
    Strength,
    TargetKind,
)
from analytics.report_card import missing
from cdp.models import Product
from segments.criteria.base import PREDICTIONS, Criterion, criteria
from segments.criteria.fields import KnownField, ListField
from segments.criteria.names import NAMED_ONE_BY_ONE
from segments.criteria.operators import Operator
from segments.criteria.params import Params, keys, text, texts
from segments.criteria.product_choice import named_categories, named_products, product_notices
from segments.criteria.queries import owners
from segments.criteria.track_record import interest_record
from segments.criteria.wording import either, share_words

INTERESTED = Operator("interested", _("is interested in"), _("{how} {what}"))
NOT_INTERESTED = Operator("not_interested", _("is not interested in"), _("{how} {what}"))

HIGH, MEDIUM = "high", "medium"
STRENGTHS = {HIGH: Strength.HIGH, MEDIUM: Strength.MEDIUM}
NEVER, BEFORE = "never", "before"

# By parameter: which targets it names, and which list of real values helps with it.
KINDS = {
    "categories": TargetKind.CATEGORY,
    "brands": TargetKind.BRAND,
    "products": TargetKind.PRODUCT,
    "keywords": TargetKind.KEYWORD,
}
LISTS = {name: f"interest_{name}" for name in KINDS}
TESTS = {
    TargetKind.CATEGORY: Prediction.CATEGORIES,
    TargetKind.BRAND: Prediction.BRANDS,
    TargetKind.PRODUCT: Prediction.PRODUCTS,
    TargetKind.KEYWORD: Prediction.KEYWORDS,
}
# A row is explained by so many targets at most.
TOLD_RECORDS = 50


@criteria.register
class InterestedIn(Criterion):
    """The customer is likely to buy something of what is named."""

    key, label, group = "interested_in", _("Interested in"), PREDICTIONS
    help = _(
        "Customers who are likely to buy it soon, as each refresh learns from what everybody "
        "bought; name categories (with all below them), brands, products or keywords. Several "
        "names in one list mean one of them; several lists must all hold. strength is high or "
        "medium, which includes high. bought narrows to those who never bought it, or did before. "
        "What nobody asked for yet is learned by the refresh after the segment is saved."
    )
    summary = _("Who is likely to buy certain products, categories or brands, even for once.")
    suggests = LISTS
    operators = (INTERESTED, NOT_INTERESTED)
    is_predicted = True
    needs_one_of = tuple(KINDS)
    example = {"categories": ["Tents"], "strength": HIGH, "bought": NEVER}

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Choose what, how strongly, and whether it has been bought."""
        strengths = {HIGH: _("with high interest"), MEDIUM: _("with at least medium interest")}
        bought = {NEVER: _("never bought it"), BEFORE: _("bought it before")}
        return {
            "strength": KnownField(strengths, label=_("Strength")),
            "categories": ListField(label=_("Categories"), required=False),
            "brands": ListField(label=_("Brands"), required=False),
            "products": ListField(label=_("Products"), required=False),
            "keywords": ListField(label=_("Keywords"), required=False),
            "bought": KnownField(bought, label=_("but only who"), required=False),
        }

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the interested customers: one subquery for each list that is given."""
        asked = Q()
        for targets in self._targets(params):
            asked &= owners(self._interests(params).filter(target__in=targets.values("pk")))
        return ~asked if operator is NOT_INTERESTED else asked

    @staticmethod
    def _targets(params: Params) -> Iterator[QuerySet[InterestTarget]]:
        """Give the followed targets that each list names, as `interest_targets.resolve` does."""
        targets = InterestTarget.objects.order_by()
        if "categories" in params:
            found = named_categories(params).values("pk")
            yield targets.filter(kind=TargetKind.CATEGORY, category__in=found)
        if "products" in params:
            named = Product.objects.filter(named_products(texts(params, "products"))).order_by()
            yield targets.filter(kind=TargetKind.PRODUCT, product__in=named.values("pk"))
        for name in ("brands", "keywords"):
            if name in params:
                wanted = [word[:LONGEST_KEY] for word in keys(params, name)]
                yield targets.filter(kind=KINDS[name], key__in=wanted)

    @staticmethod
    def _interests(params: Params) -> QuerySet[Interest]:
        rows = Interest.objects.order_by()
        if text(params, "strength") == HIGH:
            rows = rows.filter(strength=Strength.HIGH)
        if "bought" in params:
            rows = rows.filter(has_bought__in=[text(params, "bought") == BEFORE])
        return rows

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Name the strongest interest among what is asked for, and what speaks for it."""
        targets = [target for found in self._targets(params) for target in found]
        if not any(target.learned_in_id for target in targets):
            return gettext("not predicted yet")
        rows = Interest.objects.filter(
            customer=about.pk, target__in=[target.pk for target in targets]
        ).select_related("target", "reason", "second_reason")
        interest = rows.order_by("-strength", "-score").first()
        return gettext("no interest") if interest is None else interest_words(interest)

    def describe(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Say who is meant, in one sentence."""
        is_high = text(params, "strength") == HIGH
        if operator is INTERESTED:
            how = gettext("Is highly interested in") if is_high else gettext("Is interested in")
        else:
            how = (
                gettext("Is not highly interested in")
                if is_high
                else gettext("Is not interested in")
            )
        return str(operator.sentence).format(how=how, what=self._what(params))

    def _what(self, params: Params) -> str:
        phrases = {
            "categories": gettext("category %(words)s"),
            "brands": gettext("brand %(words)s"),
            "products": gettext("product %(words)s"),
            "keywords": gettext("what is found by %(words)s"),
        }
        parts = [
            phrases[name] % {"words": either([f"“{one}”" for one in texts(params, name)])}
            for name in KINDS
            if name in params
        ]
        what = parts[0]
        for part in parts[1:]:
            what = gettext("%(first)s and also in %(second)s") % {"first": what, "second": part}
        if params.get("bought") == NEVER:
            return gettext("%(what)s, but never bought it") % {"what": what}
        if params.get("bought") == BEFORE:
            return gettext("%(what)s, and bought it before") % {"what": what}
        return what

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Name what the shop does not sell, and what is not followed or learned yet."""
        found = product_notices(params)
        for name, kind in KINDS.items():
            if name in params:
                found += _kind_notices(kind, texts(params, name))
        return found

    def track_record(self, operator: Operator, params: Params) -> list[str]:
        """Say how many of those named as interested bought it."""
        targets = [one for found in self._targets(params) for one in found[:TOLD_RECORDS]]
        return interest_record(targets)

    def prepare(self, params: Params) -> bool:
        """Have everything that is named followed from now on."""
        is_due = False
        for name, kind in KINDS.items():
            for word in texts(params, name):
                followed = interest_targets.follow(kind, word)
                is_due |= any(target.learned_in_id is None for target in followed)
        return is_due


def interest_words(interest: Interest) -> str:
    """Return an interest with its probability and the purchases that speak for it."""
    target = interest.target
    days = target.horizon_days
    told = {
        "what": target.label,
        "strength": str(Strength(interest.strength).label),
        "chance": share_words(interest.score),
        "period": ngettext("%(count)s day", "%(count)s days", days) % {"count": days},
    }
    products = [product for product in (interest.reason, interest.second_reason) if product]
    if not products:
        return gettext("%(what)s: %(strength)s, %(chance)s within %(period)s") % told
    told["reasons"] = ", ".join(f"“{product}”" for product in dict.fromkeys(products))
    return (
        gettext("%(what)s: %(strength)s, %(chance)s within %(period)s, having bought %(reasons)s")
        % told
    )


def _kind_notices(kind: TargetKind, names: list[str]) -> list[str]:
    """Return what keeps names of one kind from being answered, as sentences."""
    resolved = resolve(kind, names)
    notices = [
        gettext("Regulars does not follow “%(name)s” yet: saving the segment has it learned.")
        % {"name": name}
        for name in resolved.unfollowed[:NAMED_ONE_BY_ONE]
    ]
    if resolved.targets and not any(target.learned_in_id for target in resolved.targets):
        lacks = missing(TESTS[kind])
        waiting = gettext("“%(name)s” is not learned yet: nobody is interested in it so far.")
        notices.append(lacks or waiting % {"name": resolved.targets[0].label})
    notices += [
        gettext("Nobody can be named for “%(name)s”: too few have bought it to learn from.")
        % {"name": target.label}
        for target in resolved.targets[:NAMED_ONE_BY_ONE]
        if target.learned_in_id is not None and target.medium_limit is None
    ]
    return notices
