"""What the marketer decided: segments, their members, and what was handed out of them."""

from segments.models.handout import (
    Export,
    ExportDialect,
    LinkFormat,
    LinkOutcome,
    LinkRead,
    SecretLink,
)
from segments.models.membership import Membership, MembershipEvent, SegmentRun, SegmentSize
from segments.models.segment import Condition, Match, Segment, SegmentType

__all__ = [
    "Condition",
    "Export",
    "ExportDialect",
    "LinkFormat",
    "LinkOutcome",
    "LinkRead",
    "Match",
    "Membership",
    "MembershipEvent",
    "SecretLink",
    "Segment",
    "SegmentRun",
    "SegmentSize",
    "SegmentType",
]
