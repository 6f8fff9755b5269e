"""Where a customer stands at their own pace, from when on, and until when if nothing is ordered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive.cadence import Patience
from analytics.predictive.frames import Flags, Integers

JUST_ORDERED, ACTIVE, SLIPPING_AWAY, LOST = range(4)
JUST_ORDERED_DAYS = 30.0


@dataclass(frozen=True)
class Stages:
    """Per customer: the stage (0 just ordered .. 3 lost), its first day and the first day of the
    next (ordinals).

    `next_on` counts only where `has_next`: who is lost stays lost until they order.
    """

    stage: Integers
    since: Integers
    next_on: Integers
    has_next: Flags


def stages(last_day: Integers, patience: Patience, *, today: int) -> Stages:
    """Return the stages on the ordinal day `today` of customers whose last order day is `last_day`.

    Just ordered: silence <= min(30, T_slip); active: <= T_slip; slipping away: <= T_lost; else
    lost. Silence is a whole number of days, so a stage ends on day floor(limit) + 1 of the silence.
    """
    limits = np.stack(
        [np.minimum(JUST_ORDERED_DAYS, patience.slip), patience.slip, patience.lost], axis=1
    )
    ends = np.floor(limits).astype(np.int64) + 1
    silence = today - last_day
    passed = silence[:, None] >= ends
    stage = passed.sum(axis=1)
    rows = np.arange(stage.size)
    begun = np.where(stage > 0, ends[rows, np.maximum(stage - 1, 0)], 0)
    has_next = stage < LOST
    following = ends[rows, np.minimum(stage, LOST - 1)]
    return Stages(stage, last_day + begun, last_day + following, has_next)
