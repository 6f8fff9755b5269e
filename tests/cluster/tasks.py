"""The lab's own kind of job: counts up to its target, slowly enough to be killed in the middle."""

from __future__ import annotations

import time
from datetime import datetime

from cdp.jobs import JobKind, Step, job_kinds
from cdp.models import Job
from tests.cluster.models import Tally
from tests.cluster.strikes import make_chunks_small, make_stops_short

CHUNK = 5
CHUNK_SECONDS = 0.03

make_chunks_small()
make_stops_short()


@job_kinds.register
class LabCounting(JobKind[list[int]]):
    """Inserts the numbers below its target; writing a chunk twice would double its numbers."""

    key = "lab_counting"
    label = "counting of the lab"
    reruns = False

    def plan(self, job: Job, *, now: datetime) -> Step:
        return Step(checkpoint="0", total=int(job.target))

    def read(self, job: Job, *, now: datetime) -> list[int]:
        start = int(job.checkpoint)
        return list(range(start, min(start + CHUNK, int(job.target))))

    def write(self, job: Job, chunk: list[int], *, now: datetime) -> Step:
        for number in chunk:
            Tally.objects.create(job_id=job.pk, number=number)
            time.sleep(CHUNK_SECONDS / CHUNK)
        end = chunk[-1] + 1
        return Step(checkpoint=str(end), done=len(chunk), is_finished=end == int(job.target))
