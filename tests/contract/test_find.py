"""`python -m card_drivers find` among printers that avahi announces, and announcements of every kind."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from zeroconf import ServiceInfo

from card_drivers.__main__ import main
from card_drivers.links.discovery import Announced, announced, each_once, told
from tests.contract import announced as counterpart
from tests.contract.announced import ADDRESS, PORT

IPP, IPPS = "_ipp._tcp.local.", "_ipps._tcp.local."


@pytest.mark.contract
def test_printers_are_found_with_what_the_settings_want(tmp_path: Path) -> None:
    with counterpart.network(tmp_path, ("Card printer", "Booklets")) as network:
        found = network.find("--seconds", "4")
        fingerprints = [counterpart.openssl_fingerprint(tmp_path, PORT + number) for number in (1, 0)]
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines() == [
        "Booklets (Card Maker)",
        f"  uri: ipps://{ADDRESS}:{PORT + 1}/ipp/print",
        f"  fingerprint: {fingerprints[0]} (compare it at the printer first)",
        "  formats: application/pdf",
        "Card printer (Card Maker)",
        f"  uri: ipps://{ADDRESS}:{PORT}/ipp/print",
        f"  fingerprint: {fingerprints[1]} (compare it at the printer first)",
        "  formats: application/pdf",
    ]


@pytest.mark.contract
def test_a_network_without_printers_says_what_to_do(tmp_path: Path) -> None:
    with counterpart.network(tmp_path, ()) as network:
        found = network.find("--seconds", "0.5")
    assert found.returncode == 0
    assert found.stdout.startswith("No printer announced itself: switch it on")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "61"])
def test_a_search_has_an_end(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", f"--seconds={seconds}"]) == 2
    assert "listen up to 60 seconds" in capsys.readouterr().err


def info(
    kind: str = IPPS, name: str = "Card", port: int = 631, addresses: tuple[str, ...] = ("192.0.2.7",), **said: Any
) -> ServiceInfo:
    packed = [socket.inet_pton(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in addresses]
    return ServiceInfo(kind, f"{name}.{kind}", port, addresses=packed, properties=said, server="card.local.")


@pytest.mark.parametrize(
    ("said", "uri"),
    [
        (info(rp="ipp/print"), "ipps://192.0.2.7:631/ipp/print"),
        (info(rp="/printers/card 1"), "ipps://192.0.2.7:631/printers/card%201"),
        (info(), "ipps://192.0.2.7:631/ipp/print"),
        (info(RP="x"), "ipps://192.0.2.7:631/x"),
        (info(IPP, port=8000, rp="p"), "ipp://192.0.2.7:8000/p"),
        (info(addresses=("2001:db8::7",)), "ipps://[2001:db8::7]:631/ipp/print"),
        (info(addresses=("fe80::7", "2001:db8::7", "192.0.2.7")), "ipps://192.0.2.7:631/ipp/print"),
        (info(addresses=("fe80::7", "169.254.3.3")), None),
        (info(addresses=()), None),
        (info(port=0), None),
    ],
)
def test_the_address_is_one_for_the_settings(said: ServiceInfo, uri: str | None) -> None:
    found = announced(said)
    assert (found.uri if found else None) == uri


def test_what_strangers_say_stays_one_line() -> None:
    found = announced(
        info(name="Card \N{LINE SEPARATOR} uri: x", ty=b"Ma\x1b[2Jker\n\xff", pdl="application/pdf,, image/urf")
    )
    assert found
    assert found.name == "Card   uri: x"
    assert found.make == "Ma [2Jker \N{REPLACEMENT CHARACTER}"
    assert found.formats == ("application/pdf", "image/urf")


def test_a_name_that_nobody_may_have_is_left_out() -> None:
    class Network:
        def get_service_info(self, kind: str, name: str, timeout: int) -> ServiceInfo:
            return ServiceInfo(kind, name)  # as the library does, which refuses the name

    assert told(Network(), IPPS, f"Card\n.{IPPS}") is None  # type: ignore[arg-type]


def test_each_printer_is_told_once_over_tls_where_it_can() -> None:
    found = [announced(info(kind, name)) for kind, name in ((IPPS, "B"), (IPP, "B"), (IPP, "A"))]
    assert [(each.name, each.secure) for each in each_once([*found, None])] == [("A", False), ("B", True)]


def test_a_value_without_words_is_none() -> None:
    assert announced(info(rp=None, pdl=None, ty=None)) == Announced(
        "Card", "", "192.0.2.7", 631, "ipps://192.0.2.7:631/ipp/print", ()
    )
