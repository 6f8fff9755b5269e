"""The background jobs of integrations: they register where they are written."""

from __future__ import annotations

import integrations.connecting.checking_job
import integrations.lookalikes
import integrations.sync.dry_run
import integrations.sync.due_job
import integrations.sync.job
import integrations.withdrawals_job  # noqa: F401 - all register their kinds of job
