"""Fakes of the vendors by the key of their destination."""

from __future__ import annotations

from tests.vendors.klaviyo import FakeKlaviyo
from tests.vendors.mailchimp import FakeMailchimp
from tests.vendors.server import FakeVendor

FAKES: dict[str, type[FakeVendor]] = {
    "klaviyo": FakeKlaviyo,
    "mailchimp": FakeMailchimp,
}
