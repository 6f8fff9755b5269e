"""The steps of a run by name, and what each reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from integrations.sync.comparing import read_page
from integrations.sync.marking import read_difference, read_leavers
from integrations.sync.place import Phase
from integrations.sync.replacing import read_closing, read_replacement
from integrations.sync.sending import read_additions, read_preparation, read_removals
from integrations.sync.settling import read_beginning, read_confirmations
from integrations.sync.work import Outcome, Work
from integrations.sync.wrapping import read_end, read_wrapping

PHASES: Mapping[Phase, Callable[[Work], Outcome]] = {
    Phase.BEGIN: read_beginning,
    Phase.COMPARE: read_page,
    Phase.LEAVE: read_leavers,
    Phase.DIFFERENCE: read_difference,
    Phase.PREPARE: read_preparation,
    Phase.REMOVE: read_removals,
    Phase.ADD: read_additions,
    Phase.REPLACE: read_replacement,
    Phase.SETTLE: read_confirmations,
    Phase.CLOSE: read_closing,
    Phase.WRAP: read_wrapping,
    Phase.FINISH: read_end,
}
