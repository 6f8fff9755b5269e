"""What the shop has connected, who is in which audience over there, and how that came about."""

from integrations.models.audience import Audience, AudienceState, Lookalike, Schedule
from integrations.models.connection import Connection, ConnectionState
from integrations.models.member import AudienceMember, MemberState
from integrations.models.sync import BatchVerb, RunKind, RunState, SyncBatch, SyncRun

__all__ = [
    "Audience",
    "AudienceMember",
    "AudienceState",
    "BatchVerb",
    "Connection",
    "ConnectionState",
    "Lookalike",
    "MemberState",
    "RunKind",
    "RunState",
    "Schedule",
    "SyncBatch",
    "SyncRun",
]
