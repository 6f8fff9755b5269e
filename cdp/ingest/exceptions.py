"""What can be wrong with a whole file."""

from __future__ import annotations

from cdp.exceptions import RegularsError


class ImportFileError(RegularsError):
    """The file cannot be taken at all: unreadable, empty, or without a column that is needed."""
