"""The base of every error that Regulars raises on purpose."""

from __future__ import annotations


class RegularsError(Exception):
    """An expected failure: a full sentence for a person, and a hint what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint
