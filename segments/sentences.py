"""A segment as a sentence: what its rows ask for, as lists, exports and commands show it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from cdp.text import inside
from segments.compiler import rows_of
from segments.exceptions import SegmentError
from segments.models import Match, Segment, SegmentType
from segments.rows import Row


def sentence(
    rows: Sequence[Row], *, match: str = Match.ALL, excluded: str = "", currency: str = ""
) -> str:
    """Return rows and the name of the excluded segment as one sentence without full stop."""
    if not rows:
        return gettext("Nobody, as there are no conditions")
    first, *others = (row.describe(currency=currency) for row in rows)
    said = [first, *map(inside, others)]
    joined = (gettext(" or ") if match == Match.ANY else gettext(" and ")).join(said)
    if not excluded:
        return joined
    return gettext("%(asked)s; but not in “%(segment)s”") % {"asked": joined, "segment": excluded}


def sentence_of(segment: Segment, *, currency: str = "") -> str:
    """Return what a stored segment asks for; for a row that cannot be understood, why.

    Fetch `conditions` and `excluded_segment` with the segments when there are many.
    """
    if segment.type != SegmentType.DYNAMIC:
        return str(segment.get_type_display())
    try:
        rows = rows_of(segment)
    except SegmentError as error:
        return error.message
    excluded = segment.excluded_segment
    return sentence(
        rows,
        match=segment.match,
        excluded="" if excluded is None else excluded.name,
        currency=currency,
    )
