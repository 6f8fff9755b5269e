"""What can be wrong with a segment, said so that the marketer can mend it."""

from __future__ import annotations

from cdp.exceptions import RegularsError


class SegmentError(RegularsError):
    """A segment that cannot be evaluated: its members stay as they are."""


class ConditionError(SegmentError):
    """One row of a segment cannot be understood; the message names what is wrong with it."""
