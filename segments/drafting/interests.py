"""A segment begun from something that customers are interested in."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from analytics.models import InterestTarget
from cdp.models import Product
from cdp.text import tidy
from segments.criteria import criteria
from segments.criteria.interests import KINDS, MEDIUM, NEVER, InterestedIn
from segments.definitions import NAME_LENGTH
from segments.drafting.drafts import Draft, DraftRow, beginning


def interest_draft(
    target: InterestTarget, *, never_bought: bool, segment_names: Sequence[str]
) -> Draft:
    """Return a draft of the customers with at least medium interest in `target`, maybe without
    those who bought it before.
    """
    operator, start = beginning(criteria.get(InterestedIn.key), None)
    values = {**start, "strength": MEDIUM, parameter_of(target): [value_of(target)]}
    if never_bought:
        values["bought"] = NEVER
    row = DraftRow(1, InterestedIn.key, operator.key, values=values, segment_names=segment_names)
    what = {"name": tidy(target.label)}
    name = (
        _("Never bought, interested in %(name)s") % what
        if never_bought
        else _("Interested in %(name)s") % what
    )
    return Draft(
        name="" if name in segment_names else name[:NAME_LENGTH].rstrip(),
        rows=(row,),
        segment_names=segment_names,
    )


def parameter_of(target: InterestTarget) -> str:
    """Return the name of the value with which a condition names the target."""
    [parameter] = [name for name, kind in KINDS.items() if kind == target.kind]
    return parameter


def value_of(target: InterestTarget) -> str:
    """Return what a condition calls the target: the name of a product if no other bears it."""
    if target.category is not None:
        return target.category.path
    if target.product is not None:
        name = target.product.name
        is_alone = name and Product.objects.filter(name=name).count() == 1
        return name if is_alone else target.product.external_id
    return target.label
