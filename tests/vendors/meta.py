"""A Marketing API of Meta that keeps custom audiences, written from the contract."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from tests.vendors.server import FakeVendor, Recorded, Reply

TOKEN = "EAABsbCS1iHgBAKZCx7ZBqZAZCVZBvZAZCZBqZAZCVZBv0123456789"
ACCOUNT = "1000200030004000"


def graph_error(code: int, subcode: int = 0, *, status: int = 400, **more: Any) -> dict[str, Any]:
    """Return the arguments of a reply with an error of the Graph API."""
    error = {"message": "An error", "type": "OAuthException", "code": code, **more}
    if subcode:
        error["error_subcode"] = subcode
    return {"status": status, "data": {"error": error}}


def _fails(code: int, subcode: int = 0) -> Reply:
    return Reply(**graph_error(code, subcode))


class FakeMeta(FakeVendor):
    contract = "meta"
    makes = "POST .*/customaudiences$"
    writes = "(POST|DELETE) .*/users$"
    routes = (
        ("GET", "/v26.0/act_([0-9]+)", "account"),
        ("GET", "/v26.0/act_([0-9]+)/customaudiences", "audiences"),
        ("POST", "/v26.0/act_([0-9]+)/customaudiences", "make"),
        ("POST", "/v26.0/([0-9]+)/users", "add"),
        ("DELETE", "/v26.0/([0-9]+)/users", "remove"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.has_terms = True
        self.kept: dict[str, dict[str, Any]] = {}

    @property
    def settings(self) -> dict[str, str]:
        return {"ad_account_id": ACCOUNT, "access_token": TOKEN, "app_secret": "s3cret-of-the-app"}

    @property
    def site_settings(self) -> dict[str, str]:
        return {"META_URL": f"{self.url}/v26.0"}

    def face(self, email: str) -> str:
        return sha256(email.encode()).hexdigest()

    def revoke(self) -> None:
        self.token = "another"

    def lose(self, audience_id: str) -> None:
        del self.kept[audience_id]

    def names(self) -> list[str]:
        return [one["name"] for one in self.kept.values()]

    def inside(self, audience_id: str) -> set[str]:
        return set(self.kept[audience_id]["members"])

    def refused(self, request: Recorded) -> Reply | None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _fails(190, 463)
        found = re.match("/v26.0/act_([0-9]+)", request.path)
        return _fails(100, 33) if found and found[1] != ACCOUNT else None

    def account(self, request: Recorded, found: re.Match[str]) -> Reply:
        terms = {"custom_audience_tos": 1} if self.has_terms else {}
        return Reply(200, {"id": f"act_{ACCOUNT}", "name": "The Shop", "tos_accepted": terms})

    def audiences(self, request: Recorded, found: re.Match[str]) -> Reply:
        rows = [
            {"id": number, "name": one["name"], "approximate_count_lower_bound": -1}
            for number, one in self.kept.items()
        ]
        start = int(request.query.get("after", 0))
        end = start + int(request.query.get("limit", 25))
        paging: dict[str, Any] = {"cursors": {"after": str(end)}}
        if end < len(rows):
            paging["next"] = f"{self.url}{request.path}?after={end}"
        return Reply(200, {"data": rows[start:end], "paging": paging})

    def make(self, request: Recorded, found: re.Match[str]) -> Reply:
        if not self.has_terms:
            return _fails(200, 1870034)
        number = str(23840000000000001 + len(self.kept))
        self.kept[number] = {**request.json, "members": {}}
        return Reply(200, {"id": number})

    def add(self, request: Recorded, found: re.Match[str]) -> Reply:
        return self._users(request, found[1], is_added=True)

    def remove(self, request: Recorded, found: re.Match[str]) -> Reply:
        return self._users(request, found[1], is_added=False)

    def _users(self, request: Recorded, audience_id: str, *, is_added: bool) -> Reply:
        if audience_id not in self.kept:
            return _fails(100, 33)
        members = self.kept[audience_id]["members"]
        payload = request.json["payload"]
        for cells in payload["data"]:
            row = dict(zip(payload["schema"], cells, strict=True))
            if is_added:
                members[row["EMAIL"]] = row
            else:
                members.pop(row["EMAIL"], None)
        return Reply(
            200,
            {
                "audience_id": audience_id,
                "session_id": str(request.json["session"]["session_id"]),
                "num_received": len(payload["data"]),
                "num_invalid_entries": 0,
                "invalid_entry_samples": {},
            },
        )
