"""New keys: everything stays readable, nothing is lost, and it may be done again."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from integrations.connecting.connections import stored_secrets
from integrations.credentials.sealing import key_file
from integrations.models import Connection
from tests.connections import make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(settings: Any, tmp_path: Path) -> None:
    settings.CREDENTIAL_KEYS = ""
    settings.CREDENTIAL_KEY_FILE = str(tmp_path / "credential_keys")


def rotate(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_credentials", *arguments, stdout=out, stderr=out)
    return out.getvalue().strip()


def keys() -> list[str]:
    return key_file().read_text(encoding="utf-8").split()


def tokens() -> dict[str, str]:
    return {one.name: one.credentials.token for one in Connection.objects.all()}


def test_everything_is_sealed_under_a_new_key_and_opens_without_the_old_one() -> None:
    secrets = {
        key: stored_secrets(make_connection(key)) for key in ("mailchimp", "klaviyo", "meta")
    }
    before = tokens()
    (old,) = keys()
    assert rotate() == "3 connections sealed under the newest key."
    new = keys()
    assert new[1:] == [old]
    assert not set(before.values()) & set(tokens().values())
    key_file().write_text(f"{new[0]}\n", encoding="utf-8")
    for connection in Connection.objects.all():
        assert stored_secrets(connection) == secrets[connection.destination]


def test_it_may_be_repeated() -> None:
    connection = make_connection("mailchimp")
    secrets = stored_secrets(connection)
    for _time in range(3):
        assert rotate() == "1 connection sealed under the newest key."
    connection.refresh_from_db()
    assert stored_secrets(connection) == secrets
    assert len(keys()) == 4


def test_resealing_alone_makes_no_key() -> None:
    make_connection("mailchimp")
    before, was = keys(), tokens()
    assert rotate("--only-reseal") == "1 connection sealed under the newest key."
    assert keys() == before
    assert tokens() != was


def test_keys_of_the_environment_are_not_ours_to_change(settings: Any) -> None:
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = first
    connection = make_connection("mailchimp")
    secrets = stored_secrets(connection)
    with pytest.raises(CommandError, match=r"come from CREDENTIAL_KEYS.*--only-reseal"):
        rotate()
    settings.CREDENTIAL_KEYS = f"{second},{first}"
    assert rotate("--only-reseal") == "1 connection sealed under the newest key."
    settings.CREDENTIAL_KEYS = second
    connection.refresh_from_db()
    assert stored_secrets(connection) == secrets


def test_what_cannot_be_read_is_left_and_named_and_holds_up_nothing() -> None:
    make_connection("klaviyo", name="Lost")
    key_file().unlink()
    kept = make_connection("mailchimp", name="Kept")
    before = tokens()
    with pytest.raises(CommandError, match="1 of 2 connections could not be read"):
        rotate()
    assert tokens()["Lost"] == before["Lost"]
    assert tokens()["Kept"] != before["Kept"]
    kept.refresh_from_db()
    assert stored_secrets(kept)


def test_nothing_secret_is_printed() -> None:
    connection = make_connection("mailchimp")
    said = rotate()
    assert not [text for text in (*keys(), *stored_secrets(connection).values()) if text in said]


def test_a_shop_without_connections_gets_a_key() -> None:
    assert rotate() == "0 connections sealed under the newest key."
    assert len(keys()) == 1
