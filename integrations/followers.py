"""Audiences, told to the pages of the segments that they are kept equal to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from integrations.models import Audience, AudienceState
from segments.followers import Follower, Following, followings


@followings.register
class AudiencesFollow(Following):
    """An audience follows its segment until it has ended."""

    key = "audiences"

    def of_each(self, segment_ids: Collection[int]) -> Mapping[int, Sequence[Follower]]:
        """Return the audiences with the names of their connections."""
        audiences = Audience.objects.filter(segment__in=segment_ids)
        audiences = audiences.exclude(state=AudienceState.ENDED).select_related("connection")
        found: dict[int, list[Follower]] = {}
        for one in audiences.order_by("connection__name", "outside_name"):
            follower = Follower(
                one.pk, one.outside_name, one.connection.name, page="audiences:detail"
            )
            found.setdefault(one.segment_id or 0, []).append(follower)
        return found
