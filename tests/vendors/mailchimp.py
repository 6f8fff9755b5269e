"""A Mailchimp that keeps contacts, tags and merge fields, written from the contract."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime
from hashlib import md5
from typing import Any

from tests.vendors.server import FakeVendor, Recorded, Reply

LIST = "abc1234567"
KEY = "0123456789abcdef0123456789abcdef-us21"


def _problem(status: int, title: str, detail: str) -> Reply:
    return Reply(
        status,
        {
            "type": "https://mailchimp.com/developer/marketing/docs/errors/",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": "995c5cb0-3280-4a6e-808b-3b096d0bb219",
        },
    )


NOT_FOUND = _problem(404, "Resource Not Found", "The requested resource could not be found.")


class FakeMailchimp(FakeVendor):
    contract = "mailchimp"
    makes = "POST /lists/[^/]+/segments$"
    writes = "POST /lists/[^/]+/segments/"
    routes = (
        ("GET", "/lists", "lists"),
        ("GET", "/lists/([^/]+)", "one_list"),
        ("POST", "/lists/([^/]+)", "batch"),
        ("GET", "/lists/([^/]+)/members", "members"),
        ("PUT", "/lists/([^/]+)/members/([^/]+)", "put_member"),
        ("POST", "/batches", "start"),
        ("GET", "/batches/([^/]+)", "job"),
        ("GET", "/lists/([^/]+)/segments", "segments"),
        ("POST", "/lists/([^/]+)/segments", "make_segment"),
        ("POST", "/lists/([^/]+)/segments/([0-9]+)", "change"),
        ("GET", "/lists/([^/]+)/segments/([0-9]+)/members", "segment_members"),
        ("GET", "/lists/([^/]+)/merge-fields", "merge_fields"),
        ("POST", "/lists/([^/]+)/merge-fields", "make_field"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.key = KEY
        self.contacts: dict[str, dict[str, Any]] = {}
        self.tags: dict[int, dict[str, Any]] = {}
        self.fields = ["FNAME", "LNAME"]
        self.forgotten: set[str] = set()
        self.jobs: dict[str, dict[str, Any]] = {}

    @property
    def settings(self) -> dict[str, str]:
        return {"api_key": KEY, "list_id": LIST, "new_contacts": "transactional"}

    @property
    def site_settings(self) -> dict[str, str]:
        return {"MAILCHIMP_URL": self.url}

    def put(self, email: str, status: str = "subscribed") -> None:
        self.contacts[email.lower()] = {"email_address": email, "status": status, "fields": {}}

    def unsubscribe(self, email: str, at: datetime, status: str = "unsubscribed") -> None:
        """Somebody leaves, or is cleaned, at a moment."""
        if email.lower() not in self.contacts:
            self.put(email)
        self.contacts[email.lower()] |= {"status": status, "changed": at}

    def refuse(self, email: str) -> None:
        self.forgotten.add(email)

    def revoke(self) -> None:
        self.key = "another"

    def lose(self, audience_id: str) -> None:
        del self.tags[int(audience_id)]

    def names(self) -> list[str]:
        return [tag["name"] for tag in self.tags.values()]

    def inside(self, audience_id: str) -> set[str]:
        return set(self.tags[int(audience_id)]["members"])

    def refused(self, request: Recorded) -> Reply | None:
        given = request.headers.get("Authorization", "")
        if given.removeprefix("Basic ") != b64encode(f"regulars:{self.key}".encode()).decode():
            return _problem(401, "API Key Invalid", "Your API key may be invalid.")
        found = re.match("/lists/([^/]+)", request.path)
        return NOT_FOUND if found and found[1] != LIST else None

    def _member(self, email: str) -> dict[str, Any]:
        return {
            "id": md5(email.encode()).hexdigest(),
            "email_address": self.contacts[email]["email_address"],
            "status": self.contacts[email]["status"],
        }

    def _page(self, request: Recorded, what: str, rows: list[Any]) -> Reply:
        start, count = int(request.query.get("offset", 0)), int(request.query.get("count", 10))
        return Reply(200, {what: rows[start : start + count], "total_items": len(rows)})

    def lists(self, request: Recorded, found: re.Match[str]) -> Reply:
        return self._page(request, "lists", [{"id": LIST, "name": "Newsletter"}])

    def one_list(self, request: Recorded, found: re.Match[str]) -> Reply:
        return Reply(200, {"id": LIST, "name": "Newsletter"})

    def batch(self, request: Recorded, found: re.Match[str]) -> Reply:
        made, errors = [], []
        for row in request.json["members"]:
            email = row["email_address"].lower()
            if email in self.forgotten:
                text = f"{email} was permanently deleted and cannot be re-imported."
                errors.append(
                    {"email_address": email, "error": text, "error_code": "ERROR_GENERIC"}
                )
            elif email in self.contacts:
                errors.append(
                    {
                        "email_address": email,
                        "error": f"{email} is already a list member.",
                        "error_code": "ERROR_CONTACT_EXISTS",
                    }
                )
            else:
                self.put(email, row["status"])
                self.contacts[email]["fields"] = row.get("merge_fields", {})
                made.append(self._member(email))
        return Reply(
            200,
            {
                "new_members": made,
                "updated_members": [],
                "errors": errors,
                "error_count": len(errors),
                "total_created": len(made),
            },
        )

    def members(self, request: Recorded, found: re.Match[str]) -> Reply:
        status, since = request.query["status"], request.query.get("unsubscribed_since")
        rows = [
            {**self._member(email), "last_changed": contact["changed"].isoformat()}
            for email, contact in self.contacts.items()
            if contact["status"] == status
            and "changed" in contact
            and (since is None or contact["changed"] >= datetime.fromisoformat(since))
        ]
        return self._page(request, "members", rows)

    def put_member(self, request: Recorded, found: re.Match[str]) -> Reply:
        email = request.json["email_address"].lower()
        if md5(email.encode()).hexdigest() != found[2]:
            return _problem(400, "Invalid Resource", "The address does not fit the hash.")
        if email not in self.contacts:
            self.put(email, request.json["status_if_new"])
        if "status" in request.json:
            self.contacts[email]["status"] = request.json["status"]
        self.contacts[email]["fields"].update(request.json.get("merge_fields", {}))
        return Reply(200, self._member(email))

    def start(self, request: Recorded, found: re.Match[str]) -> Reply:
        number = f"b{len(self.jobs)}"
        operations = request.json["operations"]
        self.jobs[number] = {"status": "pending", "operations": operations, "errors": 0}
        return Reply(200, self._shown(number))

    def _shown(self, number: str) -> dict[str, Any]:
        job = self.jobs[number]
        return {
            "id": number,
            "status": job["status"],
            "total_operations": len(job["operations"]),
            "finished_operations": len(job["operations"]) * (job["status"] == "finished"),
            "errored_operations": job["errors"],
        }

    def job(self, request: Recorded, found: re.Match[str]) -> Reply:
        return Reply(200, self._shown(found[1])) if found[1] in self.jobs else NOT_FOUND

    def work(self) -> None:
        """Do the operations of all batches, each checked like a request of its own."""
        for job in self.jobs.values():
            if job["status"] == "finished":
                continue
            for one in job["operations"]:
                body = one["body"].encode()
                self.check(
                    one["method"], one["path"], "", {"Content-Type": "application/json"}, body
                )
                found = re.fullmatch("/lists/([^/]+)/members/([^/]+)", one["path"])
                assert found
                inner = Recorded(one["method"], one["path"], {}, {}, body)
                job["errors"] += self.put_member(inner, found).status >= 300
            job["status"] = "finished"

    def segments(self, request: Recorded, found: re.Match[str]) -> Reply:
        rows = [
            {
                "id": number,
                "name": tag["name"],
                "type": "static",
                "member_count": sum(
                    self.contacts[email]["status"] == "subscribed" for email in tag["members"]
                ),
            }
            for number, tag in self.tags.items()
        ]
        return self._page(request, "segments", rows)

    def make_segment(self, request: Recorded, found: re.Match[str]) -> Reply:
        number = 1000 + len(self.tags)
        self.tags[number] = {"name": request.json["name"], "members": {}}
        return Reply(200, {"id": number, "name": request.json["name"], "type": "static"})

    def change(self, request: Recorded, found: re.Match[str]) -> Reply:
        tag = self.tags.get(int(found[2]))
        if tag is None:
            return NOT_FOUND
        added, removed, unknown = [], [], []
        for email in map(str.lower, request.json.get("members_to_add", [])):
            if email in self.contacts:
                tag["members"][email] = True
                added.append(self._member(email))
            else:
                unknown.append(email)
        for email in map(str.lower, request.json.get("members_to_remove", [])):
            if tag["members"].pop(email, None):
                removed.append(self._member(email))
            else:
                unknown.append(email)
        errors = []
        if unknown:
            errors = [{"email_addresses": unknown, "error": "Email is not a list member."}]
        return Reply(
            200,
            {
                "members_added": added,
                "members_removed": removed,
                "errors": errors,
                "error_count": len(errors),
            },
        )

    def segment_members(self, request: Recorded, found: re.Match[str]) -> Reply:
        tag = self.tags.get(int(found[2]))
        if tag is None:
            return NOT_FOUND
        shown = {"subscribed"}
        for status in ("cleaned", "transactional", "unsubscribed"):
            if request.query.get(f"include_{status}") == "true":
                shown.add(status)
        rows = [self._member(e) for e in tag["members"] if self.contacts[e]["status"] in shown]
        return self._page(request, "members", rows)

    def merge_fields(self, request: Recorded, found: re.Match[str]) -> Reply:
        rows = [
            {"merge_id": number, "tag": tag, "name": tag, "type": "text"}
            for number, tag in enumerate(self.fields)
        ]
        return self._page(request, "merge_fields", rows)

    def make_field(self, request: Recorded, found: re.Match[str]) -> Reply:
        tag = request.json["tag"]
        if tag in self.fields:
            return _problem(400, "Bad Request", f"A Merge Field with the tag {tag} already exists.")
        self.fields.append(tag)
        return Reply(200, {"merge_id": len(self.fields), "tag": tag, "name": tag, "type": "text"})
