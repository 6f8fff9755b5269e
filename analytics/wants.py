"""What one customer wants: their interests by kind with the reasons, and recommended products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.models import Interest, Prediction, RecommendationList, Strength, TargetKind
from analytics.recommendations import Recommended, recommended
from analytics.report_card import missing
from cdp.models import Customer, Product

# Nobody reads more; the interests of a customer may be hundreds.
MOST_WANTS = 5
MOST_READ = 400
MOST_RECOMMENDED = 6
# One percent is much for one product of a thousand, so small scores are compared with the average:
# if it rests on enough buyers, and if they are so many times as large.
SMALL_SCORE = 0.1
FEWEST_BUYERS = 10
WORTH_SAYING = 1.5
# An address in a link must not run anything; a picture must not call another server.
WEB = ("https://", "http://")
PICTURES = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp"))

PREDICTIONS = (Prediction.CATEGORIES, Prediction.BRANDS, Prediction.PRODUCTS)


@dataclass(frozen=True)
class Want:
    """An interest: in which target, how likely it is bought within `horizon_days`, because of what.

    `score` is a probability; of a small one `times` says how many times that of a customer on
    average in the target's last test it is (None where that is not known from enough buyers, or not
    much more); `reasons` are names of at most two products bought earlier.
    """

    target_id: int
    label: str
    is_high: bool
    score: float
    times: float | None
    horizon_days: int
    has_bought: bool
    is_new: bool
    reasons: tuple[str, ...]

    @property
    def decimals(self) -> int:
        """How exactly the probability is written as percentage: tenths matter in small ones."""
        return 1 if self.score < SMALL_SCORE else 0


@dataclass(frozen=True)
class WantGroup:
    """The strongest interests of one kind; `more` were left out."""

    kind: TargetKind
    wants: tuple[Want, ...]
    more: int


@dataclass(frozen=True)
class Tile:
    """A recommended product. `picture` is one that comes with the page, else its `initials` are
    shown; `link` leads to the shop, if it has a harmless address.
    """

    product: Product
    picture: str
    initials: str
    link: str
    reason: str


@dataclass(frozen=True)
class Shelf:
    """One list of recommended products."""

    list: RecommendationList
    tiles: tuple[Tile, ...]


def wants_of(customer: Customer, *, most: int = MOST_WANTS) -> list[WantGroup]:
    """Return the strongest interests of each kind, categories first. One query."""
    rows = (
        Interest.objects.filter(customer=customer)
        .select_related("target", "reason", "second_reason")
        .order_by("-strength", "-score", "target_id")
    )
    found: dict[str, list[Interest]] = {}
    for row in rows[:MOST_READ]:
        found.setdefault(row.target.kind, []).append(row)
    return [
        WantGroup(
            kind,
            tuple(_want(row) for row in found[kind][:most]),
            max(len(found[kind]) - most, 0),
        )
        for kind in TargetKind
        if kind in found
    ]


def shelves_of(customer: Customer, *, most: int = MOST_RECOMMENDED) -> list[Shelf]:
    """Return the lists of recommended products that have any. One query."""
    rows = recommended([customer.pk], most=most)[customer.pk]
    tiles: dict[str, list[Tile]] = {}
    for row in rows:
        tiles.setdefault(row.list, []).append(_tile(row))
    return [Shelf(one, tuple(tiles[one])) for one in RecommendationList if one in tiles]


def why_no_wants() -> str:
    """Return what the shop lacks to predict interest in anything; empty if it does for some."""
    lacks = [missing(prediction) for prediction in PREDICTIONS]
    return lacks[0] if all(lacks) else ""


def _want(row: Interest) -> Want:
    reasons: Sequence[Product | None] = (row.reason, row.second_reason)
    return Want(
        target_id=row.target_id,
        label=row.target.label,
        is_high=row.strength == Strength.HIGH,
        score=row.score,
        times=_times(row),
        horizon_days=row.target.horizon_days,
        has_bought=row.has_bought,
        is_new=row.target.is_new,
        reasons=tuple(dict.fromkeys(str(product) for product in reasons if product is not None)),
    )


def _times(row: Interest) -> float | None:
    """Compare the score with the share of all tested customers who bought it."""
    tested, buyers = row.target.tested_count, row.target.tested_buyers
    if row.score >= SMALL_SCORE or not tested or (buyers or 0) < FEWEST_BUYERS:
        return None
    times = row.score * tested / (buyers or 1)
    return times if times >= WORTH_SAYING else None


def _tile(row: Recommended) -> Tile:
    product = row.product
    words = [word for word in str(product).split() if word[0].isalnum()]
    return Tile(
        product=product,
        picture=product.image_url if product.image_url.startswith(PICTURES) else "",
        initials="".join(word[0] for word in words[:2]).upper(),
        link=product.page_url if product.page_url.lower().startswith(WEB) else "",
        reason=str(row.reason) if row.reason is not None else "",
    )
