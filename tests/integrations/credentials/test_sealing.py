"""Credentials are unreadable without their key, move to no other owner, and survive new keys."""

from __future__ import annotations

import json
import pickle
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection, models
from django.template import Context, Template

from integrations import checks
from integrations.credentials.fields import EncryptedField
from integrations.credentials.sealing import MASK, SealedText, add_key, key_file
from integrations.exceptions import CredentialsUnreadable

SECRET = "a-very-secret-key-us21"


class Vault(models.Model):
    """A table with a secret, for these tests only."""

    secret = EncryptedField(blank=True)

    class Meta:
        app_label = "vaults"
        managed = False

    def __str__(self) -> str:
        return str(self.secret)


@pytest.fixture(autouse=True)
def _own_keys(settings, tmp_path: Path) -> None:
    settings.CREDENTIAL_KEYS = ""
    settings.CREDENTIAL_KEY_FILE = str(tmp_path / "keys" / "credential_keys")


@pytest.fixture
def table(transactional_db):
    with connection.schema_editor() as editor:
        editor.create_model(Vault)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Vault)


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM vaults_vault")
        return cursor.fetchone()[0]


def test_a_secret_comes_back() -> None:
    sealed = SealedText.of(SECRET, owner="a")
    assert SECRET not in sealed.token
    assert sealed.reveal() == SECRET
    assert SealedText.of(SECRET, owner="a") != sealed


def test_the_key_file_is_made_once_and_for_our_eyes_only() -> None:
    SealedText.of(SECRET, owner="a")
    first = key_file().read_text()
    SealedText.of(SECRET, owner="a")
    assert key_file().read_text() == first
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert [path.name for path in key_file().parent.iterdir()] == ["credential_keys"]


def test_without_its_key_a_secret_is_an_error_and_no_new_key_is_made() -> None:
    sealed = SealedText.of(SECRET, owner="a")
    key_file().unlink()
    with pytest.raises(CredentialsUnreadable, match="is missing"):
        sealed.reveal()
    assert not key_file().exists()
    key_file().write_text(Fernet.generate_key().decode())
    with pytest.raises(CredentialsUnreadable, match="none of the keys fits"):
        sealed.reveal()


@pytest.mark.parametrize("content", ["", "short", "ä" * 44])
def test_a_useless_key_file_seals_nothing(content: str) -> None:
    key_file().parent.mkdir()
    key_file().write_text(content)
    with pytest.raises(CredentialsUnreadable):
        SealedText.of(SECRET, owner="a")
    assert [message.id for message in checks.credential_keys_are_usable(None)] == [
        "integrations.E001"
    ]


@pytest.mark.parametrize("token", ["", SECRET, "sealed:1:", "sealed:1:gAAAA"])
def test_what_is_not_sealed_is_not_taken_for_a_secret(token: str) -> None:
    SealedText.of(SECRET, owner="a")
    with pytest.raises(CredentialsUnreadable):
        SealedText(token, owner="a").reveal()


def test_a_secret_does_not_open_for_another_owner() -> None:
    moved = SealedText(SealedText.of(SECRET, owner="a").token, owner="b")
    with pytest.raises(CredentialsUnreadable, match="something else"):
        moved.reveal()


def test_old_secrets_open_after_a_new_key_and_need_the_old_one_no_more_once_resealed() -> None:
    sealed = SealedText.of(SECRET, owner="a")
    add_key()
    assert len(key_file().read_text().split()) == 2
    assert sealed.reveal() == SECRET
    fresh = sealed.resealed()
    key_file().write_text(key_file().read_text().split()[0])
    assert fresh.reveal() == SECRET
    with pytest.raises(CredentialsUnreadable):
        sealed.reveal()


def test_keys_of_the_environment_come_before_the_file(settings) -> None:
    settings.CREDENTIAL_KEYS = Fernet.generate_key().decode()
    sealed = SealedText.of(SECRET, owner="a")
    assert not key_file().exists()
    assert sealed.reveal() == SECRET
    with pytest.raises(CredentialsUnreadable, match="CREDENTIAL_KEYS"):
        add_key()


def test_a_secret_shows_dots_wherever_it_is_written() -> None:
    sealed = SealedText.of(SECRET, owner="a")
    page = Template("{{ secret }}").render(Context({"secret": sealed}))
    assert page == str(sealed) == f"{sealed}" == MASK
    assert SECRET not in repr(sealed)
    assert sealed.token not in repr(sealed)
    with pytest.raises(TypeError):
        pickle.dumps(sealed)
    with pytest.raises(TypeError):
        json.dumps(sealed)


def test_a_file_that_others_may_read_is_warned_of() -> None:
    SealedText.of(SECRET, owner="a")
    assert checks.credential_keys_are_private(None) == []
    key_file().chmod(0o644)
    assert [message.id for message in checks.credential_keys_are_private(None)] == [
        "integrations.W001"
    ]


def test_the_column_holds_no_plain_text(table) -> None:
    vault = Vault.objects.create(secret=SECRET)
    assert SECRET not in stored()
    assert stored().startswith("sealed:1:")
    assert vault.secret.reveal() == SECRET
    assert Vault.objects.get().secret.reveal() == SECRET


def test_saving_again_leaves_the_column_as_it_is(table) -> None:
    Vault.objects.create(secret=SECRET)
    before = stored()
    Vault.objects.get().save()
    assert stored() == before


def test_an_empty_secret_is_empty(table) -> None:
    Vault.objects.create(secret="")
    assert stored() == ""
    assert not Vault.objects.get().secret


def test_rows_can_be_listed_without_the_key(table) -> None:
    Vault.objects.create(secret=SECRET)
    key_file().unlink()
    assert str(Vault.objects.get().secret) == MASK


def test_a_secret_cannot_be_searched_or_edited_in_a_form(table) -> None:
    with pytest.raises(FieldError):
        Vault.objects.filter(secret=SECRET).exists()
    with pytest.raises(FieldError):
        Vault.objects.filter(secret__startswith="a").exists()
    assert not Vault.objects.filter(secret__isnull=True).exists()
    assert not Vault._meta.get_field("secret").editable
