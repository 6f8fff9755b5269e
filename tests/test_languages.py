"""What background work writes down is in the language of the user who asked for it.

Here "German" is a stand-in that puts «» around every text that is looked up, so that a text which
is not looked up shows, however complete the real translation is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.job import start_import
from cdp.ingest.opening import open_import
from cdp.ingest.records import RECORDS
from cdp.ingest.report import grouped_reasons
from cdp.ingest.words import COLUMN_WORDS, FIELD_WORDS
from cdp.jobs.lease import MAX_ATTEMPTS
from cdp.jobs.requests import enqueue
from cdp.jobs.runner import run_in_foreground, run_job
from cdp.models import ImportRun, Job, JobState, User
from tests.cdp.ingest.files import put
from tests.cdp.jobs.kinds import Behaviour, Counting, FakeClock, registered
from tests.conftest import NOW
from tests.people import make_user

pytestmark = pytest.mark.django_db


class Marked:
    """A catalogue in which every text is translated, by itself between marks."""

    def get(self, text: object, missing: object = None) -> object:
        return f"«{text}»" if isinstance(text, str) else missing

    def plural(self, text: str, number: int) -> str:
        return f"«{text}»"


def left_over(text: str) -> str:
    """The words of a text that nobody looked up; quoted values are the file's own."""
    text = re.sub(r"'[^']*'", "", text)
    while "«" in text:
        inner = re.sub(r"«[^«»]*»", "", text)
        assert inner != text, text
        text = inner
    return "".join(re.findall(r"[A-Za-z]{2,}", text))


@pytest.fixture(autouse=True)
def _marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trans_real.translation("de"), "_catalog", Marked())


@pytest.fixture
def german() -> User:
    return make_user("Admin", language="de")


def taken_in(folder: Path, kind: str, content: str, *, user: User | None) -> ImportRun:
    run = open_import(put(folder, content), kind, now=NOW)
    run_in_foreground(
        start_import(run, now=NOW, user=user), clock=lambda: NOW, pause=lambda _seconds: None
    )
    run.refresh_from_db()
    return run


def texts_of(run: ImportRun) -> list[str]:
    """Everything that was written down about an import."""
    assert run.job is not None
    return [
        run.job.message,
        *run.job.rejections.values_list("reason", flat=True),
        *run.notes.values_list("text", flat=True),
    ]


CUSTOMERS = "customer_id,email,country,phone,first_name,registered_at,,size\n"
FILES = {
    "customers": (
        CUSTOMERS + "C1,no address,Atlantis,call me,Ann,01/02/2024,x,L\n"
        f"C2,c2@example.com,DK,,{'n' * 200},03/04/2024,,M\n"
        f"{'9' * 200},,,,,,,\n,,,,Ben,,,\nC3\nC4,,,,,,,,too,many\n"
        'C5,"open,,,,,,\n'
    ),
    "orders": (
        "order_id,customer_id,placed_at,total,status,currency\n"
        "O1,C1,yesterday 7,10,paid,EUR\nO2,C1,2099-01-01,10,paid,EUR\n"
        "O3,C1,2024-01-01,much 1,,EUR\n"
        "O4,C1,2024-01-01,9999999999999,,EUR\nO5,C1,2024-01-01,10,eaten,EUR\n"
        "O6,C1,2024-01-01,10,,euros\n,C1,2024-01-01,10,,EUR\nO8,C1,2024-01-01,10,,EUR\n"
        "O9,C1,2024-01-01,10,,SEK\nO1,C1,,10,,EUR\n"
    ),
    "order_lines": (
        "order_id,product_id,quantity,unit_price\nO404,P1,1,2\nO404,P1,99999999999,2\nO404,,1,2\n"
    ),
    "refunds": "order_id,refunded_at,total\nO404,2024-01-01,5\n",
    "carts": (
        "cart_id,started_at,abandoned_at,total,order_id\nK1,2024-01-02,2024-01-01,5,\n"
        "K2,2024-01-02,,-5,\nK3,2024-01-02,,5,O404\n"
    ),
    "cart_lines": "cart_id,product_id,quantity\nK404,P1,1\n",
    "events": "customer_id,occurred_at,kind\nC404,2024-01-01,view\n",
    "consents": (
        "customer_id,purpose,choice,occurred_at\nC404,email,yes,2024-01-01\n"
        "C404,email,perhaps,2024-01-01\n"
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_an_import_speaks_the_language_of_who_began_it(
    kind: str, tmp_path: Path, german: User
) -> None:
    run = taken_in(tmp_path, kind, FILES[kind], user=german)
    assert run.rejected_count
    assert [text for text in texts_of(run) if not text or left_over(text)] == []


def test_the_same_import_is_in_english_for_others(tmp_path: Path) -> None:
    with translation.override("de"):
        run = taken_in(tmp_path, "orders", FILES["orders"], user=None)
    assert not [text for text in texts_of(run) if "«" in text]
    reasons = run.job.rejections.values_list("reason", flat=True) if run.job else []
    assert "The order status 'eaten' is not known." in " ".join(reasons)


def test_reasons_that_differ_in_the_value_are_one_in_every_language(tmp_path: Path) -> None:
    run = taken_in(tmp_path, "orders", "order_id,placed_at,total\n1,,1\n2,,1\n", user=None)
    assert run.job is not None
    for position, value in ((2, "10'000"), (3, "never 7")):
        reason = f"Il campo data dell'ordine '{value}' non è una data."
        run.job.rejections.filter(position=position).update(reason=reason)
    assert [reason.count for reason in grouped_reasons(run)] == [2]


def test_consents_name_the_words_that_count(tmp_path: Path, german: User) -> None:
    taken_in(tmp_path, "customers", "customer_id\nC1\n", user=german)
    content = "customer_id,purpose,channel,choice,occurred_at\n"
    content += "C1,joy,,yes,2024-01-01\nC1,,pigeon,yes,2024-01-01\n"
    run = taken_in(tmp_path, "consents", content, user=german)
    reasons = texts_of(run)[1:]
    assert len(reasons) == 2
    assert all(reason.startswith("«") and "email, " in reason for reason in reasons)


@pytest.mark.parametrize(
    ("kind", "content", "mapping"),
    [
        ("orders", "\n", {}),
        ("orders", "order_id,total\n1,2\n", {}),
        (
            "orders",
            "no,num,placed_at,total\n1,2,2024-01-01,3\n",
            {"no": "order_id", "num": "order_id"},
        ),
        ("orders", "order_id\n1\n", {"missing": "order_id"}),
        ("orders", "order_id\n1\n", {"order_id": "wish"}),
        ("orders", ",".join(["x"] * 300) + "\n", {}),
        ("orders", "PK\x03\x04", {}),
        ("wishes", "a\n1\n", {}),
    ],
)
def test_a_complaint_about_a_file_is_in_the_language_of_the_page(
    kind: str, content: str, mapping: dict[str, str], tmp_path: Path
) -> None:
    path = put(tmp_path, content)
    with translation.override("de"), pytest.raises(ImportFileError) as caught:
        open_import(path, kind, now=NOW, mapping=mapping)
    assert caught.value.message.startswith("«")
    assert caught.value.hint.startswith("«")


def test_every_field_has_a_name_that_can_be_translated() -> None:
    known = {str(words) for words in FIELD_WORDS.values()} | set(COLUMN_WORDS)
    fields = {field for record in RECORDS.values() for field in record.fields}
    assert {field.words for field in fields if not field.label} <= known
    with translation.override("de"):
        assert not [field.words for field in fields if left_over(field.words)]


@pytest.fixture
def behaviour(monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    behaviour = Behaviour()
    monkeypatch.setattr(Counting, "behaviour", behaviour)
    with registered(Counting):
        yield behaviour


def _fail(job: Job) -> None:
    raise KeyError("private")


def _cancel(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)


@pytest.mark.parametrize(
    ("step", "state"), [(_fail, JobState.FAILED), (_cancel, JobState.CANCELLED)]
)
def test_a_job_that_ends_early_says_so_in_that_language(
    step: Callable[[Job], None], state: str, behaviour: Behaviour, german: User
) -> None:
    behaviour.before_read = step
    job = enqueue("counting", now=NOW, user=german)
    run_job(job.pk, clock=FakeClock(NOW))
    job.refresh_from_db()
    assert job.state == state
    assert job.message.startswith("«")


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"attempts": MAX_ATTEMPTS}, JobState.STUCK),
        ({"cancel_requested": True}, JobState.CANCELLED),
    ],
)
def test_a_job_that_is_not_even_begun_says_so_in_that_language(
    values: dict[str, object], state: str, behaviour: Behaviour, german: User
) -> None:
    job = enqueue("counting", now=NOW, user=german)
    Job.objects.filter(pk=job.pk).update(**values)
    run_job(job.pk, clock=FakeClock(NOW))
    job.refresh_from_db()
    assert job.state == state
    assert job.message.startswith("«")


@pytest.mark.parametrize("kind", ["refresh", "refresh_segments"])
def test_a_job_sums_up_in_that_language(kind: str, german: User) -> None:
    job = run_in_foreground(enqueue(kind, now=NOW, user=german), clock=FakeClock(NOW))
    assert job.state == JobState.DONE
    assert job.message
    assert not left_over(job.message)


def test_a_job_leaves_the_language_as_it_was(behaviour: Behaviour, german: User) -> None:
    with translation.override("it"):
        run_in_foreground(enqueue("counting", now=NOW, user=german), clock=FakeClock(NOW))
        assert translation.get_language() == "it"
