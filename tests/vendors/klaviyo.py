"""A Klaviyo that keeps profiles, lists and import jobs, written from the contract."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from tests.vendors.server import FakeVendor, Recorded, Reply

KEY = "pk_0123456789abcdef0123456789abcdef01"


def _error(status: int, code: str, detail: str) -> Reply:
    row = {"id": "5c0a7a0e", "status": status, "code": code, "title": "Error", "detail": detail}
    return Reply(status, {"errors": [{**row, "source": {"pointer": "/data"}}]})


class FakeKlaviyo(FakeVendor):
    contract = "klaviyo"
    makes = "POST /api/lists$"
    writes = "(POST /api/profile-bulk-import-jobs|DELETE /api/lists)"
    routes = (
        ("GET", "/api/accounts", "accounts"),
        ("GET", "/api/lists", "all_lists"),
        ("POST", "/api/lists", "make_list"),
        ("GET", "/api/lists/([^/]+)/profiles", "list_profiles"),
        ("DELETE", "/api/lists/([^/]+)/relationships/profiles", "drop"),
        ("GET", "/api/profiles", "find"),
        ("POST", "/api/profile-bulk-import-jobs", "start"),
        ("GET", "/api/profile-bulk-import-jobs/([^/]+)", "job"),
        ("GET", "/api/profile-bulk-import-jobs/([^/]+)/import-errors", "errors"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.key = KEY
        self.scopes_missing = ""
        self.profiles: dict[str, dict[str, Any]] = {}
        self.lists: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.bad: set[str] = set()

    @property
    def settings(self) -> dict[str, str]:
        return {"api_key": KEY}

    @property
    def site_settings(self) -> dict[str, str]:
        return {"KLAVIYO_URL": self.url}

    def put(self, email: str, **attributes: Any) -> str:
        number = f"P{len(self.profiles):06}"
        self.profiles[number] = {"email": email, **attributes}
        return number

    def unsubscribe(self, email: str, at: datetime, reason: str = "UNSUBSCRIBE") -> None:
        """Somebody's e-mail is suppressed at a moment, for a reason."""
        known = self._known({"email": email}) or self.put(email)
        marketing = {
            "consent": "UNSUBSCRIBED",
            "suppression": [{"reason": reason, "timestamp": at.isoformat()}],
        }
        self.profiles[known]["subscriptions"] = {"email": {"marketing": marketing}}

    def refuse(self, email: str) -> None:
        self.bad.add(email)

    def revoke(self) -> None:
        self.key = "another"

    def lose(self, audience_id: str) -> None:
        del self.lists[audience_id]

    def names(self) -> list[str]:
        return [one["name"] for one in self.lists.values()]

    def inside(self, audience_id: str) -> set[str]:
        return {self.profiles[number]["email"] for number in self.lists[audience_id]["members"]}

    def work(self) -> None:
        """Finish all jobs."""
        for job in self.jobs.values():
            if job["status"] == "queued":
                self._finish(job)

    def _finish(self, job: dict[str, Any]) -> None:
        for row in job["rows"]:
            attributes = row["attributes"]
            if attributes.get("email") in self.bad:
                job["errors"].append(attributes)
                continue
            number = self._known(attributes) or self.put(attributes.get("email", ""))
            self.profiles[number].update(attributes)
            if job["list"] in self.lists:
                self.lists[job["list"]]["members"][number] = True
        job["status"] = "complete"

    def _known(self, attributes: dict[str, Any]) -> str | None:
        for what in ("external_id", "email", "phone_number"):
            value = attributes.get(what)
            for number, profile in self.profiles.items():
                if value and profile.get(what) == value:
                    return number
        return None

    def refused(self, request: Recorded) -> Reply | None:
        if request.headers.get("Authorization") != f"Klaviyo-API-Key {self.key}":
            return _error(401, "not_authenticated", "Missing or invalid private key.")
        if self.scopes_missing and request.method != "GET":
            detail = f"The API key is missing required scopes: {self.scopes_missing}"
            return _error(403, "permission_denied", detail)
        return None

    def _page(self, request: Recorded, rows: list[Any], size: int) -> Reply:
        start = int(request.query.get("page[cursor]", "c0")[1:])
        end = start + min(int(request.query.get("page[size]", size)), size)
        following = f"{self.url}{request.path}?page%5Bcursor%5D=c{end}" if end < len(rows) else None
        return Reply(200, {"data": rows[start:end], "links": {"next": following}})

    def _resource(self, number: str) -> dict[str, Any]:
        return {"type": "profile", "id": number, "attributes": self.profiles[number]}

    def accounts(self, request: Recorded, found: re.Match[str]) -> Reply:
        contact = {"organization_name": "The Shop"}
        row = {"type": "account", "id": "AB12", "attributes": {"contact_information": contact}}
        return Reply(200, {"data": [row]})

    def all_lists(self, request: Recorded, found: re.Match[str]) -> Reply:
        rows = [
            {"type": "list", "id": number, "attributes": {"name": one["name"]}}
            for number, one in self.lists.items()
        ]
        return self._page(request, rows, 10)

    def make_list(self, request: Recorded, found: re.Match[str]) -> Reply:
        number = f"L{len(self.lists):04}"
        name = request.json["data"]["attributes"]["name"]
        self.lists[number] = {"name": name, "members": {}}
        return Reply(201, {"data": {"type": "list", "id": number, "attributes": {"name": name}}})

    def list_profiles(self, request: Recorded, found: re.Match[str]) -> Reply:
        if found[1] not in self.lists:
            return _error(404, "not_found", f"A list with id {found[1]} does not exist.")
        rows = [self._resource(number) for number in self.lists[found[1]]["members"]]
        return self._page(request, rows, 100)

    def drop(self, request: Recorded, found: re.Match[str]) -> Reply:
        if found[1] not in self.lists:
            return _error(404, "not_found", f"A list with id {found[1]} does not exist.")
        for row in request.json["data"]:
            self.lists[found[1]]["members"].pop(row["id"], None)
        return Reply(204)

    def find(self, request: Recorded, found: re.Match[str]) -> Reply:
        since = re.fullmatch(
            r"greater-than\(subscriptions\.email\.marketing\.suppression\.timestamp,([^)]+)\)",
            request.query["filter"],
        )
        if since is not None:
            rows = [
                self._resource(number)
                for number, profile in self.profiles.items()
                if self._suppressed_at(profile) > datetime.fromisoformat(since[1])
            ]
            return self._page(request, rows, 100)
        asked = re.fullmatch(r"any\((\w+),(\[.*\])\)", request.query["filter"])
        if asked is None:
            return _error(400, "invalid", "Invalid filter provided.")
        values = set(json.loads(asked[2]))
        rows = [
            self._resource(number)
            for number, profile in self.profiles.items()
            if profile.get(asked[1]) in values
        ]
        return self._page(request, rows, 100)

    @staticmethod
    def _suppressed_at(profile: dict[str, Any]) -> datetime:
        email = profile.get("subscriptions", {}).get("email", {})
        rows = email.get("marketing", {}).get("suppression", [])
        moments = [datetime.fromisoformat(row["timestamp"]) for row in rows]
        return max(moments, default=datetime.min.replace(tzinfo=UTC))

    def start(self, request: Recorded, found: re.Match[str]) -> Reply:
        data = request.json["data"]
        target = data["relationships"]["lists"]["data"][0]["id"]
        if target not in self.lists:
            return _error(404, "not_found", f"A list with id {target} does not exist.")
        number = f"J{len(self.jobs):04}"
        rows = data["attributes"]["profiles"]["data"]
        self.jobs[number] = {"status": "queued", "rows": rows, "list": target, "errors": []}
        return Reply(202, {"data": self._job(number)})

    def _job(self, number: str) -> dict[str, Any]:
        job = self.jobs[number]
        attributes = {
            "status": job["status"],
            "total_count": len(job["rows"]),
            "failed_count": len(job["errors"]),
        }
        return {"type": "profile-bulk-import-job", "id": number, "attributes": attributes}

    def job(self, request: Recorded, found: re.Match[str]) -> Reply:
        if found[1] not in self.jobs:
            return _error(404, "not_found", "A job with this id does not exist.")
        return Reply(200, {"data": self._job(found[1])})

    def errors(self, request: Recorded, found: re.Match[str]) -> Reply:
        rows = [
            {
                "type": "import-error",
                "id": str(number),
                "attributes": {
                    "code": "invalid",
                    "title": "Invalid input.",
                    "detail": f"Invalid email address {attributes['email']}",
                    "original_payload": attributes,
                },
            }
            for number, attributes in enumerate(self.jobs[found[1]]["errors"])
        ]
        return self._page(request, rows, 100)
