"""What came of an import, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cdp.models import ImportRun, JobRejection

SHOWN_REASONS = 5
GROUPED_ROWS = 5000
SHOWN_LINES = 5
# A quoted value, but no apostrophe within a word.
_VALUE = re.compile(r"(?<!\w)'.*?'(?!\w) ?")


@dataclass
class Reason:
    """Why rows were rejected: how many, and the lines of the first ones."""

    text: str
    count: int = 0
    lines: list[int] = field(default_factory=list)


def grouped_reasons(run: ImportRun) -> list[Reason]:
    """Return why the first rows that were rejected were rejected, the most frequent reason first.

    Reasons that differ only in the value they quote are one; the text of the first one is shown.
    """
    found: dict[str, Reason] = {}
    rows = JobRejection.objects.filter(job=run.job_id, job__isnull=False).order_by("position")
    for position, text in rows.values_list("position", "reason")[:GROUPED_ROWS]:
        reason = found.setdefault(_VALUE.sub("", text), Reason(text))
        reason.count += 1
        if len(reason.lines) < SHOWN_LINES:
            reason.lines.append(position)
    return sorted(found.values(), key=lambda reason: -reason.count)


def report(run: ImportRun) -> list[str]:
    """Return the lines that tell a shop owner what happened to the rows of a file."""
    total = run.new_count + run.changed_count + run.unchanged_count + run.rejected_count
    kind = run.get_kind_display()
    lines = [
        f"{run.file_name} ({kind}): {total:,} rows: {run.new_count:,} new, "
        f"{run.changed_count:,} changed, "
        f"{run.unchanged_count:,} unchanged, {run.rejected_count:,} rejected."
    ]
    if not total:
        lines.append("The file has a header but no rows.")
    elif run.unchanged_count == total:
        lines.append(f"Nothing changed: all {total:,} rows were already stored.")
    lines += [
        f"  {count:,} x {text}"
        for text, count in run.notes.order_by("key").values_list("text", "count")
    ]
    if run.job_id:
        first = JobRejection.objects.filter(job=run.job_id).order_by("position")
        for position, reason in first.values_list("position", "reason")[:SHOWN_REASONS]:
            lines.append(f"  line {position}: {reason}")
        if run.rejected_count > SHOWN_REASONS:
            lines.append(f"  and {run.rejected_count - SHOWN_REASONS:,} more in the rejects file.")
    return lines
