"""Segments as JSON: what is taken, what is refused and why, and that writing it out is stable."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from segments.definitions import DefinitionError, definition_of, parse, to_json
from segments.dependencies import segments_with_rows
from segments.exceptions import SegmentError
from segments.handouts.export import COLUMNS
from segments.models import Condition, Segment, SegmentType
from segments.storing import Kind, carry_name, compare, store
from tests.conftest import NOW
from tests.rules import ROOT

pytestmark = pytest.mark.django_db

LAST_ORDER = {
    "criterion": "last_order",
    "operator": "within_last",
    "values": {"amount": 30, "unit": "days"},
}


def row(**values: object) -> dict[str, object]:
    return {**LAST_ORDER, **values}


def text(*entries: object) -> str:
    return json.dumps(entries[0] if len(entries) == 1 else entries)


def segment(name: str = "Fresh", **values: object) -> dict[str, object]:
    return {"name": name, "conditions": [LAST_ORDER], **values}


def asks_for(name: str) -> dict[str, object]:
    return {"criterion": "in_segment", "operator": "is_member", "values": {"segment": name}}


def imported(*entries: object) -> list[Kind]:
    changes = compare(parse(text(*entries)))
    store(changes, now=NOW)
    return [change.kind for change in changes]


def problems(*entries: object) -> tuple[str, ...]:
    with pytest.raises(DefinitionError) as caught:
        compare(parse(text(*entries)))
    return caught.value.problems


def stored(name: str) -> Segment:
    return segments_with_rows().get(name=name)


def test_a_file_becomes_a_segment_with_its_rows_in_order() -> None:
    second = row(operator="never", values={}, **{"not": True})
    assert imported(segment(match="any", note="Hello", conditions=[LAST_ORDER, second])) == ["new"]
    found = stored("Fresh")
    assert (found.match, found.note, found.type) == ("any", "Hello", "dynamic")
    rows = [(one.position, one.operator, one.is_negated) for one in found.conditions.all()]
    assert rows == [(1, "within_last", False), (2, "never", True)]


def test_importing_the_same_file_again_changes_nothing() -> None:
    first, second = segment(), segment("Others", but_not_in="Fresh")
    assert imported(first, second) == ["new", "new"]
    before = list(Segment.objects.values()), list(Condition.objects.values())
    assert imported(first, second) == ["unchanged", "unchanged"]
    assert (list(Segment.objects.values()), list(Condition.objects.values())) == before


def test_a_change_names_what_differs_in_words() -> None:
    imported(segment())
    other = row(values={"amount": 60})
    change = compare(parse(text(segment(match="any", conditions=[other, LAST_ORDER]))))[0]
    assert change.kind == "changed"
    assert change.differences == (
        "match: all → any",
        "row 1: Last order was within the last 30 days → Last order was within the last 60 days",
        "row 2: nothing → Last order was within the last 30 days",
    )


def test_a_note_that_the_file_leaves_out_stays() -> None:
    imported(segment(note="Kept"))
    assert imported(segment()) == ["unchanged"]
    assert stored("Fresh").note == "Kept"
    assert imported(segment(note="")) == ["changed"]
    assert stored("Fresh").note == ""


def test_numbers_with_a_fraction_stay_exact() -> None:
    rows = '{"criterion": "revenue", "operator": "at_least", "values": {"value": 0.1}}'
    found = parse(f'{{"name": "A", "conditions": [{rows}]}}')[0].rows[0]
    assert found.values == {"value": "0.1"}
    assert found.understood.params["value"] == Decimal("0.1")


def test_what_was_exported_comes_back_byte_for_byte() -> None:
    bought = {
        "criterion": "purchased",
        "operator": "bought",
        "values": {
            "last": 3,
            "price_below": 29.90,
            "categories": ["Zelte", "Ærø"],
            "unit": "months",
        },
    }
    imported(
        segment("B", but_not_in="A", note="Zwei\nZeilen", conditions=[asks_for("A"), bought]),
        segment("A"),
    )
    written = to_json([definition_of(one) for one in segments_with_rows()])
    assert "Ærø" in written
    assert [change.kind for change in compare(parse(written))] == ["unchanged", "unchanged"]
    Segment.objects.filter(excluded_segment__isnull=False).update(excluded_segment=None)
    Condition.objects.all().delete()
    Segment.objects.all().delete()
    store(compare(parse(written)), now=NOW)
    assert to_json([definition_of(one) for one in segments_with_rows()]) == written


def test_the_order_of_segments_in_a_file_does_not_matter() -> None:
    assert (
        imported(
            segment("C", conditions=[asks_for("B")], but_not_in="A"),
            segment("B", conditions=[asks_for("a")]),
            segment("A"),
        )
        == ["new"] * 3
    )
    assert stored("B").conditions.get().referenced_segment == stored("A")
    assert stored("B").conditions.get().parameters == {"segment": "A"}
    assert stored("C").excluded_segment == stored("A")


@pytest.mark.parametrize(
    "entries",
    [
        [segment("A", conditions=[asks_for("A")])],
        [segment("A", conditions=[asks_for("B")]), segment("B", conditions=[asks_for("A")])],
        [segment("A", but_not_in="B"), segment("B", conditions=[asks_for("A")])],
    ],
)
def test_segments_that_ask_for_each_other_are_refused_by_name(
    entries: list[dict[str, object]],
) -> None:
    (problem,) = problems(*entries)
    assert "circle" in problem
    assert "“A”" in problem
    assert not Segment.objects.exists()


def test_a_circle_through_a_stored_segment_is_refused() -> None:
    imported(segment("A"), segment("B", conditions=[asks_for("A")]))
    (problem,) = problems(segment("A", conditions=[asks_for("B")]))
    assert "“A” → “B” → “A”" in problem or "“B” → “A” → “B”" in problem


def test_every_mistake_of_a_file_is_named_with_its_place() -> None:
    found = problems(
        segment("One", conditions=[row(criterion="last_ordr"), row(operator="withn_last")]),
        segment("Two", conditions=[row(values={"amount": "many"}), row(values={"amonut": 3})]),
        segment("Three", but_not_in="Fuor"),
    )
    joined = "\n".join(found)
    assert "Segment “One”, row 1" in joined
    assert "“last_order”" in joined
    assert "Segment “One”, row 2" in joined
    assert "“within_last”" in joined
    assert "Segment “Two”, row 1" in joined
    assert "Segment “Two”, row 2" in joined
    assert "“amount”" in joined


def test_an_unknown_segment_is_named_with_the_nearest() -> None:
    imported(segment("Good customers"))
    found = problems(
        segment("X", conditions=[asks_for("Goood customers")], but_not_in="Nobody at all")
    )
    assert found[0].startswith("Segment “X”, row 1: There is no segment “Goood customers”.")
    assert "“Good customers”" in found[0]
    assert found[1].startswith("Segment “X”, but_not_in:")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("no object", "object in braces"),
        ({"conditions": []}, "needs a “name”"),
        ({"name": " "}, "needs a “name”"),
        ({"name": "x" * 201}, "1 to 200 characters"),
        ({"name": 7}, "needs a “name”"),
        (segment(match="some"), "“match” must be"),
        (segment(match=["all"]), "“match” must be"),
        (segment(conditons=[]), "Did you mean “conditions”"),
        (segment(conditions={}), "“conditions” must be a list"),
        (segment(conditions=[LAST_ORDER] * 5), "at most 4 are allowed (setting SEGMENT_MAX"),
        (segment(conditions=["x"]), "row 1: It must be an object"),
        (segment(conditions=[row(criterion=None)]), "needs “criterion”"),
        (segment(conditions=[{"criterion": "last_order"}]), "Possible: within_last"),
        (segment(conditions=[row(values=[])]), "“values” must be an object"),
        (segment(conditions=[row(**{"not": "yes"})]), "“not” must be true or false"),
        (segment(conditions=[row(negated=True)]), "“negated” is not known here"),
        (segment(but_not_in="Fresh"), "cannot leave out its own members"),
        (segment(but_not_in=5), "“but_not_in” must be a text"),
        (segment(note=5), "“note” must be a text"),
    ],
)
def test_a_malformed_segment_says_what_is_expected(entry: object, said: str) -> None:
    assert any(said in problem for problem in problems(entry))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"name": "A", "name": "B"}',
        '{"name": NaN}',
        "[" * 100_000,
        '[{"name": "A"}, {"name": "A"}]',
    ],
)
def test_a_broken_file_is_refused_with_a_reason(content: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(content)
    assert caught.value.problems[0].endswith(".")


def test_a_file_with_one_mistake_stores_nothing() -> None:
    problems(segment("Good"), segment("Bad", conditions=[row(operator="x")]))
    assert not Segment.objects.exists()


def test_a_fixed_list_is_neither_overwritten_nor_written_as_conditions() -> None:
    listed = Segment.objects.create(
        name="List", type=SegmentType.STATIC, created_at=NOW, edited_at=NOW
    )
    (problem,) = problems(segment("List"))
    assert "Choose another name" in problem
    with pytest.raises(SegmentError, match="no conditions"):
        definition_of(listed)


def test_a_segment_without_conditions_is_taken_with_a_notice() -> None:
    change = compare(parse(text(segment(conditions=[]))))[0]
    assert "nobody is in it" in change.notices[0]


def test_a_brand_the_shop_does_not_sell_yet_is_a_notice() -> None:
    wanted = {"criterion": "purchased", "operator": "bought", "values": {"brands": ["Nowhere"]}}
    change = compare(parse(text(segment(conditions=[wanted]))))[0]
    assert change.notices[0].startswith("Row 1: ")
    assert "Nowhere" in change.notices[0]


def test_a_new_name_reaches_the_rows_that_ask_for_the_segment() -> None:
    imported(segment("A"), segment("B", conditions=[asks_for("A")]))
    Segment.objects.filter(name="A").update(name="Renamed")
    carry_name(stored("Renamed"))
    assert definition_of(stored("B")).rows[0].values == {"segment": "Renamed"}
    assert Condition.objects.get(segment__name="B").parameters == {"segment": "Renamed"}


def test_a_row_of_a_criterion_that_is_gone_can_still_be_exported() -> None:
    imported(segment())
    Condition.objects.update(criterion="gone", parameters={"b": 1, "a": 2})
    written = to_json(definition_of(stored("Fresh")))
    assert json.loads(written)["conditions"][0]["values"] == {"a": 2, "b": 1}


def test_the_examples_of_the_documentation_can_be_imported_as_they_are() -> None:
    page = (ROOT / "docs" / "segments.md").read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(\[.*?\n\])\n```", page, re.DOTALL)
    assert [len(compare(parse(example))) for example in examples] == [11, 2]
    for example in examples:
        changes = compare(parse(example))
        assert {change.kind for change in changes} == {"new"}
        store(changes, now=NOW)
        assert {change.kind for change in compare(parse(example))} == {"unchanged"}


def test_every_column_of_an_export_is_documented() -> None:
    page = (ROOT / "docs" / "segments.md").read_text(encoding="utf-8")
    assert [key for key in COLUMNS if f"`{key}`" not in page] == []
