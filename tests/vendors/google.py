"""A Data Manager API of Google that keeps Customer Match lists, written from the contract."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from tests.vendors.server import FakeVendor, Recorded, Reply

CUSTOMER = "1234567890"
REFRESH = "1//0refresh-token-of-the-shop-0123456789"


def api_error(status: int, reason: str, /, **violation: str) -> dict[str, Any]:
    """Return the arguments of a reply with an error as Google words it."""
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    ]
    if violation:
        kind = "type.googleapis.com/google.rpc.BadRequest"
        details.append({"@type": kind, "fieldViolations": [violation]})
    error = {"code": status, "message": "There was a problem.", "status": "X", "details": details}
    return {"status": status, "data": {"error": error}}


class FakeGoogle(FakeVendor):
    contract = "google-datamanager"
    makes = "POST .*/userLists$"
    writes = "POST /v1/audienceMembers"
    routes = (
        ("POST", "/token", "token"),
        ("GET", "/v1/accountTypes/GOOGLE_ADS/accounts/([0-9]+)/userLists", "lists"),
        ("POST", "/v1/accountTypes/GOOGLE_ADS/accounts/([0-9]+)/userLists", "make"),
        ("POST", "/v1/audienceMembers:(ingest|remove)", "change"),
        ("POST", "/v1/audienceMembers:removeAll", "remove_all"),
        ("GET", "/v1/requestStatus:retrieve", "status"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.refresh = REFRESH
        self.tokens = 0
        self.kept: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.malformed: set[str] = set()
        self.now = datetime(2026, 11, 1, tzinfo=UTC)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "customer_id": "123-456-7890",
            "client_id": "shop.apps.example",
            "client_secret": "GOCSPX-secret-of-the-client",
            "refresh_token": REFRESH,
            "accepts_terms": "on",
        }

    @property
    def site_settings(self) -> dict[str, str]:
        return {"GOOGLE_URL": self.url, "GOOGLE_TOKEN_URL": f"{self.url}/token"}

    def face(self, email: str) -> str:
        return sha256(email.encode()).hexdigest()

    def refuse(self, email: str) -> None:
        self.malformed.add(self.face(email))

    def pass_time(self) -> datetime:
        """Let an hour pass and return the moment it began to pass."""
        moment = self.now + timedelta(minutes=30)
        self.now += timedelta(hours=1)
        return moment

    def expire(self) -> None:
        """Let the access token run out; the next one is another."""
        self.tokens += 1

    def revoke(self) -> None:
        self.refresh = ""
        self.expire()

    def lose(self, audience_id: str) -> None:
        del self.kept[audience_id]

    def names(self) -> list[str]:
        return [one["displayName"] for one in self.kept.values()]

    def inside(self, audience_id: str) -> set[str]:
        return set(self.kept[audience_id]["members"])

    def work(self) -> None:
        for job in self.jobs.values():
            if job["status"] == "PROCESSING":
                job["status"] = "SUCCESS"
                self._apply(job, self.kept[job["list"]]["members"])

    def _apply(self, job: dict[str, Any], members: dict[str, datetime]) -> None:
        if job["verb"] == "ingest":
            members.update(dict.fromkeys(job["faces"], job["at"]))
        elif job["verb"] == "remove":
            for face in job["faces"]:
                members.pop(face, None)
        else:
            for face in [face for face, since in members.items() if since < job["before"]]:
                del members[face]

    def refused(self, request: Recorded) -> Reply | None:
        given = request.headers.get("Authorization")
        if request.path != "/token" and given != f"Bearer ya29.token{self.tokens}":
            return Reply(**api_error(401, "UNAUTHENTICATED"))
        return None

    def token(self, request: Recorded, found: re.Match[str]) -> Reply:
        if f"refresh_token={REFRESH.replace('/', '%2F')}" not in request.body.decode():
            return Reply(400, {"error": "invalid_request"})
        if self.refresh != REFRESH:
            return Reply(400, {"error": "invalid_grant"})
        token = f"ya29.token{self.tokens}"
        return Reply(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def lists(self, request: Recorded, found: re.Match[str]) -> Reply:
        start = int(request.query.get("pageToken", 0))
        end = start + 10
        rows = [
            {
                "name": f"accountTypes/GOOGLE_ADS/accounts/{CUSTOMER}/userLists/{number}",
                "id": number,
                "displayName": one["displayName"],
            }
            for number, one in self.kept.items()
        ]
        following = {"nextPageToken": str(end)} if end < len(rows) else {}
        return Reply(200, {"userLists": rows[start:end], **following})

    def make(self, request: Recorded, found: re.Match[str]) -> Reply:
        if request.json["displayName"] in self.names():
            return Reply(**api_error(400, "DISPLAY_NAME_ALREADY_USED"))
        number = str(5001 + len(self.kept))
        self.kept[number] = {**request.json, "members": {}}
        name = f"accountTypes/GOOGLE_ADS/accounts/{CUSTOMER}/userLists/{number}"
        shown = {"name": name, "id": number, "displayName": request.json["displayName"]}
        return Reply(200, shown)

    def change(self, request: Recorded, found: re.Match[str]) -> Reply:
        number = request.json["destinations"][0]["productDestinationId"]
        if number not in self.kept:
            field = "destinations[0].product_destination_id"
            wrong = {"field": field, "reason": "INVALID_USER_LIST_ID"}
            return Reply(**api_error(400, "INVALID_ARGUMENT", **wrong))
        faces = []
        for at, member in enumerate(request.json["audienceMembers"]):
            first = member["userData"]["userIdentifiers"][0]
            face = first.get("emailAddress", "")
            if face in self.malformed:
                field = f"audience_members.members[{at}].user_data.user_identifiers[0]"
                text = {"field": field, "description": "Not a hash.", "reason": "INVALID_HASH"}
                return Reply(**api_error(400, "INVALID_ARGUMENT", **text))
            faces.append(face)
        return self._start(verb=found[1], list=number, faces=faces, at=self.now)

    def remove_all(self, request: Recorded, found: re.Match[str]) -> Reply:
        number = request.json["destinations"][0]["productDestinationId"]
        before = datetime.fromisoformat(request.json["removeAsOfTime"])
        return self._start(verb="removeAll", list=number, before=before)

    def _start(self, **what: Any) -> Reply:
        job = f"r{len(self.jobs)}"
        self.jobs[job] = {"status": "PROCESSING", **what}
        return Reply(200, {"requestId": job})

    def status(self, request: Recorded, found: re.Match[str]) -> Reply:
        job = self.jobs[request.query["requestId"]]
        row = {"requestStatus": job["status"], "errorInfo": job.get("errors", {})}
        return Reply(200, {"requestStatusPerDestination": [row]})
