"""PACE against OpenPACE, both ways: our terminal opens its chip, its terminal opens our virtual chip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from asn1crypto import core

from card_drivers.chips import pace, tlv
from card_drivers.chips.apdu import Card, Command
from card_drivers.chips.secure_messaging import SecureMessaging, Suite
from card_drivers.device import ChipError
from card_drivers.order import AccessKeys
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory
from tests.contract.openpace import Party

pytestmark = pytest.mark.contract

KEYS = AccessKeys(document_number="L898902C", birth_date="690806", expiry_date="940623", can="427591")
# The fields of Doc 9303-11, appendix D.2, on a card: OpenPACE takes them from there itself.
MRZ = "I<UTOL898902C<3<<<<<<<<<<<<<<<" + "6908061F9406236UTO<<<<<<<<<<<2" + "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
SECRETS = {"CAN": KEYS.can, "MRZ": MRZ}
WRONG = {"CAN": "427592", "MRZ": MRZ.replace("9406236", "9406247")}
OPEN_ACCESS = pytest.mark.parametrize("access", ["CAN", "MRZ"])
READ = Command(0x00, 0xB0, 0x81, 0x00, expect=256)
DG1 = b"\x61\x05hello"
P256, BRAINPOOL_P256 = 12, 13
PARAMETERS = [
    *((suite, domain) for suite in Suite for domain in (P256, BRAINPOOL_P256)),
    (Suite.AES_192, 16),
    (Suite.AES_256, 17),
    (Suite.AES_256, 18),
]


def card_access(suite: Suite, domain: int) -> bytes:
    """EF.CardAccess with one PACEInfo, written out by hand (Doc 9303-11, 9.2.1)."""
    oid = core.ObjectIdentifier(f"0.4.0.127.0.7.2.2.4.2.{suite.value}").dump()
    return tlv.encode(0x31, tlv.encode(0x30, oid + core.Integer(2).dump() + core.Integer(domain).dump()))


class OpenPaceChip:
    """A chip whose PACE is OpenPACE's; then it answers one protected command with DG1."""

    uid, atr = "04112233445566", bytes.fromhex("3B80800101")

    def __init__(self, party: Party, suite: Suite) -> None:
        self._party, self._suite = party, suite
        self._messaging: SecureMessaging | None = None

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        if self._messaging is not None:
            assert Command.parse(self._messaging.open_command(apdu)) == READ
            return self._messaging.protect_response(DG1, 0x9000), 0x9000
        command = Command.parse(apdu)
        assert command
        if command.ins == 0x22:
            return b"", 0x9000
        ((tag, value),) = tlv.parse(tlv.require(command.data, 0x7C)) or [(0x7F, b"")]
        answer = {0x7F: self._nonce, 0x81: self._map, 0x83: self._agree, 0x85: self._authenticate}[tag](value)
        return (tlv.encode(0x7C, tlv.encode(tag + 1, answer)), 0x9000) if answer else (b"", 0x6300)

    def _nonce(self, _: bytes) -> bytes:
        return self._party.encrypted_nonce()

    def _map(self, theirs: bytes) -> bytes:
        ours = self._party.mapping()
        self._party.map(theirs)
        return ours

    def _agree(self, theirs: bytes) -> bytes:
        self._theirs, ours = theirs, self._party.ephemeral()
        self._party.agree(theirs)
        return ours

    def _authenticate(self, token: bytes) -> bytes:
        if not self._party.verify(token):
            return b""
        self._messaging = SecureMessaging(self._suite, *self._party.keys())
        return self._party.token(self._theirs)


@contextmanager
def open_pace_chip(suite: Suite, domain: int, access: str) -> Iterator[Card]:
    with closing(Party(card_access(suite, domain), access, SECRETS[access])) as party:  # type: ignore[arg-type]
        yield Card(OpenPaceChip(party, suite))


@OPEN_ACCESS
@pytest.mark.parametrize(("suite", "domain"), PARAMETERS)
def test_our_terminal_opens_the_chip_of_openpace(suite: Suite, domain: int, access: pace.Access) -> None:
    (info,) = pace.infos(card_access(suite, domain))
    with open_pace_chip(suite, domain, access) as card:
        opened = pace.run(card, info, KEYS, access)
        assert opened.transmit(READ.encode()) == (DG1, 0x9000)


@OPEN_ACCESS
def test_the_chip_of_openpace_refuses_our_terminal_with_a_wrong_secret(access: pace.Access) -> None:
    (info,) = pace.infos(card_access(Suite.AES_128, P256))
    wrong = KEYS.model_copy(update={"can": "427592", "expiry_date": "940624"})
    with (
        open_pace_chip(Suite.AES_128, P256, access) as card,
        pytest.raises(ChipError, match="authenticate: status word 6300"),
    ):
        pace.run(card, info, wrong, access)


@OPEN_ACCESS
@pytest.mark.parametrize(("suite", "domain"), PARAMETERS)
def test_the_terminal_of_openpace_opens_our_chip(suite: Suite, domain: int, access: pace.Access) -> None:
    chip = finished(suite, domain)
    messaging = SecureMessaging(suite, *run_of_openpace(chip, suite, access, SECRETS[access]))
    for command, data in ((SELECT, b""), (READ, DG1)):
        answer, sw = chip.transmit(messaging.protect(command.encode()))
        assert messaging.open_response(answer, sw) == (data, 0x9000)


@OPEN_ACCESS
def test_our_chip_refuses_the_terminal_of_openpace_with_a_wrong_secret(access: pace.Access) -> None:
    with pytest.raises(AssertionError, match="6300"):
        run_of_openpace(finished(Suite.AES_128, P256), Suite.AES_128, access, WRONG[access])


SELECT = Command(0x00, 0xA4, 0x04, 0x0C, bytes.fromhex("A0000002471001"))


def finished(suite: Suite, domain: int) -> VirtualChip:
    memory = Memory.new("04112233445566", personalised=True, access=KEYS)
    memory.files = {"011c": bytearray(card_access(suite, domain)), "0101": bytearray(DG1)}
    return VirtualChip(memory)


def run_of_openpace(chip: VirtualChip, suite: Suite, access: pace.Access, secret: str) -> tuple[bytes, bytes]:
    """The whole run (Doc 9303-11, 4.4.4 and 4.4.5), every APDU written here; the session keys OpenPACE has."""
    read, sw = chip.transmit(bytes.fromhex("00B09C0000"))
    assert sw == 0x9000
    oid = bytes([0x80, 10]) + bytes.fromhex("04007F000702020402") + bytes([suite.value])
    reference = b"\x83\x01" + bytes([pace.REFERENCE[access]])
    assert chip.transmit(bytes.fromhex("0022C1A4") + bytes([15]) + oid + reference) == (b"", 0x9000)

    def exchange(cla: int, tag: int, data: bytes) -> bytes:
        template = tlv.encode(0x7C, tlv.encode(tag, data) if data else b"")
        answer, sw = chip.transmit(bytes([cla, 0x86, 0, 0, len(template)]) + template + b"\0")
        assert sw == 0x9000, f"{sw:04X}"
        return tlv.require(answer, 0x7C, tag + 1)

    with closing(Party(read, access, secret)) as party:
        party.take_nonce(exchange(0x10, 0x7F, b""))
        mapping = party.mapping()
        party.map(exchange(0x10, 0x81, mapping))
        ephemeral = party.ephemeral()
        theirs = exchange(0x10, 0x83, ephemeral)
        party.agree(theirs)
        assert party.verify(exchange(0x00, 0x85, party.token(theirs)))
        return party.keys()
