"""A MagNews that keeps contacts and static audiences, as the adapter takes it to be."""

from __future__ import annotations

import re
from typing import Any

from tests.vendors.server import FakeVendor, Recorded, Reply

TOKEN = "mn-0123456789abcdef0123456789abcdef0123"
DATABASE = "12"


def _error(status: int, text: str) -> Reply:
    return Reply(status, {"ok": False, "errors": [{"errormsg": text}]})


class FakeMagNews(FakeVendor):
    takes_one_by_one = True
    makes = "POST /ws/rest/api/v19/audiences$"
    writes = "POST .*/contacts/(add|remove)$"
    routes = (
        ("GET", "/ws/rest/api/v19/audiences", "audiences"),
        ("POST", "/ws/rest/api/v19/audiences", "make"),
        ("POST", "/ws/rest/api/v19/contacts/merge", "merge"),
        ("POST", "/ws/rest/api/v19/audiences/([0-9]+)/contacts/(add|remove)", "change"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.contacts: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        self.bad: set[str] = set()

    @property
    def settings(self) -> dict[str, str]:
        return {
            "base_url": f"{self.url or 'http://127.0.0.1'}/ws/rest/api/v19",
            "access_token": TOKEN,
            "database_id": DATABASE,
            "email_field": "EMAIL",
            "first_name_field": "NAME",
            "last_name_field": "SURNAME",
            "extra_fields": "life_cycle = LIFECYCLE\npredicted_value=VALUE",
        }

    @property
    def site_settings(self) -> dict[str, Any]:
        return {"WEBHOOK_ALLOWED_HOSTS": {"127.0.0.1"}}

    def refuse(self, email: str) -> None:
        self.bad.add(email)

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
            return _error(401, "Invalid token.")
        return None

    def audiences(self, request: Recorded, found: re.Match[str]) -> Reply:
        rows = [{"id": number, "name": one["name"]} for number, one in self.kept.items()]
        return Reply(200, {"data": rows})

    def make(self, request: Recorded, found: re.Match[str]) -> Reply:
        number = str(len(self.kept) + 1)
        self.kept[number] = {"name": request.json["name"], "members": {}}
        return Reply(200, {"ok": True, "id": number})

    def merge(self, request: Recorded, found: re.Match[str]) -> Reply:
        if request.json["options"] != {"iddatabase": DATABASE}:
            return _error(400, "No such database.")
        values = request.json["values"]
        if values["EMAIL"] in self.bad:
            return _error(400, f"{values['EMAIL']} is not accepted.")
        contact = self.contacts.setdefault(values["EMAIL"], {"status": "none"})
        contact.update(values)
        return Reply(200, {"ok": True, "idcontact": len(self.contacts)})

    def change(self, request: Recorded, found: re.Match[str]) -> Reply:
        if found[1] not in self.kept:
            return _error(404, "No such audience.")
        members = self.kept[found[1]]["members"]
        for one in request.json["contacts"]:
            if found[2] == "add" and one["EMAIL"] in self.contacts:
                members[one["EMAIL"]] = True
            elif found[2] == "remove":
                members.pop(one["EMAIL"], None)
        return Reply(200, {"ok": True})
