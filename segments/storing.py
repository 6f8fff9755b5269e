"""Definitions into the database: what would change, and the change itself, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext

from analytics.interest_targets import request_interests
from cdp.exceptions import RegularsError
from segments.criteria.params import REFERENCE
from segments.definitions import Definition, DefinitionError, RowDefinition, definition_of
from segments.dependencies import ordered, segments_with_rows
from segments.exceptions import SegmentError
from segments.models import Condition, Segment, SegmentType
from segments.spelling import find, suggest


class Kind(StrEnum):
    """What storing a definition does."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change:
    """A definition beside what is stored: differences and what is worth knowing, as sentences."""

    definition: Definition
    kind: Kind
    differences: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def compare(definitions: Iterable[Definition]) -> list[Change]:
    """Return what storing the definitions would change; raise `DefinitionError` if it must not.

    Segments may be asked for before the file defines them. Names of segments come back as stored.
    """
    asked = list(definitions)
    stored = {segment.name: segment for segment in segments_with_rows()}
    names = [*stored, *(one.name for one in asked if one.name not in stored)]
    problems: list[str] = []
    resolved = [_resolved(definition, names, problems) for definition in asked]
    for definition in resolved:
        segment = stored.get(definition.name)
        if segment is not None and segment.type != SegmentType.DYNAMIC:
            kind = gettext("There is a %(type)s of this name.") % {
                "type": segment.get_type_display()
            }
            problems.append(f"{_place(definition)}: {kind} {gettext('Choose another name.')}")
    if not problems:
        problems += _circles(resolved, stored.values())
    if problems:
        raise DefinitionError(problems)
    return [_change(definition, stored.get(definition.name)) for definition in resolved]


def store(changes: Sequence[Change], *, now: datetime) -> list[Segment]:
    """Store what differs, all of it or nothing; return the segments that are new or changed.

    Where a row names what is not learned yet, a refresh of interests is asked for, once.
    """
    due = [change.definition for change in changes if change.kind != Kind.UNCHANGED]
    with transaction.atomic():
        for definition in due:
            values = {"match": definition.match, "edited_at": now}
            if definition.note is not None:
                values["note"] = definition.note
            Segment.objects.update_or_create(
                name=definition.name,
                defaults=values,
                create_defaults={**values, "created_at": now},
            )
        by_name = {segment.name: segment for segment in Segment.objects.all()}
        for definition in due:
            segment = by_name[definition.name]
            segment.excluded_segment = by_name.get(definition.excluded)
            segment.save(update_fields=["excluded_segment"])
            segment.conditions.all().delete()
            Condition.objects.bulk_create(
                Condition(
                    segment=segment,
                    position=position,
                    criterion=row.criterion,
                    operator=row.operator,
                    parameters=dict(row.values),
                    is_negated=row.is_negated,
                    referenced_segment=by_name.get(row.segment),
                )
                for position, row in enumerate(definition.rows, start=1)
            )
        rows = [row.understood for definition in due for row in definition.rows]
        waiting = [row for row in rows if row.criterion.prepare(row.params)]
        if waiting:
            request_interests(now=now)
    return [by_name[definition.name] for definition in due]


def carry_name(segment: Segment) -> None:
    """Write the new name of a renamed segment into the rows that ask for it."""
    for condition in segment.referenced_by.all():
        if condition.parameters.get(REFERENCE) != segment.name:
            condition.parameters = {**condition.parameters, REFERENCE: segment.name}
            condition.save(update_fields=["parameters"])


def refuse_circle(definition: Definition) -> None:
    """Raise `DefinitionError` naming the circle that storing the definition would close."""
    problems = _circles([definition], segments_with_rows())
    if problems:
        raise DefinitionError(problems)


def _place(definition: Definition) -> str:
    return gettext("Segment “%(name)s”") % {"name": definition.name}


def _resolved(definition: Definition, names: Sequence[str], problems: list[str]) -> Definition:
    """Return the definition with the names of segments as they are known; note the unknown ones."""

    def known(name: str, place: str) -> str:
        found = find(name, names)
        if found is None:
            unknown = gettext("There is no segment “%(name)s”.") % {"name": name}
            problems.append(f"{place}: {unknown} {suggest(name, names)}".strip())
        return found or name

    rows = []
    for number, row in enumerate(definition.rows, start=1):
        if row.segment:
            place = gettext("%(segment)s, row %(number)s") % {
                "segment": _place(definition),
                "number": number,
            }
            row = replace(row, values={**row.values, REFERENCE: known(row.segment, place)})
        rows.append(row)
    excluded = definition.excluded and known(
        definition.excluded, f"{_place(definition)}, but_not_in"
    )
    return replace(definition, rows=tuple(rows), excluded=excluded)


def _circles(definitions: Iterable[Definition], stored: Iterable[Segment]) -> list[str]:
    """Return the complaint about a circle of segments, if the definitions close one."""
    asks_for: dict[str, list[str]] = {}
    for segment in stored:
        if segment.type == SegmentType.DYNAMIC:
            asks_for[segment.name] = definition_of(segment).asks_for
    asks_for.update({definition.name: definition.asks_for for definition in definitions})
    try:
        ordered(asks_for)
    except SegmentError as error:
        return [str(error)]
    return []


def _change(definition: Definition, segment: Segment | None) -> Change:
    notices = tuple(_notices(definition))
    if segment is None:
        return Change(definition, Kind.NEW, notices=notices)
    before = definition_of(segment)
    differences = tuple(_differences(before, definition))
    kind = Kind.CHANGED if differences else Kind.UNCHANGED
    return Change(definition, kind, differences, notices)


def _notices(definition: Definition) -> Iterable[str]:
    if not definition.rows:
        yield gettext("It has no conditions, so nobody is in it.")
    for number, row in enumerate(definition.rows, start=1):
        for notice in row.understood.notices():
            yield gettext("Row %(number)s: %(notice)s") % {"number": number, "notice": notice}


def _differences(before: Definition, after: Definition) -> Iterable[str]:
    if before.match != after.match:
        yield f"match: {before.match} → {after.match}"
    if before.excluded != after.excluded:
        yield f"but_not_in: {_quoted(before.excluded)} → {_quoted(after.excluded)}"
    if after.note is not None and (before.note or "") != after.note:
        yield gettext("note: another text")
    for number in range(1, max(len(before.rows), len(after.rows)) + 1):
        old = before.rows[number - 1] if number <= len(before.rows) else None
        new = after.rows[number - 1] if number <= len(after.rows) else None
        if old != new:
            place = gettext("row %(number)s") % {"number": number}
            yield f"{place}: {_said(old)} → {_said(new)}"


def _quoted(name: str) -> str:
    return f"“{name}”" if name else gettext("nothing")


def _said(row: RowDefinition | None) -> str:
    if row is None:
        return gettext("nothing")
    try:
        return row.understood.describe()
    except RegularsError:
        return f"{row.criterion} {row.operator}"
