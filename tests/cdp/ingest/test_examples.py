"""The example files can be imported as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp.ingest.examples import example
from cdp.ingest.records import RECORDS
from tests.cdp.ingest.files import take

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_example_is_taken_whole(tmp_path: Path) -> None:
    for kind in RECORDS:
        result = take(tmp_path, kind, example(kind), name=f"{kind}.csv")
        assert result.reasons == {}, kind
        assert result.notes == {}, kind
        assert result.new + result.changed + result.unchanged == 2, kind
