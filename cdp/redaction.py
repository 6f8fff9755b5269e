"""Keeps the secrets of links out of every log line."""

from __future__ import annotations

import logging
import re

# Where `cdp.urls` mounts the secret links.
SECRET_PATH = re.compile(r"(/s/)[^\s/?#\"']+")


class SecretFilter(logging.Filter):
    """Cuts the secret out of the address of a link, in the text of a record and in its values."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without secrets."""
        message = record.getMessage()
        if "/s/" in message:
            record.msg, record.args = redacted(message), ()
        return True


def redacted(text: str) -> str:
    """Return the text with dots in place of secrets."""
    return SECRET_PATH.sub(r"\1…", text)
