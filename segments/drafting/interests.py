"""A segment begun from something that customers are interested in."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from analytics.models import InterestTarget, TargetKind
from cdp.models import Product
from cdp.text import tidy
from segments.criteria import criteria
from segments.definitions import NAME_LENGTH
from segments.drafting.drafts import Draft, DraftRow, beginning

CRITERION = "interested_in"
PARAMETERS = {
    TargetKind.CATEGORY: "categories",
    TargetKind.BRAND: "brands",
    TargetKind.PRODUCT: "products",
    TargetKind.KEYWORD: "keywords",
}


def interest_draft(
    target: InterestTarget, *, never_bought: bool, segment_names: Sequence[str]
) -> Draft:
    """Return a draft of the customers who are interested in `target`, maybe without those who
    bought it before.
    """
    operator, start = beginning(criteria.get(CRITERION), None)
    values = {**start, PARAMETERS[TargetKind(target.kind)]: [_value(target)]}
    if never_bought:
        values["bought"] = "never"
    row = DraftRow(1, CRITERION, operator.key, values=values, segment_names=segment_names)
    name = _("Interested in %(name)s") % {"name": tidy(target.label)}
    return Draft(
        name="" if name in segment_names else name[:NAME_LENGTH].rstrip(),
        rows=(row,),
        segment_names=segment_names,
    )


def _value(target: InterestTarget) -> str:
    """Return what a condition calls the target: the name of a product if no other bears it."""
    if target.category is not None:
        return target.category.path
    if target.product is not None:
        name = target.product.name
        is_alone = name and Product.objects.filter(name=name).count() == 1
        return name if is_alone else target.product.external_id
    return target.label
