"""`manage.py segments` as a person at a terminal sees it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.refresh import refresh_now
from cdp.models import CustomerChange, Job, JobState
from cdp.periods import local_day
from segments.criteria import criteria
from segments.models import Membership, Segment
from tests import factories

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DANES = {
    "name": "Danes",
    "match": "all",
    "conditions": [
        {"criterion": "country", "operator": "is_any_of", "values": {"values": ["Denmark"]}}
    ],
}
RECENT = {
    "name": "Recent",
    "conditions": [
        {"criterion": "last_order", "operator": "within_last", "values": {"amount": 30}}
    ],
    "but_not_in": "Danes",
}


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("segments", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def last_line(text: str) -> str:
    return text.splitlines()[-1]


@pytest.fixture
def shop() -> None:
    now = timezone.now()
    factories.make_shop()
    dane = factories.make_customer(
        country="DK", email="dane@example.com", email_consent=1, first_name="=1+1"
    )
    german = factories.make_customer(country="DE", external_id="g1", registered_at=now - 90 * DAY)
    factories.make_order(dane, now - 5 * DAY, total="99.90")
    factories.make_order(german, now - 6 * DAY)
    factories.make_order(german, now - 60 * DAY)
    refresh_now(now=now, full=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "segments.json"
    path.write_text(json.dumps([RECENT, DANES]), encoding="utf-8-sig")
    return path


def test_nothing_is_there_at_first() -> None:
    assert run("list") == "There are no segments. 'segments suggest --create' makes some.\n"
    assert run("refresh") == "Every segment was up to date.\n"
    assert run("export") == "[]\n"


@pytest.mark.usefixtures("shop")
def test_an_import_creates_the_segments_and_computes_their_members(file: Path) -> None:
    said = run("import", str(file)).splitlines()
    assert said == [
        "Recent: new",
        "Danes: new",
        "Danes: 1 member, 1 mailable, 1 entered, 0 left",
        "Recent: 1 member, 0 mailable, 1 entered, 0 left",
        "2 new, 0 changed, 0 unchanged.",
    ]
    again = run("import", str(file))
    assert last_line(again) == "0 new, 0 changed, 2 unchanged."
    assert "Danes: unchanged" in again


@pytest.mark.usefixtures("shop")
def test_a_changed_segment_takes_along_what_asks_for_it(file: Path, tmp_path: Path) -> None:
    run("import", str(file))
    changed = json.loads(json.dumps(DANES).replace("Denmark", "DE"))
    other = tmp_path / "changed.json"
    other.write_text(json.dumps(changed), encoding="utf-8")
    said = run("import", str(other))
    assert "row 1: Country is Denmark → Country is Germany" in said
    assert "Recent: 1 member, 1 mailable, 1 entered, 1 left" in said


@pytest.mark.usefixtures("shop")
def test_a_dry_run_shows_the_changes_and_stores_nothing(file: Path) -> None:
    said = run("import", str(file), "--dry-run")
    assert "Danes: new" in said
    assert last_line(said) == "Nothing was stored: this was a dry run."
    assert not Segment.objects.exists()


@pytest.mark.usefixtures("shop")
def test_an_exported_segment_comes_back_unchanged(file: Path, tmp_path: Path) -> None:
    run("import", str(file))
    for names in ((), ("Danes",), ("recent", "Danes")):
        written = run("export", *names)
        path = tmp_path / "exported.json"
        path.write_text(written, encoding="utf-8")
        assert "0 new, 0 changed" in last_line(run("import", str(path)))
        assert run("export", *names) == written
    assert isinstance(json.loads(run("export", "Danes")), dict)


@pytest.mark.usefixtures("shop")
def test_a_count_ends_with_the_bare_number(file: Path) -> None:
    run("import", str(file))
    assert run("count", "Danes") == "Country is Denmark\nMailable: 1\n1\n"


@pytest.mark.usefixtures("shop")
def test_a_count_is_computed_now_and_not_remembered(file: Path) -> None:
    run("import", str(file))
    customer = factories.make_customer(country="DK")
    CustomerChange.objects.create(customer=customer, changed_at=timezone.now())
    refresh_now(now=timezone.now())
    assert last_line(run("count", "Danes")) == "2"
    assert Segment.objects.get(name="Danes").member_count == 1
    assert "Danes: 2 members" in run("refresh", "Danes")


@pytest.mark.usefixtures("shop")
def test_a_count_of_a_past_day_knows_only_what_was_known_then(file: Path) -> None:
    run("import", str(file))
    day = local_day(timezone.now() - 40 * DAY, factories.make_shop().zone).isoformat()
    assert last_line(run("count", "Recent", "--as-of", day)) == "1"
    assert last_line(run("count", "Danes", "--as-of", day)) == "1"
    long_ago = local_day(timezone.now() - 80 * DAY, factories.make_shop().zone).isoformat()
    assert last_line(run("count", "Recent", "--as-of", long_ago)) == "0"


@pytest.mark.usefixtures("shop")
def test_counts_speak_of_the_moment_a_refresh_was_pinned_to(file: Path) -> None:
    run("import", str(file))
    refresh_now(now=timezone.now() - 4 * DAY, full=True, pinned=True)
    recent = json.dumps(RECENT).replace("30", "2").replace("Recent", "Just now")
    file.write_text(recent.replace(', "but_not_in": "Danes"', ""), encoding="utf-8")
    run("import", str(file))
    assert last_line(run("count", "Just now")) == "1"


@pytest.mark.usefixtures("shop")
def test_members_are_printed_as_csv_with_formulas_disarmed(file: Path) -> None:
    run("import", str(file))
    text = run("members", "Danes", "--columns", "email, first_name,revenue")
    assert list(csv.reader(io.StringIO(text))) == [
        ["email", "first_name", "revenue"],
        ["dane@example.com", "'=1+1", "99.90"],
    ]
    assert '"=1+1"' in run("members", "Danes", "--columns", "first_name", "--raw")


@pytest.mark.usefixtures("shop")
def test_members_are_printed_as_json(file: Path) -> None:
    run("import", str(file))
    text = run("members", "Recent", "--format", "json", "--columns", "customer_id,order_count")
    assert json.loads(text) == [{"customer_id": "g1", "order_count": 2}]


@pytest.mark.usefixtures("shop")
def test_the_list_shows_sentence_figures_and_errors(file: Path) -> None:
    run("import", str(file))
    said = run("list")
    assert "Danes: 1 member, 1 mailable, computed less than an hour ago" in said
    assert "  Last order was within the last 30 days; but not in “Danes”" in said
    Segment.objects.get(name="Danes").conditions.update(operator="gone")
    assert "could not" not in said
    assert "Danes: " in run("refresh", "Danes")
    assert "  ! " in run("list")
    Segment.objects.filter(name="Recent").update(is_archived=True)
    assert "Recent" not in run("list")
    assert "Recent" in run("list", "--archived")


@pytest.mark.usefixtures("shop")
def test_a_refresh_of_everything_is_a_job(file: Path) -> None:
    run("import", str(file))
    Segment.objects.update(computed_at=None)
    said = run("refresh")
    assert last_line(said) == "Refreshed 2 segments."
    assert Job.objects.get(kind="refresh_segments").state == JobState.DONE


@pytest.mark.usefixtures("shop")
def test_a_refresh_by_name_takes_along_what_the_segment_asks_for(file: Path) -> None:
    run("import", str(file))
    Membership.objects.all().delete()
    assert [line.partition(":")[0] for line in run("refresh", "Recent").splitlines()] == [
        "Danes",
        "Recent",
    ]


@pytest.mark.usefixtures("shop")
def test_suggested_segments_are_created_once() -> None:
    assert "VIPs that are lost" in run("suggest")
    assert not Segment.objects.exists()
    said = run("suggest", "--create")
    assert "VIPs that are lost: 0 members, 0 mailable" in said
    assert Membership.objects.exists()
    stored = Segment.objects.count()
    again = run("suggest", "--create")
    assert last_line(again) == "Nothing was created: every suggested segment exists already."
    assert Segment.objects.count() == stored
    assert last_line(run("count", "VIPs that are lost")) == "0"


def test_every_criterion_and_operator_is_listed() -> None:
    said = run("criteria")
    for criterion in criteria:
        assert f"  {criterion.key}: " in said
        for operator in criterion.operators:
            assert f"    {operator.key} " in said or f"    {operator.key}\n" in said


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("count", "Dans"), "There is no segment “Dans”. Did you mean “Danes”?"),
        (("count", "Danes", "--as-of", "2999-01-01"), "lies in the future"),
        (("members", "Danes", "--columns", "emial"), "Did you mean “email”?"),
        (("refresh", "Nobody knows"), "There is no segment “Nobody knows”"),
        (("export", "Dans"), "Did you mean “Danes”?"),
        (("import", "/nowhere/at.json"), "/nowhere/at.json cannot be read: No such file"),
    ],
)
def test_a_mistake_is_explained(file: Path, arguments: tuple[str, ...], said: str) -> None:
    run("import", str(file))
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert said in str(caught.value)


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="'soon' is not a day"):
        run("count", "Danes", "--as-of", "soon")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This is not JSON"),
        (b"\xff\xfe{}", "is not in UTF-8"),
        (b'{"name": "A", "conditions": [{"criterion": "x"}]}', "row 1: It needs “operator”"),
    ],
)
def test_a_broken_file_is_refused_with_its_mistakes(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        run("import", str(path))
    assert said in str(caught.value)
    assert not Segment.objects.exists()
