from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cdp.models import Upload
from tests.cdp.views.imports.conftest import PEOPLE, bring
from tests.people import client_of

pytestmark = pytest.mark.django_db
SCRIPT = {"HTTP_X_REQUESTED_WITH": "regulars"}


def stored(folder: Path) -> list[Path]:
    return sorted((folder / "uploads").iterdir())


def test_a_file_is_kept_under_a_random_name_for_the_site_alone(
    marketer: Client, data_folder: Path
) -> None:
    upload = bring(marketer)
    (path,) = stored(data_folder)
    assert path.read_bytes() == PEOPLE.encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "people" not in path.name
    assert (upload.file_name, upload.file_size) == ("people.csv", len(PEOPLE))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\windows.csv", "windows.csv"),
        ("/abs/olute.csv", "olute.csv"),
        ("a\u202egnp.csv", "agnp.csv"),
        ("<b>x.csv", "<b>x.csv"),
    ],
)
def test_a_hostile_name_leads_nowhere(
    name: str, shown: str, marketer: Client, data_folder: Path
) -> None:
    upload = bring(marketer, name=name)
    assert upload.file_name == shown
    assert Path(upload.path).parent == data_folder / "uploads"
    page = marketer.get("/imports/").content.decode()
    assert "<b>x.csv" not in page


def test_one_file_leads_to_its_columns_and_several_to_the_list(marketer: Client) -> None:
    files = [SimpleUploadedFile(f"{n}.csv", b"a,b\n1,2\n") for n in range(2)]
    assert marketer.post("/imports/upload/", {"files": files})["Location"] == "/imports/"
    one = marketer.post("/imports/upload/", {"files": SimpleUploadedFile("c.csv", b"a\n1\n")})
    assert one["Location"] == f"/imports/uploads/{Upload.objects.latest('pk').pk}/"


def test_a_script_is_told_where_to_go(marketer: Client) -> None:
    file = SimpleUploadedFile("c.csv", b"a\n1\n")
    answer = marketer.post("/imports/upload/", {"files": file}, **SCRIPT)
    assert answer.status_code == 201
    assert answer.json() == {"address": f"/imports/uploads/{Upload.objects.get().pk}/"}


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(
    marketer: Client, data_folder: Path, settings: LazySettings
) -> None:
    settings.UPLOAD_LIMIT_MB = 1
    file = SimpleUploadedFile("large.csv", b"x" * 1_200_000)
    answer = marketer.post("/imports/upload/", {"files": file}, **SCRIPT)
    assert answer.status_code == 400
    assert "larger than 1 MB" in answer.content.decode()
    assert not Upload.objects.exists()
    assert stored(data_folder) == []


def test_without_a_file_the_page_says_so(marketer: Client) -> None:
    answer = marketer.post("/imports/upload/", follow=True)
    assert "No file arrived" in answer.content.decode()


@pytest.mark.parametrize("who", [None, "Analyst"])
def test_who_may_not_import_cannot_fill_the_disk(who: str | None, data_folder: Path) -> None:
    client = client_of(who) if who else Client()
    file = SimpleUploadedFile("c.csv", b"a\n1\n")
    assert client.post("/imports/upload/", {"files": file}).status_code in (302, 403)
    assert not Upload.objects.exists()
    assert not (data_folder / "uploads").exists()


def test_an_upload_belongs_to_its_user(marketer: Client) -> None:
    upload = bring(marketer, name="mine.csv")
    other, boss = client_of("Marketer"), client_of("Admin")
    for address in ("", "import/", "delete/"):
        path = f"/imports/uploads/{upload.pk}/{address}"
        answer = other.post(path) if address else other.get(path)
        assert answer.status_code == 404
    assert "mine.csv" not in other.get("/imports/").content.decode()
    assert "mine.csv" in boss.get("/imports/").content.decode()


def test_an_upload_can_be_thrown_away(marketer: Client, data_folder: Path) -> None:
    upload = bring(marketer)
    marketer.post(f"/imports/uploads/{upload.pk}/delete/")
    assert not Upload.objects.exists()
    assert stored(data_folder) == []
