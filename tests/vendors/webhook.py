"""A receiver of signed webhooks that keeps who it was told, and checks every signature."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from tests.vendors.server import FakeVendor, Recorded, Reply

SECRET = "a-secret-of-the-receiver-0123456789"
FIELDS = {"id", "type", "segment", "destination", "run_id", "sequence", "last", "added"}
FIELDS |= {"removed", "sent_at"}
LARGEST = 1_000_000


class FakeWebhook(FakeVendor):
    takes_any_success = True
    makes = "^$"
    writes = "POST /hook"
    routes = (("POST", "/hook", "take"),)

    def __init__(self) -> None:
        super().__init__()
        self.secrets = [SECRET]
        self.kept: dict[str, dict[str, dict[str, Any]]] = {}
        self.seen: set[str] = set()
        self.status = 200

    @property
    def settings(self) -> dict[str, str]:
        return {"url": f"{self.url}/hook?shop=1", "secret": SECRET, "purpose": "email"}

    @property
    def site_settings(self) -> dict[str, Any]:
        return {"WEBHOOK_ALLOWED_HOSTS": {"127.0.0.1"}}

    def revoke(self) -> None:
        self.secrets = ["another-secret"]

    def inside(self, audience_id: str) -> set[str]:
        return {one["email"] for one in self.kept.get(audience_id, {}).values()}

    def refused(self, request: Recorded) -> Reply | None:
        number = request.headers["webhook-id"]
        signed = f"{number}.{request.headers['webhook-timestamp']}.".encode() + request.body
        wanted = {
            "v1," + b64encode(hmac.new(one.encode(), signed, sha256).digest()).decode()
            for one in self.secrets
        }
        if not wanted & set(request.headers["webhook-signature"].split(" ")):
            return Reply(401, {})
        return None

    def take(self, request: Recorded, found: re.Match[str]) -> Reply:
        message = request.json
        if message["id"] != request.headers["webhook-id"]:
            self.complaints.append("the id of the body is another than that of the header")
        if len(request.body) > LARGEST:
            self.complaints.append(f"{len(request.body)} bytes are too many")
        if message["type"] == "audience.members":
            if set(message) != FIELDS:
                self.complaints.append(f"fields: {sorted(set(message) ^ FIELDS)}")
            if message["id"] not in self.seen:
                self._apply(message)
        self.seen.add(message["id"])
        return Reply(self.status, b"ok")

    def _apply(self, message: dict[str, Any]) -> None:
        if len(message["added"]) + len(message["removed"]) > 1000:
            self.complaints.append("more than a thousand members")
        members = self.kept.setdefault(message["segment"], {})
        for one in message["added"]:
            members[one["id"]] = one
        for one in message["removed"]:
            members.pop(one["id"], None)
