"""Lists background jobs; cancels, retries or runs one."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from cdp.commands import ShopCommand
from cdp.exceptions import RegularsError
from cdp.jobs.requests import cancel, retry
from cdp.jobs.runner import run_in_foreground
from cdp.models import Job, JobState
from cdp.terminal import JobBar


class Command(ShopCommand):
    """Look after background jobs from the terminal."""

    help = (
        "Lists the latest background jobs, or cancels, retries or runs one. 'run' works on a job "
        "in this terminal until it ends, without a worker."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="show the latest jobs")
        listing.add_argument("--live", action="store_true", help="only those not ended")
        listing.add_argument("--limit", type=int, default=20, help="how many (default: 20)")
        for name, text in (
            ("cancel", "ask a job to stop"),
            ("retry", "queue a failed, stuck or cancelled job again, from where it stood"),
            ("run", "work on a job here until it ends"),
        ):
            actions.add_parser(name, help=text).add_argument("job", type=int, help="its number")

    def handle(self, *args: object, action: str, **options: object) -> None:
        """Do the action; an expected failure becomes a `CommandError`."""
        try:
            if action == "list":
                self._list(is_live=bool(options["live"]), limit=int(str(options["limit"])))
            else:
                self._act(action, int(str(options["job"])))
        except RegularsError as error:
            raise CommandError(str(error)) from error

    def _list(self, *, is_live: bool, limit: int) -> None:
        jobs = Job.objects.live() if is_live else Job.objects.all()
        shown = list(jobs[: max(limit, 0)])
        for job in shown:
            self.stdout.write(_line(job))
        if not shown:
            self.stdout.write("There are no jobs.")

    def _act(self, action: str, job_id: int) -> None:
        if action == "cancel":
            job = cancel(job_id, now=timezone.now())
        elif action == "retry":
            job = retry(job_id, now=timezone.now())
        else:
            job = self._run(job_id)
        if job.cancel_requested and job.state == JobState.RUNNING:
            self.stdout.write(f"Job {job.pk} stops before its next step counts.")
            return
        self.stdout.write(_line(job))

    def _run(self, job_id: int) -> Job:
        job = Job.objects.filter(pk=job_id).first()
        if job is None:
            raise CommandError(f"There is no job {job_id}. 'jobs list' shows them.")
        with JobBar(f"{job.kind} {job.target}".strip()) as bar:
            return run_in_foreground(job, progress=bar)


def _line(job: Job) -> str:
    total = "" if job.total is None else f" of {job.total}"
    rejected = f", {job.rejected} rejected" if job.rejected else ""
    subject = f"{job.kind} {job.target}".strip()
    line = f"Job {job.pk} ({subject}): {job.state}, {job.done}{total} done{rejected}. {job.message}"
    return line.rstrip()
