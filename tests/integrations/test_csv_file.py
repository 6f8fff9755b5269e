"""A file holds everybody who may be in it, and goes only to colleagues who may have it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail

from cdp.models import User
from integrations.destinations import Destination, Receipt, destinations
from integrations.exceptions import BadRequest, Unavailable
from integrations.identity.people import Person
from integrations.models import AudienceState
from integrations.stored_files import discard_left_behind, files_of, open_file
from tests.connections import make_audience, make_connection
from tests.vendors.csv_file import TOKEN

ANNA = Person(
    id="7",
    shop_id="C-7",
    emails=("Anna@Shop.Example",),
    phones=("+45 20 00 00 00",),
    first_name="=Anna()",
    country="DK",
    consents=frozenset({"email"}),
    fields={"predicted_value": 12.5, "next_order_on": date(2026, 12, 24)},
)
SILENT = Person(id="8", emails=("silent@shop.example",), consents=frozenset({"ads"}))
KEPT = {"delivery": "keep", "separator": "comma", "purpose": "email"}
SENT = {**KEPT, "delivery": "attach", "recipients": "kim@shop.example", "accepts_mail": "on"}


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.EMAIL_HOST = "mail.shop.example"


@pytest.fixture
def kim(db: None) -> User:
    user = User.objects.create_user("kim", email="Kim@shop.example")
    right = Permission.objects.get(codename="export_customers", content_type__app_label="cdp")
    user.user_permissions.add(right)
    return user


def connect(**changes: Any) -> Destination:
    return destinations.get("csv").connect({**KEPT, "folder": TOKEN, **changes})


def content(tmp_path: Path) -> str:
    (path,) = tmp_path.glob(f"audience-files/{TOKEN}/*/*.csv")
    assert path.stat().st_mode & 0o077 == 0
    return path.read_text(encoding="utf-8")


def test_a_file_holds_those_with_consent_and_no_formula(tmp_path: Path) -> None:
    assert connect().finish("Customers A", iter([SILENT, ANNA])) == Receipt()
    header, row = content(tmp_path).splitlines()
    assert header.endswith('"language","next_order_on","predicted_value"')
    assert row == (
        '"7","C-7","anna@shop.example","+4520000000","\'=Anna()","","DK","","","","2026-12-24",12.5'
    )


def test_spreadsheets_get_semicolons(tmp_path: Path) -> None:
    connect(separator="semicolon").finish("Customers A", [ANNA])
    assert content(tmp_path).splitlines()[1].endswith(";2026-12-24;12,5")


def test_a_file_replaces_the_one_before(tmp_path: Path) -> None:
    for people in ([ANNA], []):
        connect().finish("Customers A", people)
    assert len(content(tmp_path).splitlines()) == 1


def test_another_consent_may_be_chosen(tmp_path: Path) -> None:
    connect(purpose="ads").finish("Customers A", [SILENT, ANNA])
    assert '"silent@shop.example"' in content(tmp_path)
    assert "anna" not in content(tmp_path)


def test_a_colleague_gets_the_file_only_if_that_was_accepted(kim: User) -> None:
    connect(**SENT).finish("Customers A", [ANNA])
    connect(**{**SENT, "accepts_mail": False}).finish("Customers A", [ANNA])
    connect(**{**SENT, "delivery": "note"}).finish("Customers A", [ANNA])
    with_file, *without = mail.outbox
    assert with_file.bcc == ["kim@shop.example"]
    name, text, kind = with_file.attachments[0]
    assert name.startswith("customers-a-20")
    assert kind == "text/csv"
    assert "anna@shop.example" in text
    for one in without:
        assert one.attachments == []
        assert "anna" not in one.body
        assert "“Customers A”" in one.subject


def test_whoever_lost_the_right_gets_nothing(kim: User, tmp_path: Path) -> None:
    kim.user_permissions.clear()
    with pytest.raises(BadRequest, match="may export customers any more"):
        connect(**SENT).finish("Customers A", [ANNA])
    assert mail.outbox == []
    assert content(tmp_path)


def test_a_file_that_is_too_large_is_only_announced(
    kim: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.destinations.csv_file.LARGEST_ATTACHMENT", 10)
    assert connect(**SENT).finish("Customers A", [ANNA]).notes
    assert mail.outbox[0].attachments == []


def test_a_mail_server_that_does_not_answer_is_tried_again(
    kim: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    with pytest.raises(Unavailable, match="EMAIL_HOST"):
        connect(**SENT).finish("Customers A", [ANNA])


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, set()),
        ({"accepts_mail": ""}, {"accepts_mail"}),
        ({"delivery": "note", "accepts_mail": ""}, set()),
        ({"recipients": ""}, {"recipients"}),
        ({"recipients": "kim@shop.example, eve@shop.example"}, {"recipients"}),
        ({"delivery": "keep", "recipients": ""}, set()),
        ({"folder": "../../etc"}, {"folder"}),
        ({"purpose": "profiling"}, {"purpose"}),
    ],
)
def test_the_form_asks_for_what_sending_needs(
    kim: User, changes: dict[str, str], wrong: set[str]
) -> None:
    assert set(destinations.get("csv").Settings({**SENT, **changes}).errors) == wrong


def test_without_a_mail_server_nothing_is_sent(kim: User, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    assert "delivery" in destinations.get("csv").Settings(SENT).errors
    with pytest.raises(BadRequest, match="EMAIL_HOST"):
        connect(**SENT).check()


def test_a_connection_keeps_its_folder() -> None:
    first = destinations.get("csv").Settings(KEPT)
    assert first.is_valid()
    again = destinations.get("csv").Settings(first.cleaned_data)
    assert again.is_valid()
    assert again.cleaned_data["folder"] == first.cleaned_data["folder"]


@pytest.mark.django_db
def test_files_are_found_by_their_audience_and_go_with_it() -> None:
    audience = make_audience(make_connection("csv"), None, remote_id="Customers A")
    assert files_of(audience) == []
    connect().finish("Customers A", [ANNA])
    (file,) = files_of(audience)
    assert file.title.startswith("customers-a-20")
    assert abs((datetime.now(tz=UTC) - file.made_at).total_seconds()) < 60
    with open_file(audience, file.name) as stream:
        assert len(stream.read()) == file.size
    for name in ("../../secret_key", "new.part", "20200101-000000.csv"):
        with pytest.raises(FileNotFoundError):
            open_file(audience, name)
    assert discard_left_behind() == 0
    audience.state = AudienceState.ENDED
    audience.save()
    assert discard_left_behind() == 1
    assert files_of(audience) == []


@pytest.mark.django_db
def test_other_connections_keep_no_files() -> None:
    audience = make_audience(make_connection("meta"), None, remote_id="1")
    assert files_of(audience) == []
    with pytest.raises(FileNotFoundError):
        open_file(audience, "20200101-000000.csv")
