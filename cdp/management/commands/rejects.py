"""Print the rows that a job could not take, or write them to a file."""

from __future__ import annotations

import csv
from pathlib import Path

from django.core.management.base import CommandError, CommandParser

from cdp.commands import ShopCommand
from cdp.ingest.rejects import write_rejects
from cdp.models import ImportRun, Job


class Command(ShopCommand):
    """Shows rejected rows with their reasons."""

    help = "Print the rejected rows of a job: line and reason; for an import also as a CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("job", type=int)
        parser.add_argument("--output", type=Path, help="write a CSV file instead of printing")

    def handle(self, *args: object, **options: object) -> None:
        """Print or write."""
        job = Job.objects.filter(pk=str(options["job"])).first()
        if job is None:
            raise CommandError(f"There is no job {options['job']}.")
        output = options["output"]
        run = ImportRun.objects.filter(job=job).first()
        if isinstance(output, Path):
            if run is None:
                raise CommandError(f"Job {job.pk} is not an import; leave --output out.")
            path = write_rejects(run, path=output)
            self.stdout.write(str(path) if path else "No row was rejected.")
            return
        writer = csv.writer(self.stdout)
        count = 0
        for position, reason in job.rejections.values_list("position", "reason"):
            writer.writerow([position, reason])
            count += 1
        self.stdout.write(f"{count:,} rejected rows.")
