"""What each action of `manage.py segments` does and prints."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from django.core.management.base import OutputWrapper
from django.db.models import QuerySet
from django.utils.translation import ngettext

from analytics.clock import effective_now
from analytics.models import CustomerStatistics
from cdp.exceptions import RegularsError
from cdp.jobs.runner import enqueue, run_in_foreground
from cdp.models import JobState, Shop
from cdp.periods import start_of
from cdp.terminal import JobBar
from segments.asof import members_as_of
from segments.backfill import backfill
from segments.compiler import matching
from segments.criteria import Criterion, criteria
from segments.criteria.operators import Operator
from segments.definitions import definition_of, parse, to_json
from segments.dependencies import segments_with_rows, with_needed, without_predictions
from segments.exceptions import SegmentError
from segments.handouts.export import as_csv, as_json, columns_named
from segments.models import Segment, SegmentType
from segments.reference import page
from segments.refreshing import Outcome, affected_by, refresh_segments
from segments.sentences import sentence, sentence_of
from segments.spelling import find, suggest
from segments.storing import Change, Kind, compare, store
from segments.suggestions import suggestions

Options = Mapping[str, object]


class Actions:
    """The actions, writing to the streams of a command at one moment."""

    def __init__(self, *, out: OutputWrapper, err: OutputWrapper, now: datetime) -> None:
        self._out, self._err, self._now = out, err, now
        self._shop = Shop.objects.current()

    def do_list(self, options: Options) -> None:
        """Print every segment: name, figures, sentence, error."""
        segments = segments_with_rows()
        if not options["archived"]:
            segments = segments.filter(is_archived=False)
        for segment in segments:
            self._out.write(f"{segment.name}: {self._figures(segment)}")
            self._out.write(f"  {sentence_of(segment, currency=self._shop.currency)}")
            if segment.error:
                self._out.write(f"  ! {segment.error}")
        if not segments:
            self._out.write("There are no segments. 'segments suggest --create' makes some.")

    def do_import(self, options: Options) -> None:
        """Create and change segments as a file says, or show what it would change."""
        changes = compare(parse(_read(Path(str(options["file"])))))
        for change in changes:
            self._say_change(change)
        if options["dry_run"]:
            self._out.write("Nothing was stored: this was a dry run.")
            return
        stored = store(changes, now=self._now)
        if stored:
            self._say_outcomes(refresh_segments(now=self._now, segments=affected_by(stored)))
        counts = {kind: sum(change.kind == kind for change in changes) for kind in Kind}
        self._out.write(", ".join(f"{count} {kind}" for kind, count in counts.items()) + ".")

    def do_export(self, options: Options) -> None:
        """Print one segment as an object, several as a list."""
        names = options["names"]
        if isinstance(names, list) and names:
            segments = [_segment(str(name)) for name in names]
        else:
            segments = [
                segment for segment in segments_with_rows() if segment.type == SegmentType.DYNAMIC
            ]
        definitions = [definition_of(segment) for segment in segments]
        is_one = isinstance(names, list) and len(names) == 1
        self._out.write(to_json(definitions[0] if is_one else definitions), ending="")

    def do_refresh(self, options: Options) -> None:
        """Refresh one segment after those it asks for, or all that are due, as a job."""
        if options["name"] is not None:
            segment = _segment(str(options["name"]))
            chosen = with_needed([segment], segments_with_rows())
            self._say_outcomes(refresh_segments(now=self._now, segments=chosen))
            return
        with JobBar("segments", unit="segments") as bar:
            job = run_in_foreground(enqueue("refresh_segments", now=self._now), progress=bar)
        if job.state != JobState.DONE:
            raise SegmentError(f"The refresh ended as {job.get_state_display()}: {job.message}")
        for segment in Segment.objects.filter(is_archived=False):
            error = f"  ! {segment.error}" if segment.error else ""
            self._out.write(f"{segment.name}: {self._figures(segment)}{error}")
        self._out.write(job.message)

    def do_backfill(self, options: Options) -> None:
        """Store how large segments would have been on past days; print what was found."""
        names = options["names"]
        named = [_segment(str(name)) for name in names] if isinstance(names, list) else []
        chosen = named or list(segments_with_rows())
        if options["without_predictions"]:
            chosen = without_predictions(chosen)
        days, every = int(str(options["days"])), int(str(options["every"]))
        with JobBar("backfill", unit="days") as bar:
            found = backfill(
                chosen,
                days=days,
                every=every,
                now=self._now,
                progress=bar.show,
            )
        for name, error in found.problems.items():
            reason = str(error) if isinstance(error, RegularsError) else type(error).__name__
            self._err.write(f"{name}: could not be computed: {reason}")
        if found.days:
            self._out.write(
                f"Stored {found.size_count:,} sizes of {len(found.days):,} days, "
                f"{found.days[0]} to {found.days[-1]}."
            )
        else:
            self._out.write("Nothing to store: no segment lacks the size of such a day.")

    def do_count(self, options: Options) -> None:
        """Print the sentence, the mailable count and, as the last line, the bare count."""
        segment = _segment(str(options["name"]))
        with self._members(segment, options) as members:
            count = members.count()
            mailable = members.filter(is_mailable__in=[True]).count()
        self._out.write(sentence_of(segment, currency=self._shop.currency))
        self._out.write(f"Mailable: {mailable}")
        self._out.write(str(count))

    def do_members(self, options: Options) -> None:
        """Print the members as CSV or JSON."""
        names = [name.strip() for name in str(options["columns"]).split(",") if name.strip()]
        columns = columns_named(names)
        segment = _segment(str(options["name"]))
        zone = self._shop.zone
        with self._members(segment, options) as members:
            pieces = (
                as_csv(members, columns, zone=zone, is_raw=bool(options["raw"]))
                if options["format"] == "csv"
                else as_json(members, columns, zone=zone)
            )
            for piece in pieces:
                self._out.write(piece, ending="")

    def do_suggest(self, options: Options) -> None:
        """Print what suits this shop; create and refresh what does not exist yet if asked to."""
        proposed = suggestions(now=self._now)
        for one in proposed:
            mark = " (exists)" if one.is_stored else ""
            rows = [row.understood for row in one.definition.rows]
            self._out.write(f"{one.definition.name}{mark}")
            self._out.write(f"  {sentence(rows, currency=self._shop.currency)}")
            self._out.write(f"  {one.definition.note}")
            self._out.write(f"  {_sizes(one.member_count, one.mailable_count)}")
        missing = [one.definition for one in proposed if not one.is_stored]
        if not options["create"]:
            self._out.write(f"{len(missing)} of {len(proposed)} do not exist yet; create: --create")
            return
        created = store(compare(missing), now=self._now)
        self._say_outcomes(refresh_segments(now=self._now, segments=created))
        if created:
            existing = len(proposed) - len(created)
            self._out.write(f"Created {len(created)}; {existing} existed already.")
        else:
            self._out.write("Nothing was created: every suggested segment exists already.")

    def do_criteria(self, options: Options) -> None:
        """Print every criterion with its operators and the values each takes."""
        if options["markdown"]:
            self._out.write(page(), ending="")
            return
        groups: dict[str, list[Criterion]] = {}
        for criterion in criteria:
            groups.setdefault(str(criterion.group), []).append(criterion)
        for group, members in groups.items():
            self._out.write(group)
            for criterion in members:
                self._out.write(f"  {criterion.key}: {criterion.label}")
                for operator in criterion.operators:
                    values = _values(criterion, operator)
                    self._out.write(f"    {operator.key:<26} {values}".rstrip())

    @contextmanager
    def _members(
        self, segment: Segment, options: Options
    ) -> Iterator[QuerySet[CustomerStatistics]]:
        """Give the members of the moment that was asked for, computed now."""
        day = options["as_of"]
        if not isinstance(day, date):
            yield matching(segment, now=effective_now(self._now))
            return
        moment = start_of(day, self._shop.zone)
        if moment > self._now:
            raise SegmentError(f"{day} lies in the future.", hint="Name a day that has begun.")
        with members_as_of(segment, moment) as members:
            yield members

    def _say_change(self, change: Change) -> None:
        self._out.write(f"{change.definition.name}: {change.kind}")
        for difference in change.differences:
            self._out.write(f"  {difference}")
        for notice in change.notices:
            self._out.write(f"  Note: {notice}")

    def _say_outcomes(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            name, diff = outcome.segment.name, outcome.diff
            if diff is None:
                self._err.write(f"{name}: {outcome.segment.error}")
                continue
            self._out.write(
                f"{name}: {_sizes(diff.member_count, diff.mailable_count)}, "
                f"{diff.entered_count:,} entered, {diff.left_count:,} left"
            )

    def _figures(self, segment: Segment) -> str:
        if segment.computed_at is None:
            return "not computed yet"
        hours = int((self._now - segment.computed_at).total_seconds() // 3600)
        age = f"{hours} h ago" if hours else "less than an hour ago"
        sizes = _sizes(segment.member_count or 0, segment.mailable_count or 0)
        return f"{sizes}, computed {age}"


def _sizes(members: int, mailable: int) -> str:
    said = ngettext("%(n)s member", "%(n)s members", members) % {"n": f"{members:,}"}
    return f"{said}, {mailable:,} mailable"


def _read(path: Path) -> str:
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise SegmentError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise SegmentError(f"{path} is not in UTF-8.", hint="Save it as UTF-8.") from None


def _segment(name: str) -> Segment:
    """Return the segment of this name; raise `SegmentError` with the nearest names otherwise."""
    names = list(Segment.objects.values_list("name", flat=True))
    found = find(name, names)
    if found is None:
        raise SegmentError(
            f"There is no segment “{name}”.",
            hint=suggest(name, names) or "'segments list' shows those there are.",
        )
    return segments_with_rows().get(name=found)


def _values(criterion: Criterion, operator: Operator) -> str:
    fields = criterion.fields(operator)
    return ", ".join(name if field.required else f"[{name}]" for name, field in fields.items())
