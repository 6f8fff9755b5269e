"""Which addresses entered by people may be called: public ones, checked as they are dialled."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from integrations.exceptions import AddressRefused

if TYPE_CHECKING:
    from urllib3 import PoolManager

_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")
_PORT = 443


def is_public(text: str) -> bool:
    """Whether an IP address in text form is one of the public internet.

    IPv6 forms that carry an IPv4 address (mapped, compatible, 6to4, NAT64, Teredo) are judged by
    what they carry.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address in _LOCAL_NAT64 or address.is_site_local:
            return False
        carried = _carried(address)
        if carried:
            return all(_is_global(one) for one in carried)
    return _is_global(address)


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def is_allowed_host(host: str) -> bool:
    """Whether the operator named this host in WEBHOOK_ALLOWED_HOSTS: then it is not checked."""
    return host.lower() in settings.WEBHOOK_ALLOWED_HOSTS


def check_url(url: str) -> None:
    """Raise `AddressRefused` with what is wrong about an address before anything is looked up.

    Wanted is https://host/path on port 443, without user name; a host of WEBHOOK_ALLOWED_HOSTS may
    have http and any port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refusal(_("This is not an address.")) from None
    host = parts.hostname or ""
    if not host or parts.scheme not in ("http", "https"):
        raise _refusal(_("The address must begin with https:// and name a host."))
    if parts.username is not None or parts.password is not None:
        raise _refusal(_("The address holds a user name or password."))
    if is_allowed_host(host):
        return
    if parts.scheme != "https":
        raise _refusal(_("The address must begin with https://."))
    if port not in (None, _PORT):
        raise _refusal(_("The address names another port than 443."))
    try:
        literal = is_public(host)
    except ValueError:
        return  # A name: judged by what it resolves to, when it is dialled.
    if not literal:
        raise _not_public()


def _refusal(reason: str) -> AddressRefused:
    return AddressRefused(
        reason,
        hint=_("Enter the public https address of the receiver, for example %(example)s.")
        % {"example": "https://shop.example/hook"},
    )


def _not_public() -> AddressRefused:
    return AddressRefused(
        _("The address leads into a private network."),
        hint=_(
            "Regulars calls public addresses only. If the receiver stands in your own network, "
            "ask the operator to name its host in WEBHOOK_ALLOWED_HOSTS."
        ),
    )


def dial(connection: HTTPConnection) -> socket.socket:
    """Resolve the host of a connection once, check every answer, and connect to one of them.

    What was checked is what is dialled, so a name that resolves differently a moment later (DNS
    rebinding) gains nothing. One private answer among public ones refuses all.
    """
    host, port = connection.host, connection.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NewConnectionError(connection, f"name not found: {error.errno}") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not is_allowed_host(host) and not all(map(is_public, addresses)):
        raise _not_public()
    for address in addresses:
        try:
            return create_connection(
                (address, port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError:
            continue
    raise NewConnectionError(connection, "no address of the host answers")


class _CheckedHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return dial(self)


class _CheckedHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return dial(self)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class CheckedAdapter(HTTPAdapter):
    """A transport of `requests` whose connections go through `dial`, never through a proxy."""

    poolmanager: PoolManager

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        """Make the pools with checked connections."""
        super().init_poolmanager(*args, **kwargs)  # type: ignore[arg-type]
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
