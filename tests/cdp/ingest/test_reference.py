from __future__ import annotations

from pathlib import Path

from cdp.ingest.reference import columns_page

PAGE = Path(__file__).parents[3] / "docs" / "import.md"


def test_page_lists_the_columns_the_code_understands():
    text = PAGE.read_text()
    assert text[text.index("### customers") :] == columns_page(), (
        "Replace the part of docs/import.md from '### customers' on by the output of "
        "cdp.ingest.reference.columns_page()."
    )
