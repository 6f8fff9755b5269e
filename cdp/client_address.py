"""Where a request comes from, in a form that a visitor cannot choose."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

IPV6_SITE_BITS = 64


def client_address(request: HttpRequest) -> str | None:
    """Return the address of whoever talks to us, or to our proxy; None when nobody says.

    A proxy adds the address it sees at the end of X-Forwarded-For; whatever stands before is the
    visitor's own word. A household or server owns a whole /64 of IPv6 addresses, so those count as
    one.
    """
    said = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2] or said
    try:
        address = ip_address(_without_port(said.strip()))
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, IPV6_SITE_BITS), strict=False).network_address)


def _without_port(said: str) -> str:
    """Return the address of "192.0.2.1:5000" or "[2001:db8::1]:5000"; some proxies add the port."""
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0] if said.count(":") == 1 else said
