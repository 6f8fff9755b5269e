"""How many customers there are of each importance in each stage of the life cycle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.clock import latest_refresh
from analytics.models import Importance, LifeCycle
from analytics.shop_figures import shop_figures
from cdp.card_contents import Cell, Choice, Matrix
from cdp.dashboard import Card, Place, cards
from cdp.models import User

STEPS = 5


@cards.register
class MatrixCard(Card[User]):
    """Value against risk; every figure leads to its customers."""

    key = "matrix"
    title = gettext_lazy("Who they are and how they stand")
    place = Place.DASHBOARD
    permission = "cdp.view_customer"
    position = 40

    def content(self, subject: User, *, now: datetime) -> Matrix | None:
        """Return nothing before somebody has ordered."""
        refresh = latest_refresh()
        cells = shop_figures(refresh, now=now).cells if refresh is not None else {}
        largest = max(cells.values(), default=0)
        if not largest:
            return None
        may_build = subject.has_perm("segments.add_segment")
        rows = tuple(
            (
                _sentence_case(importance.label),
                tuple(
                    _cell(importance, stage, cells.get((importance, stage), 0), largest)
                    for stage in LifeCycle
                ),
            )
            for importance in reversed(Importance)
        )
        return Matrix(
            caption=_("Customers who have ordered, by importance and life cycle"),
            columns=tuple(_sentence_case(stage.label) for stage in LifeCycle),
            rows=rows,
            note=_("Each number opens the list of these customers."),
            choices=(
                _choice(_("Importance"), "importance", [*reversed(Importance)]),
                _choice(_("Life cycle"), "life_cycle", [*LifeCycle]),
            ),
            builder_url=reverse("segments:new") if may_build else "",
        )


def _cell(importance: Importance, stage: LifeCycle, count: int, largest: int) -> Cell:
    # The root brings out small groups beside the many who bought once.
    step = math.ceil(STEPS * math.sqrt(count / largest))
    query = urlencode({"importance": importance, "life_cycle": stage})
    label = _("%(importance)s, %(stage)s") % {"importance": importance.label, "stage": stage.label}
    return Cell(count, step, f"{reverse('customers:list')}?{query}", label)


def _choice(label: str, criterion: str, values: Sequence[Importance | LifeCycle]) -> Choice:
    options = tuple((value.value, _sentence_case(value.label)) for value in values)
    return Choice(label, criterion, options)


def _sentence_case(label: object) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]
