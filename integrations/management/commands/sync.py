"""`manage.py sync`: bring audiences in line with their segments, or see what that would do."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from cdp.commands import ShopCommand
from cdp.exceptions import RegularsError
from cdp.jobs.runner import run_in_foreground
from cdp.models import Job, JobState
from cdp.terminal import JobBar
from integrations.models import Audience, AudienceState, RunKind, RunState, SyncRun
from integrations.sync.requests import ask_for_run


class Command(ShopCommand):
    """Ask for the runs, work on their jobs here, and show what came of them."""

    help = (
        "Bring audiences in line with their segments: whoever left is removed, whoever came is "
        "added. Without names it lists the audiences. It ends with an error if an audience could "
        "not be brought in line."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which audiences, and the kind of run."""
        parser.add_argument(
            "audiences", nargs="*", metavar="AUDIENCE", help="names over there, or ids"
        )
        parser.add_argument("--all", action="store_true", help="every audience that has not ended")
        kinds = parser.add_mutually_exclusive_group()
        kinds.add_argument(
            "--dry-run", action="store_true", help="show what would be sent, and send nothing"
        )
        kinds.add_argument("--full", action="store_true", help="send everybody again")

    def handle(self, *args: object, **options: object) -> None:
        """Run it."""
        names = options["audiences"]
        known = Audience.objects.exclude(state=AudienceState.ENDED).select_related("connection")
        if options["all"]:
            chosen = list(known)
        else:
            chosen = [_named(str(name)) for name in names] if isinstance(names, list) else []
        if not chosen:
            self._list(known)
            return
        kind = RunKind.SYNC
        if options["dry_run"]:
            kind = RunKind.DRY_RUN
        elif options["full"]:
            kind = RunKind.FULL
        failures = [text for one in chosen if (text := self._run(one, kind))]
        if failures:
            raise CommandError("\n".join(failures))

    def _list(self, audiences: Iterable[Audience]) -> None:
        for one in audiences:
            self.stdout.write(f"{one.pk:>5}  {one.outside_name}  ({one.connection}, {one.state})")
        self.stdout.write("Name the audiences to bring up to date, or take --all.")

    def _run(self, audience: Audience, kind: RunKind) -> str:
        """Run one audience and return what went wrong, empty if nothing."""
        name = f"{audience.outside_name} at {audience.connection}"
        try:
            job = ask_for_run(audience, kind, now=timezone.now())
        except RegularsError as error:
            return f"{name}: {error}"
        with JobBar(audience.outside_name, unit="people") as bar:
            job = run_in_foreground(job, progress=bar)
        run = SyncRun.objects.filter(job=job).order_by("pk").last()
        if run is None or job.state != JobState.DONE:
            return f"{name}: {job.message}"
        self._show(name, run, job)
        return "" if run.state in (RunState.DONE, RunState.WAITING) else f"{name}: {job.message}"

    def _show(self, name: str, run: SyncRun, job: Job) -> None:
        self.stdout.write(f"{name}: {job.message}")
        wanted = "-" if run.wanted is None else f"{run.wanted:,}"
        self.stdout.write(
            f"  wanted {wanted}, held out {run.held_out:,}, to add {run.to_add:,}, "
            f"to update {run.to_update:,}, to remove {run.to_remove:,}"
        )
        if run.kind != RunKind.DRY_RUN:
            seconds = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
            self.stdout.write(
                f"  added {run.added:,}, updated {run.updated:,}, removed {run.removed:,}, "
                f"refused {run.refused:,}; {run.requests:,} requests in {seconds:.1f} s"
            )
        for direction, customers in run.sample.items():
            if customers:
                self.stdout.write(f"  to {direction}: customers {', '.join(map(str, customers))}")
        for note in run.notes:
            self.stdout.write(f"  {note}")


def _named(text: str) -> Audience:
    """Return the audience with this id or this name over there; raise `CommandError`."""
    found = Audience.objects.select_related("connection")
    if text.isdecimal():
        by_id = found.filter(pk=text).first()
        if by_id is not None:
            return by_id
    named = list(found.filter(outside_name=text).exclude(state=AudienceState.ENDED))
    if not named:
        raise CommandError(f"There is no audience '{text}'. 'manage.py sync' lists them.")
    if len(named) > 1:
        ids = ", ".join(str(one.pk) for one in named)
        raise CommandError(f"Several audiences are called '{text}'. Name one of them by id: {ids}.")
    return named[0]
