"""The version, read from the changelog so that it is written down once."""

from __future__ import annotations

import re
from pathlib import Path


def _version() -> str:
    text = (Path(__file__).resolve().parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## (\d+\.\d+\.\d+)", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(
            "CHANGELOG.md names no version: its newest heading must read '## 1.2.3 - date'."
        )
    return found.group(1)


VERSION = _version()
