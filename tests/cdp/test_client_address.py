"""The address that failed log-ins are counted by cannot be chosen by the visitor."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from cdp.client_address import client_address


def seen(remote: str, forwarded: str | None = None) -> str | None:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))


def test_without_a_proxy_nobody_is_believed_about_the_address(settings) -> None:
    settings.BEHIND_PROXY = False
    assert seen("192.0.2.1", forwarded="198.51.100.7") == "192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1,evil,198.51.100.7:50123", "198.51.100.7"),
        (None, "192.0.2.1"),
        ("", "192.0.2.1"),
        ("unknown", None),
    ],
)
def test_behind_a_proxy_only_its_own_last_word_counts(
    forwarded: str | None, address: str | None, settings
) -> None:
    settings.BEHIND_PROXY = True
    assert seen("192.0.2.1", forwarded) == address


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", None),
        ("/run/gunicorn.sock", None),
    ],
)
def test_a_whole_ipv6_site_counts_as_one_address(remote: str, address: str | None) -> None:
    assert seen(remote) == address
