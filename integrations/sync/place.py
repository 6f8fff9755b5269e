"""How far a run has got, kept in the run itself so that another job can go on there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from integrations.models import SyncRun


class Phase(StrEnum):
    """The steps of a run, in their order; what a run does not need it passes over."""

    BEGIN = "begin"
    COMPARE = "compare"
    LEAVE = "leave"
    DIFFERENCE = "difference"
    PREPARE = "prepare"
    REMOVE = "remove"
    ADD = "add"
    REPLACE = "replace"
    SETTLE = "settle"
    CLOSE = "close"
    WRAP = "wrap"
    FINISH = "finish"


@dataclass
class Place:
    """Where a run stands.

    `after` is the last key dealt with in the phase, `cursor` the next page to read. `size` is the
    most people of one call after a refusal (0: as many as the service takes), `strikes` counts
    people refused one by one, `successes` batches that were taken, `rewrites` corrections of the
    rows of one batch. `waited` are the seconds spent waiting for confirmations, `rounds` counts
    returns from there. `is_held`: the brake stopped it.
    `batches` numbers what is sent. `session`, `sequence` and `total` number the batches of a
    replacement, which `is_replaced` once all are sent and `is_closed` once whoever was not sent is
    out. `foreign` counts people found there that are not ours. `put_off` counts waits for the
    service in a row, `steps` all steps; `epoch` is the claim of the job under which the run failed.
    """

    phase: Phase = Phase.BEGIN
    after: int = 0
    cursor: str = ""
    size: int = 0
    strikes: int = 0
    successes: int = 0
    rewrites: int = 0
    waited: float = 0.0
    rounds: int = 0
    is_held: bool = False
    is_replaced: bool = False
    is_closed: bool = False
    batches: int = 0
    session: int = 0
    sequence: int = 0
    total: int = 0
    foreign: int = 0
    put_off: int = 0
    steps: int = 0
    epoch: int = 0

    @classmethod
    def of(cls, run: SyncRun) -> Place:
        """Return where the run stands."""
        known = {field.name for field in fields(cls)}
        stored = json.loads(run.place or "{}")
        values = {name: value for name, value in stored.items() if name in known}
        place = cls(**values)
        place.phase = Phase(place.phase)
        return place

    def stored(self) -> str:
        """Return it as the run keeps it."""
        return json.dumps(asdict(self))

    def go_to(self, phase: Phase) -> None:
        """Begin another phase."""
        self.phase, self.after, self.cursor = phase, 0, ""
