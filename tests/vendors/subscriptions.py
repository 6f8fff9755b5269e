"""Whether a request changes what somebody is subscribed to, or deletes a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.vendors.server import Recorded

PATHS = re.compile(
    r"subscription|suppression|unsubscribe|data-privacy|delete-permanent|usersofanyaudience"
)
# People deleted, not taken out of an audience.
DELETED = re.compile(r"/lists/[^/]+/members/[^/]+|/api/profiles/[^/]+")
WORDS = {"subscribed", "unsubscribed", "cleaned", "archived", "single_opt_in"}
KEYS = {"subscriptions", "marketing_permissions", "sms_marketing_consent"}


def changes_a_subscription(request: Recorded) -> bool:
    if request.method == "GET":
        return False
    if PATHS.search(request.path):
        return True
    if request.method == "DELETE" and DELETED.fullmatch(request.path):
        return True
    if not request.body or request.body[:1] not in b"{[":
        return False
    return any(key in KEYS or _says(value) for key, value in _pairs(request.json)) or any(
        changes_a_subscription(one) for one in _batched(request)
    )


def _batched(request: Recorded) -> Iterator[Recorded]:
    """Yield the requests that a batch of Mailchimp holds as text."""
    if request.path == "/batches":
        for one in request.json["operations"]:
            yield Recorded(one["method"], one["path"], {}, {}, one.get("body", "").encode())


def _says(value: object) -> bool:
    return isinstance(value, str) and value.lower() in WORDS


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for one in node:
            yield from _pairs(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _pairs(value)
