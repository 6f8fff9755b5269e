"""Fakes of the vendors by the key of their destination."""

from __future__ import annotations

from tests.vendors.csv_file import FakeCsv
from tests.vendors.google import FakeGoogle
from tests.vendors.klaviyo import FakeKlaviyo
from tests.vendors.magnews import FakeMagNews
from tests.vendors.mailchimp import FakeMailchimp
from tests.vendors.meta import FakeMeta
from tests.vendors.server import FakeVendor
from tests.vendors.webhook import FakeWebhook

FAKES: dict[str, type[FakeVendor]] = {
    "csv": FakeCsv,
    "google": FakeGoogle,
    "klaviyo": FakeKlaviyo,
    "magnews": FakeMagNews,
    "mailchimp": FakeMailchimp,
    "meta": FakeMeta,
    "webhook": FakeWebhook,
}
