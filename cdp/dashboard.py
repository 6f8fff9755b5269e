"""Cards: figures in boxes on a page, each declared in a file of its own, and their assembly."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar, Generic, TypeVar

from django.utils.functional import Promise

from cdp.models import User
from cdp.registry import Registry

Subject = TypeVar("Subject")

logger = logging.getLogger(__name__)


class Place(Enum):
    """On which page a card stands; says what its subject is."""

    DASHBOARD = "dashboard"  # the user who looks
    CUSTOMER = "customer"
    SEGMENT = "segment"


@dataclass(frozen=True)
class Content:
    """What a card shows: figures and words, never markup. Its template knows how."""

    template: ClassVar[str]


class Card(ABC, Generic[Subject]):
    """One box. `content` returns None when there is nothing to show, and the box is left out.

    `permission` is asked of the user who looks ("" : of nobody); `position` orders the cards of a
    page; a card that is `wide` takes a row of its own.
    """

    key: str
    title: str | Promise
    place: Place = Place.DASHBOARD
    permission: str = ""
    position: int = 100
    is_wide: bool = False

    @abstractmethod
    def content(self, subject: Subject, *, now: datetime) -> Content | None:
        """Gather what the card shows, with as many queries for many rows as for few."""


cards: Registry[Card] = Registry("card")


@dataclass(frozen=True)
class ShownCard:
    """A card with its content, or without one because it failed."""

    key: str
    title: str | Promise
    is_wide: bool
    content: Content | None


def assemble(place: Place, subject: object, *, user: User, now: datetime) -> Sequence[ShownCard]:
    """Return the cards of a place that the user may see and that have something to show.

    One that raises is shown as broken, so that it takes nothing but itself away.
    """
    shown = []
    for card in sorted(cards, key=lambda card: (card.position, card.key)):
        if card.place is not place or (card.permission and not user.has_perm(card.permission)):
            continue
        try:
            content = card.content(subject, now=now)
        except Exception:  # The outermost loop of a batch of independent boxes.
            logger.exception("card=%s: cannot be shown", card.key)
            shown.append(ShownCard(card.key, card.title, card.is_wide, None))
            continue
        if content is not None:
            shown.append(ShownCard(card.key, card.title, card.is_wide, content))
    return shown
