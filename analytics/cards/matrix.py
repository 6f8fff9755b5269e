"""Value against risk: customers by importance and life cycle, and by importance and churn risk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.clock import latest_refresh
from analytics.models import ChurnRisk, Importance, LifeCycle
from analytics.shop_figures import shop_figures
from cdp.card_contents import Cell, Choice, Matrix
from cdp.dashboard import Card, Place, cards
from cdp.models import User

STEPS = 5
Cells = Mapping[tuple[str, str], int]


@cards.register
class MatrixCard(Card[User]):
    """Importance against life cycle; every figure leads to its customers."""

    key = "matrix"
    title = gettext_lazy("Who they are and how they stand")
    place = Place.DASHBOARD
    permission = "cdp.view_customer"
    position = 40

    def content(self, subject: User, *, now: datetime) -> Matrix | None:
        """Return nothing before somebody has ordered."""
        refresh = latest_refresh()
        return _matrix(
            shop_figures(refresh, now=now).cells if refresh is not None else {},
            LifeCycle,
            name="life_cycle",
            label=_("Life cycle"),
            caption=_("Customers who have ordered, by importance and life cycle"),
            subject=subject,
        )


@cards.register
class RiskMatrixCard(Card[User]):
    """Importance against churn risk: whom to keep first."""

    key = "risk_matrix"
    title = gettext_lazy("Who may stay away")
    place = Place.DASHBOARD
    permission = "cdp.view_customer"
    position = 41

    def content(self, subject: User, *, now: datetime) -> Matrix | None:
        """Return nothing where nothing is predicted."""
        refresh = latest_refresh()
        return _matrix(
            shop_figures(refresh, now=now).risk_cells if refresh is not None else {},
            ChurnRisk,
            name="churn_risk",
            label=_("Churn risk"),
            caption=_("Customers with a forecast, by importance and churn risk"),
            subject=subject,
        )


def _matrix(
    cells: Cells,
    columns: type[TextChoices],
    *,
    name: str,
    label: str,
    caption: str,
    subject: User,
) -> Matrix | None:
    """Return the matrix of importance and another label, which criterion and filter call `name`."""
    largest = max(cells.values(), default=0)
    if not largest:
        return None

    def cell(importance: TextChoices, column: TextChoices) -> Cell:
        count = cells.get((importance.value, column.value), 0)
        # The root brings out small groups beside the many who bought once.
        step = math.ceil(STEPS * math.sqrt(count / largest))
        query = urlencode({"importance": importance.value, name: column.value})
        words = _("%(importance)s, %(stage)s") % {
            "importance": importance.label,
            "stage": _cell_words(column),
        }
        return Cell(count, step, f"{reverse('customers:list')}?{query}", words)

    return Matrix(
        caption=caption,
        columns=tuple(_sentence_case(column.label) for column in columns),
        rows=tuple(
            (_sentence_case(importance.label), tuple(cell(importance, one) for one in columns))
            for importance in reversed(Importance)
        ),
        note=_("Each number opens the list of these customers."),
        choices=(
            _choice(_("Importance"), "importance", [*reversed(Importance)]),
            _choice(label, name, [*columns]),
        ),
        builder_url=reverse("segments:new") if subject.has_perm("segments.add_segment") else "",
    )


def _cell_words(value: TextChoices) -> str | Promise:
    """Return a label that says by itself what it is about."""
    if isinstance(value, ChurnRisk):
        return _("churn risk: %(risk)s") % {"risk": value.label}
    return value.label


def _choice(label: str, criterion: str, values: list[TextChoices]) -> Choice:
    options = tuple((value.value, _sentence_case(value.label)) for value in values)
    return Choice(label, criterion, options)


def _sentence_case(label: object) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]
