"""What commands show in a terminal while a job runs."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

from cdp.models import Job


class JobBar:
    """A progress bar fed with the job after every step; silent where nobody watches.

    with JobBar("orders.csv") as bar:
        job = run_in_foreground(job, progress=bar)
    """

    def __init__(self, label: str, *, unit: str = "rows", stream: TextIO | None = None) -> None:
        target = stream or sys.stderr
        self._bar = tqdm(
            desc=label,
            unit=f" {unit}",
            file=target,
            disable=not target.isatty(),
            unit_scale=True,
            dynamic_ncols=True,
            leave=True,
        )

    def __call__(self, job: Job) -> None:
        """Show how far the job is."""
        self.show(job.done, job.total, job.message)

    def show(self, done: int, total: int | None, message: str = "") -> None:
        """Show how far something is that is no job."""
        if self._bar.disable:
            return
        self._bar.total = total
        self._bar.n = done
        self._bar.set_postfix_str(message, refresh=False)
        self._bar.refresh()

    def __enter__(self) -> JobBar:
        """Return the bar."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal in order."""
        self._bar.close()
