"""Segments as JSON that a person can write: reading it with every mistake named, writing it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings
from django.utils.translation import gettext

from cdp.exceptions import RegularsError
from cdp.text import tidy
from segments.criteria import criteria
from segments.criteria.params import REFERENCE, plain
from segments.exceptions import SegmentError
from segments.models import Condition, Match, Segment, SegmentType
from segments.rows import Row, row_of
from segments.spelling import suggest

SEGMENT_KEYS = ("name", "note", "match", "conditions", "but_not_in")
ROW_KEYS = ("criterion", "operator", "values", "not")
NAME_LENGTH = 200


class DefinitionError(SegmentError):
    """A file of segments that cannot be taken; `problems` names every mistake in it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class RowDefinition:
    """A condition row as stored: keys of criterion and operator, flat values, negated or not."""

    criterion: str
    operator: str
    values: Mapping[str, object]
    is_negated: bool = False

    @property
    def understood(self) -> Row:
        """The row for the compiler; raises `ConditionError` naming what is wrong with it."""
        return row_of(self.criterion, self.operator, self.values, is_negated=self.is_negated)

    @property
    def segment(self) -> str:
        """The name of the segment asked for, empty for most criteria."""
        return str(self.values.get(REFERENCE, "")) if refers_to_segment(self.criterion) else ""


@dataclass(frozen=True)
class Definition:
    """What a file says about one segment. A note of None leaves the stored one alone."""

    name: str
    rows: tuple[RowDefinition, ...]
    match: str = Match.ALL
    excluded: str = ""
    note: str | None = None

    @property
    def asks_for(self) -> list[str]:
        """The names of the segments this one is computed from."""
        return [name for name in (*(row.segment for row in self.rows), self.excluded) if name]


def refers_to_segment(criterion: str) -> bool:
    """Return whether the criterion has another segment's name among its values."""
    return criterion in criteria and criteria.get(criterion).refers_to_segments


def make_row(
    criterion: str, operator: str, values: Mapping[str, object], *, is_negated: bool = False
) -> RowDefinition:
    """Return a checked row with its values in their stored form."""
    row = row_of(criterion, operator, values, is_negated=is_negated)
    return RowDefinition(criterion, operator, plain(row.params), is_negated)


def parse(text: str) -> list[Definition]:
    """Return the segments in a JSON text; raise `DefinitionError` naming every mistake."""
    try:
        content = json.loads(
            text,
            object_pairs_hook=_without_doubles,
            parse_float=str,  # “99.90” stays exact.
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        problem = gettext("This is not JSON: %(problem)s.") % {"problem": str(error).rstrip(".")}
        raise DefinitionError([problem]) from None
    reader = _Reader()
    definitions = reader.segments(content)
    if reader.problems:
        raise DefinitionError(reader.problems)
    return definitions


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(gettext("“%(name)s” stands twice in one object") % {"name": name})
        found[name] = value
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(gettext("%(text)s is not a number") % {"text": text})


class _Reader:
    """Collects the mistakes of a file while reading it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def segments(self, content: object) -> list[Definition]:
        """Return the segments of the file, as far as they can be read."""
        entries = content if isinstance(content, list) else [content]
        if not entries:
            self.problems.append(gettext("The file holds no segment."))
        found: dict[str, Definition] = {}
        for number, entry in enumerate(entries, start=1):
            definition = self._segment(entry, number)
            if definition is not None and definition.name in found:
                self._complain(definition.name, gettext("The file holds it twice."))
            elif definition is not None:
                found[definition.name] = definition
        return list(found.values())

    def _complain(self, where: str, problem: str) -> None:
        self.problems.append(f"{where}: {problem}")

    def _segment(self, entry: object, number: int) -> Definition | None:
        place = gettext("Segment %(number)s") % {"number": number}
        if not isinstance(entry, dict):
            self._complain(place, gettext("It must be an object in braces, {…}."))
            return None
        name = tidy(entry["name"]) if isinstance(entry.get("name"), str) else ""
        if not 0 < len(name) <= NAME_LENGTH:
            limit = {"limit": NAME_LENGTH}
            self._complain(
                place, gettext("It needs a “name” of 1 to %(limit)s characters.") % limit
            )
        where = gettext("Segment “%(name)s”") % {"name": name} if name else place
        self._known_keys(entry, SEGMENT_KEYS, where)
        match = entry.get("match", Match.ALL)
        if match not in Match.values:
            self._complain(where, gettext("“match” must be “all” or “any”."))
        excluded = self._text(entry, "but_not_in", where)
        if excluded and excluded == name:
            self._complain(where, gettext("It cannot leave out its own members."))
        note = self._text(entry, "note", where)
        rows = self._rows(entry.get("conditions", []), where)
        return Definition(name, rows, str(match), excluded or "", note) if name else None

    def _text(self, entry: Mapping[str, object], name: str, where: str) -> str | None:
        value = entry.get(name)
        if value is None or isinstance(value, str):
            return value if value is None or name == "note" else tidy(value)
        self._complain(where, gettext("“%(name)s” must be a text.") % {"name": name})
        return None

    def _known_keys(self, entry: Mapping[str, object], known: Sequence[str], where: str) -> None:
        for name in entry:
            if name not in known:
                problem = gettext("“%(name)s” is not known here.") % {"name": name}
                self._complain(where, f"{problem} {suggest(name, known)}".strip())

    def _rows(self, entries: object, where: str) -> tuple[RowDefinition, ...]:
        if not isinstance(entries, list):
            self._complain(where, gettext("“conditions” must be a list, […]."))
            return ()
        limit = settings.SEGMENT_MAX_CONDITIONS
        if len(entries) > limit:
            self._complain(where, too_many(len(entries)))
        rows = []
        for number, entry in enumerate(entries, start=1):
            place = gettext("%(segment)s, row %(number)s") % {"segment": where, "number": number}
            row = self._row(entry, place)
            if row is not None:
                rows.append(row)
        return tuple(rows)

    def _row(self, entry: object, where: str) -> RowDefinition | None:
        if not isinstance(entry, dict):
            self._complain(where, gettext("It must be an object in braces, {…}."))
            return None
        before = len(self.problems)
        self._known_keys(entry, ROW_KEYS, where)
        for name in ("criterion", "operator"):
            if not isinstance(entry.get(name), str):
                problem = gettext("It needs “%(name)s”, a text.") % {"name": name}
                self._complain(where, f"{problem} {self._operators(entry)}".strip())
        values, negated = entry.get("values", {}), entry.get("not", False)
        if not isinstance(values, dict):
            self._complain(where, gettext("“values” must be an object in braces, {…}."))
        if not isinstance(negated, bool):
            self._complain(where, gettext("“not” must be true or false."))
        if len(self.problems) > before:
            return None
        try:
            return make_row(entry["criterion"], entry["operator"], values, is_negated=negated)
        except RegularsError as error:
            self._complain(where, str(error))
            return None

    def _operators(self, entry: Mapping[str, object]) -> str:
        """Return a hint with the operators of the row's criterion, if that much is known."""
        criterion = entry.get("criterion")
        if not isinstance(criterion, str) or criterion not in criteria or "operator" in entry:
            return ""
        known = ", ".join(operator.key for operator in criteria.get(criterion).operators)
        return gettext("Possible: %(names)s.") % {"names": known}


def too_many(count: int) -> str:
    """Return the complaint about a segment with more rows than the installation allows."""
    return gettext(
        "It has %(count)s conditions, but at most %(limit)s are allowed "
        "(setting SEGMENT_MAX_CONDITIONS)."
    ) % {"count": count, "limit": settings.SEGMENT_MAX_CONDITIONS}


def definition_of(segment: Segment) -> Definition:
    """Return a stored segment as a definition; raise `SegmentError` if it is not dynamic."""
    if segment.type != SegmentType.DYNAMIC:
        raise SegmentError(
            gettext("“%(name)s” is a %(type)s and has no conditions.")
            % {"name": segment.name, "type": segment.get_type_display()},
            hint=gettext("Write out its members instead."),
        )
    excluded = segment.excluded_segment
    return Definition(
        segment.name,
        tuple(_stored_row(condition) for condition in segment.conditions.all()),
        segment.match,
        "" if excluded is None else excluded.name,
        segment.note,
    )


def _stored_row(condition: Condition) -> RowDefinition:
    values = dict(condition.parameters)
    if condition.referenced_segment is not None:
        values[REFERENCE] = condition.referenced_segment.name
    try:
        return make_row(
            condition.criterion, condition.operator, values, is_negated=condition.is_negated
        )
    except RegularsError:  # A row of a criterion that is gone is still shown as it stands.
        ordered = dict(sorted(values.items()))
        return RowDefinition(condition.criterion, condition.operator, ordered, condition.is_negated)


def to_json(definitions: Definition | Iterable[Definition]) -> str:
    """Return the canonical text of one definition or of a list: same thing, same text."""
    content: object = (
        _entry(definitions)
        if isinstance(definitions, Definition)
        else [_entry(definition) for definition in definitions]
    )
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _entry(definition: Definition) -> dict[str, object]:
    entry: dict[str, object] = {"name": definition.name}
    if definition.note:
        entry["note"] = definition.note
    entry["match"] = str(definition.match)
    entry["conditions"] = [_row_entry(row) for row in definition.rows]
    if definition.excluded:
        entry["but_not_in"] = definition.excluded
    return entry


def _row_entry(row: RowDefinition) -> dict[str, object]:
    entry: dict[str, object] = {"criterion": row.criterion, "operator": row.operator}
    entry["values"] = dict(row.values)
    if row.is_negated:
        entry["not"] = True
    return entry
