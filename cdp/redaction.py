"""Keeps the secrets in addresses out of every log line."""

from __future__ import annotations

import logging
import re

# Where `cdp.urls` mounts the secret links and the addresses that services call.
SECRET_PATH = re.compile(r"(/(?:s|hooks)/)[^\s/?#\"']+")


class SecretFilter(logging.Filter):
    """Cuts the secrets out of addresses, in the text of a record and in its values."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without secrets."""
        message = record.getMessage()
        if SECRET_PATH.search(message):
            record.msg, record.args = redacted(message), ()
        return True


def redacted(text: str) -> str:
    """Return the text with dots in place of secrets."""
    return SECRET_PATH.sub(r"\1…", text)
