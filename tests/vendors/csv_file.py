"""Stands in for a vendor where files stay here: reads what was written."""

from __future__ import annotations

import csv
import shutil
import weakref
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from integrations.stored_files import folder
from tests.vendors.server import FakeVendor

TOKEN = "0123456789abcdef"


class FakeCsv(FakeVendor):
    is_local = True
    makes = writes = "^$"

    def __init__(self) -> None:
        super().__init__()
        self.data_dir = Path(mkdtemp(prefix="regulars-csv-"))
        weakref.finalize(self, shutil.rmtree, self.data_dir, ignore_errors=True)

    @property
    def settings(self) -> dict[str, str]:
        return {"delivery": "keep", "separator": "comma", "purpose": "email", "folder": TOKEN}

    @property
    def site_settings(self) -> dict[str, Any]:
        return {"DATA_DIR": self.data_dir}

    def rows(self, audience_id: str) -> list[dict[str, str]]:
        found = sorted(folder(TOKEN, audience_id).glob("*.csv"))
        if not found:
            return []
        with found[-1].open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def inside(self, audience_id: str) -> set[str]:
        return {row["email"] for row in self.rows(audience_id)}
