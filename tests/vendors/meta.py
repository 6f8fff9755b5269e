"""A Marketing API of Meta that keeps custom audiences, written from the contract."""

from __future__ import annotations

import re
from datetime import UTC, datetime
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
        ("POST", "/v26.0/([0-9]+)/usersreplace", "replace"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.has_terms = True
        self.smallest_origin = 0
        self.sessions: dict[str, dict[int, dict[str, Any]]] = {}
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

    def pass_time(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC)

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
        if request.json["subtype"] == "LOOKALIKE":
            if any(self._is_alike(one, request.json) for one in self.kept.values()):
                return _fails(2654)
            origin = self.kept.get(request.json["origin_audience_id"])
            if origin is None or len(origin["members"]) < self.smallest_origin:
                return _fails(2650)
        self.kept[number] = {**request.json, "members": {}}
        return Reply(200, {"id": number})

    def _is_alike(self, one: dict[str, Any], other: dict[str, Any]) -> bool:
        names = ("subtype", "origin_audience_id", "lookalike_spec")
        return all(one.get(name) == other[name] for name in names)

    def replace(self, request: Recorded, found: re.Match[str]) -> Reply:
        if found[1] not in self.kept:
            return _fails(100, 33)
        session, payload = request.json["session"], request.json["payload"]
        batches = self.sessions.setdefault(found[1], {})
        rows = [dict(zip(payload["schema"], row, strict=True)) for row in payload["data"]]
        batches[session["batch_seq"]] = {row["EMAIL"]: row for row in rows}
        if session["last_batch_flag"]:
            if sorted(batches) != list(range(1, session["batch_seq"] + 1)):
                return _fails(100)
            members: dict[str, Any] = {}
            for batch in batches.values():
                members |= batch
            self.kept[found[1]]["members"] = members
            del self.sessions[found[1]]
        return self._received(found[1], session, len(rows))

    def _received(self, audience_id: str, session: dict[str, Any], count: int) -> Reply:
        answer = {
            "audience_id": audience_id,
            "session_id": str(session["session_id"]),
            "num_received": count,
            "num_invalid_entries": 0,
            "invalid_entry_samples": {},
        }
        return Reply(200, answer)

    def add(self, request: Recorded, found: re.Match[str]) -> Reply:
        return self._users(request, found[1], is_added=True)

    def remove(self, request: Recorded, found: re.Match[str]) -> Reply:
        return self._users(request, found[1], is_added=False)

    def _users(self, request: Recorded, audience_id: str, *, is_added: bool) -> Reply:
        if audience_id not in self.kept:
            return _fails(100, 33)
        if audience_id in self.sessions:
            return _fails(100)  # No other change while a replacement is under way.
        members = self.kept[audience_id]["members"]
        payload = request.json["payload"]
        for cells in payload["data"]:
            row = dict(zip(payload["schema"], cells, strict=True))
            if is_added:
                members[row["EMAIL"]] = row
            else:
                members.pop(row["EMAIL"], None)
        return self._received(audience_id, request.json["session"], len(payload["data"]))
