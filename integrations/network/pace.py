"""Keeps requests below the number that a service allows in a window of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Pace:
    """At most `count` requests within any `seconds`, for each (count, seconds) of `windows`."""

    windows: Sequence[tuple[int, float]]
    _taken: deque[float] = field(default_factory=deque, repr=False)

    def delay(self, *, at: float) -> float:
        """Return the seconds to wait, from the clock's `at` on, before the next request is due."""
        due = at
        for count, seconds in self.windows:
            if len(self._taken) >= count:
                due = max(due, self._taken[-count] + seconds)
        return due - at

    def take(self, *, at: float) -> None:
        """Note a request made at `at`, a reading of the same clock."""
        self._taken.append(at)
        while len(self._taken) > max((count for count, _ in self.windows), default=0):
            self._taken.popleft()
