"""What follows a segment outside of this app: each kind of follower names its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp.registry import Registry
from segments.models import Segment

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Follower:
    """Something kept equal to a segment: its name, where it stands, and its page.

    `page` is the name of an address with the key as its argument, empty if there is none.
    """

    key: int
    name: str
    place: StrOrPromise
    page: str = ""


class Following(ABC):
    """A kind of followers. A segment may be deleted while there are any: they are told apart."""

    key: str

    @abstractmethod
    def of_each(self, segment_ids: Collection[int]) -> Mapping[int, Sequence[Follower]]:
        """Return the followers by the segment's id, in one query for all of them."""


followings: Registry[Following] = Registry("kind of followers")


def followers_of(segment: Segment) -> list[Follower]:
    """Return what follows one segment."""
    return followers_of_each([segment])[segment.pk]


def followers_of_each(segments: Iterable[Segment]) -> dict[int, list[Follower]]:
    """Return what follows each segment, in one query per kind; an empty list for nothing."""
    found: dict[int, list[Follower]] = {segment.pk: [] for segment in segments}
    for following in followings:
        for segment_id, followers in following.of_each(list(found)).items():
            found[segment_id] += followers
    return found
