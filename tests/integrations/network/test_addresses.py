"""Addresses that people enter lead to the public internet only, whatever a name resolves to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from integrations.exceptions import AddressRefused, BadRequest
from integrations.network.addresses import check_url, is_public
from integrations.network.http import Door, Patience
from tests.vendors.server import FakeVendor, Reply, running


class Receiver(FakeVendor):
    """Takes whatever comes."""

    def answer(self, request: Any) -> Reply:
        return Reply(200, {"fine": True})


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254",
        "172.16.0.1", "192.0.0.1", "192.168.1.1", "198.18.0.1", "203.0.113.7", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
        "2001:0:7f00:1::", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "ftp://shop.example/", "file:///etc/passwd", "http://shop.example/",
        "https://", "https://user:secret@shop.example/", "https://user@shop.example/",
        "https://shop.example:22/", "https://shop.example:99999/", "https://127.0.0.1/",
        "https://[::1]/", "https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/",
    ],
)  # fmt: skip
def test_an_address_is_refused_when_it_is_entered(url: str) -> None:
    with pytest.raises(AddressRefused) as failure:
        check_url(url)
    assert failure.value.hint
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    "url", ["https://shop.example/hook?a=1", "https://8.8.8.8/", "https://x:443"]
)
def test_a_public_address_is_taken(url: str) -> None:
    check_url(url)


@pytest.fixture
def receiver():
    with running(Receiver()) as vendor:
        yield vendor


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name resolve to these addresses; return the names asked for."""
    asked: list[str] = []

    def resolved(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return asked


@pytest.mark.parametrize(
    "spelling", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "localtest.me"]
)
def test_no_spelling_of_loopback_gets_through(
    spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, "127.0.0.1")
    door = Door("Webhook", f"https://{spelling}/", is_checked=True, patience=Patience(tries=1))
    with pytest.raises(AddressRefused):
        door.send("POST", "", body={})
    door.close()


def test_one_private_answer_among_public_ones_refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "93.184.216.34", "10.0.0.1")
    door = Door("Webhook", "https://shop.example", is_checked=True, patience=Patience(tries=1))
    with pytest.raises(AddressRefused, match="private network"):
        door.send("POST", "/", body={})
    door.close()


def test_what_was_checked_is_what_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time (DNS rebinding) is asked only once."""
    asked = resolve_to(monkeypatch, "93.184.216.34")
    dialled: list[Any] = []

    def refuse(address: Any, *args: Any, **kwargs: Any) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("integrations.network.addresses.create_connection", refuse)
    door = Door("Webhook", "https://shop.example", is_checked=True, patience=Patience(tries=1))
    with pytest.raises(Exception, match="broke off"):
        door.send("POST", "/", body={})
    door.close()
    assert asked == ["shop.example"]
    assert dialled == [("93.184.216.34", 443)]


def test_a_host_that_the_operator_allows_is_reached(receiver: FakeVendor, settings: Any) -> None:
    with pytest.raises(AddressRefused):
        Door("Webhook", receiver.url, is_checked=True)
    settings.WEBHOOK_ALLOWED_HOSTS = {"127.0.0.1"}
    door = Door("Webhook", receiver.url, is_checked=True)
    assert door.send("POST", "/hook", body={}).at("fine") is True
    door.close()


def test_a_redirect_to_a_private_address_is_not_followed(
    receiver: FakeVendor, settings: Any
) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = {"127.0.0.1"}
    target = receiver.url.replace("127.0.0.1", "localhost") + "/inside"
    receiver.fail("before", status=307, data={}, headers={"Location": target})
    door = Door("Webhook", receiver.url, is_checked=True)
    with pytest.raises(BadRequest, match="another address"):
        door.send("POST", "/hook", body={})
    door.close()
    assert [one.path for one in receiver.requests] == ["/hook"]


def test_the_environment_names_no_proxy(
    receiver: FakeVendor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    settings.WEBHOOK_ALLOWED_HOSTS = {"127.0.0.1"}
    for is_checked in (True, False):
        door = Door("Webhook", receiver.url, is_checked=is_checked)
        assert door.send("GET", "/").status == 200
        door.close()
