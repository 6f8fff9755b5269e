"""The background jobs of integrations: they register where they are written."""

from __future__ import annotations

import integrations.sync.job  # noqa: F401 - registers the job kind "sync"
