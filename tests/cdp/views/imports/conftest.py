"""A folder for uploads of its own, and the way of a file through the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cdp.jobs.runner import run_in_foreground
from cdp.models import ImportRun, Job, Upload
from tests.conftest import NOW
from tests.people import client_of

PEOPLE = (
    "Customer No;E-mail;Signed up;Tier\n7;anna@example.com;03/04/2024;gold\n"
    "8;ben@example.com;04/05/2024;\n"
)
CHOICES = {
    "kind": "customers",
    "source": "shop",
    "column-0": "customer_id",
    "column-1": "email",
    "column-2": "registered_at",
    "column-3": "field:tier",
    "order-2": "MM/DD/YYYY",
}


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, settings: LazySettings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def marketer(db: None) -> Client:
    return client_of("Marketer")


Bring = Callable[..., Upload]


def bring(client: Client, content: str | bytes = PEOPLE, name: str = "people.csv") -> Upload:
    """Upload a file by the page."""
    data = content.encode() if isinstance(content, str) else content
    answer = client.post("/imports/upload/", {"files": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302
    return Upload.objects.latest("pk")


def work(run: ImportRun) -> Job:
    """Do the job of a run."""
    run.refresh_from_db()
    assert run.job is not None
    return run_in_foreground(run.job, clock=lambda: NOW, pause=lambda _seconds: None)


def check(client: Client, upload: Upload, **choices: str) -> ImportRun:
    """Choose the columns and let the file be checked."""
    address = f"/imports/uploads/{upload.pk}/"
    answer = client.post(address, {**CHOICES, "check": "1", **choices})
    run = ImportRun.objects.latest("pk")
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == f"/imports/{run.pk}/"
    work(run)
    return run


def text_of(client: Client, address: str) -> str:
    """Return the page at an address."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()
