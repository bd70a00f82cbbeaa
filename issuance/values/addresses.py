"""Network addresses as they are written by browsers, servers and proxies, and whose they are."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

CUSTOMER_BITS = 64
"""The part of an IPv6 address that one customer has: all the rest is theirs to choose."""

LONGEST = 64
UNREADABLE = "unreadable"
"""Whoever shows no address that can be read: all of them together."""


def customer(written: str) -> str:
    """Whose address it is: of IPv4 the address, of IPv6 its first 64 bits; UNREADABLE when it is none.

    Read are ports, brackets, quotation marks and zones; an IPv4 address mapped into IPv6 is the IPv4 address.
    """
    if len(written) > LONGEST:
        return UNREADABLE
    try:
        address = ip_address(_bare(written.strip().strip('"')))
    except ValueError:
        return UNREADABLE
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((int(address), CUSTOMER_BITS), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def of_caller(connected: str, forwarded: str, proxies: int) -> str:
    """Who calls, as written: the one connected, or behind `proxies` of ours what they say (X-Forwarded-For)."""
    said = [each.strip() for each in forwarded.split(",")]
    return said[-proxies] if forwarded and 0 < proxies <= len(said) else connected


def _bare(text: str) -> str:
    """The address without brackets, port and zone."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return text.partition("%")[0]
