"""Printers that announce themselves in this network: DNS-SD over multicast DNS (RFC 6763, RFC 6762).

What they say is unproved: whoever is in the network may say it. An administrator compares it with the printer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from zeroconf import Error, IPVersion, ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

from card_drivers.troubles import one_line

SCHEMES = {"_ipps._tcp.local.": "ipps", "_ipp._tcp.local.": "ipp"}
"""The better first."""
DETAILS_MS = 2000  # one printer may take to say where it is
PATH = "ipp/print"  # of a printer that does not say (PWG 5100.14 section 4.2)


@dataclass(frozen=True)
class Announced:
    """One printer: its name and make, its address, and the formats that it says it takes."""

    name: str
    make: str
    host: str
    port: int
    uri: str
    formats: tuple[str, ...]

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.uri.startswith("ipps:")


def printers(seconds: float) -> list[Announced]:
    """Those that answer within `seconds`, by name, each once. OSError without a network."""
    heard: dict[tuple[str, str], None] = {}

    def hear(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        heard[service_type, name] = None

    with Zeroconf() as network:
        browser = ServiceBrowser(network, list(SCHEMES), handlers=[hear])
        threading.Event().wait(seconds)
        browser.cancel()
        return each_once(told(network, kind, name) for kind, name in heard)


def told(network: Zeroconf, kind: str, name: str) -> Announced | None:
    """What the printer of this name says of itself; None when it says nothing, or has a name that nobody may have."""
    try:
        info = network.get_service_info(kind, name, DETAILS_MS)
    except Error:
        return None
    return announced(info) if info is not None else None


def each_once(found: Iterable[Announced | None]) -> list[Announced]:
    """Each name once, over TLS where it can."""
    best: dict[str, Announced] = {}
    for each in sorted((one for one in found if one is not None), key=lambda one: one.secure):
        best[each.name] = each
    return sorted(best.values(), key=lambda one: one.name)


def announced(info: ServiceInfo) -> Announced | None:
    """What one announcement says; None when it says no address that can be used from here."""
    host = _host(info)
    if host is None or not info.port:
        return None
    said = {key.decode(errors="replace").lower(): _text(value) for key, value in info.properties.items()}
    path = quote((said.get("rp") or PATH).lstrip("/"))
    return Announced(
        name=one_line(info.name.removesuffix("." + info.type)),
        make=said.get("ty") or "",
        host=host,
        port=info.port,
        uri=f"{SCHEMES[info.type]}://{f'[{host}]' if ':' in host else host}:{info.port}/{path}",
        formats=tuple(filter(None, (word.strip() for word in said.get("pdl", "").split(",")))),
    )


def _host(info: ServiceInfo) -> str | None:
    """IPv4 before IPv6; an address of one link only is none that can be written into settings."""
    addresses: list[IPv4Address | IPv6Address] = [*info.ip_addresses_by_version(IPVersion.All)]
    usable = [each for each in addresses if not each.is_link_local]
    return next((str(each) for each in sorted(usable, key=lambda each: each.version)), None)


def _text(value: bytes | None) -> str:
    return one_line((value or b"").decode(errors="replace"))
