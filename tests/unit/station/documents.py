"""A whole document for a chip: plausible elementary files of any size, keys, and who opens its channel."""

from __future__ import annotations

import functools
import math
import uuid

import ecdsa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from card_drivers.card_keys import CardAnswer
from card_drivers.chips import personalisation, tlv
from card_drivers.chips.apdu import CardLimits
from card_drivers.chips.personalisation import Personalisation
from card_drivers.chips.secure_channel import session_keys
from card_drivers.device import CardConnection, Leave
from card_drivers.order import AccessKeys, ChannelKeys, ChannelRequest, ChipFound, ChipPart, Order
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import CardKeys, Memory

ACCESS = AccessKeys(document_number="L898902C", birth_date="690806", expiry_date="940623", can="123456")
UID = "04112233445566"
PACE, ACTIVE, CHIP, CHIP_KEY = (
    bytes.fromhex(oid) for oid in ("04007F000702020402", "678108010105", "04007F000702020302", "04007F000702020102")
)
PLAIN_SHA256 = bytes.fromhex("04007F00070101040103")


@functools.cache
def private_key(name: str, curve: str = "secp256r1") -> ec.EllipticCurvePrivateKey:
    curves: tuple[type[ec.EllipticCurve], ...] = (
        *(ec.SECP192R1, ec.SECP224R1, ec.SECP256R1, ec.SECP384R1, ec.SECP521R1),
        *(ec.BrainpoolP256R1, ec.BrainpoolP384R1),
    )
    return ec.generate_private_key(next(found() for found in curves if found.name == curve))


def pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def explicit_spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    """With the curve's parameters instead of its name, as another library writes them."""
    return bytes(ecdsa.VerifyingKey.from_der(spki(key)).to_der(curve_parameters_encoding="explicit"))


def info(oid: bytes, *values: bytes) -> bytes:
    return tlv.encode(0x30, tlv.encode(0x06, oid) + b"".join(values))


def integer(number: int) -> bytes:
    return tlv.encode(0x02, bytes([number]))


def files(names: tuple[str, ...], size: int = 16_000, suite: int = 2, parameters: int = 12) -> dict[str, bytes]:
    """Whole elementary files; DG2 has `size` bytes of picture."""
    pace = info(PACE + bytes([suite]), integer(2), integer(parameters))
    infos = pace + info(ACTIVE, integer(1), tlv.encode(0x06, PLAIN_SHA256))
    infos += info(CHIP + bytes([suite]), integer(1)) + info(CHIP_KEY, spki(private_key("chip")))
    tags = {"DG1": 0x61, "DG2": 0x75, "DG11": 0x6B, "DG12": 0x6C, "DG14": 0x6E, "DG15": 0x6F}
    listed = bytes(tag for name, tag in tags.items() if name in names)
    version = tlv.encode(0x5F01, b"0108") + tlv.encode(0x5F36, b"040000")
    contents = {
        "COM": (0x60, version + tlv.encode(0x5C, listed)),
        "DG1": (0x61, tlv.encode(0x5F1F, bytes(range(48, 138)))),
        "DG2": (0x75, bytes(number * 7 % 251 for number in range(size))),
        "DG11": (0x6B, b"names " * 40),
        "DG12": (0x6C, b"authority " * 8),
        "DG14": (0x6E, tlv.encode(0x31, infos)),
        "DG15": (0x6F, spki(private_key("active"))),
        "SOD": (0x77, b"signature " * 250),
        "CardAccess": (0x31, pace),
    }
    return {name: tlv.encode(*contents[name]) for name in names}


GENERIC = ("COM", "DG1", "DG2", "DG11", "DG12", "DG14", "DG15", "SOD", "CardAccess")
JMRTD = ("COM", "DG1", "DG2", "DG11", "DG12", "DG14", "SOD")


def part(profile: str = "generic-globalplatform", size: int = 16_000, suite: int | None = None) -> ChipPart:
    """The content of about 20 kB that this profile can take."""
    if profile == "jmrtd-applet":
        return ChipPart(
            profile=profile,
            files=files(JMRTD, size, suite or 1),
            access=ACCESS.model_copy(update={"can": ""}),
            keys={"chip": pkcs8(private_key("chip"))},
        )
    keys = {name: pkcs8(private_key(name)) for name in ("active", "chip")}
    return ChipPart(profile=profile, files=files(GENERIC, size, suite or 2), access=ACCESS, keys=keys)


class Manager:
    """The register's part: it lets everything be made, and gives the keys of one session with a chip."""

    def __init__(self, keys: CardKeys | None = None) -> None:
        self._keys = keys or CardKeys()

    def check_chip(self, found: ChipFound) -> None:
        """No chip was ever seen before."""

    def leave(self, order: Order) -> Leave:
        return Leave(math.inf, order.chip.keys if order.chip else {})

    def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
        answer = CardAnswer.parse(request.answer)
        return session_keys(self._keys.enc, self._keys.mac, request.host_challenge, answer.challenge)


class Counted:
    """A chip whose command APDUs are kept."""

    def __init__(self, chip: CardConnection) -> None:
        self.uid, self.atr, self.chip = chip.uid, chip.atr, chip
        self.sent: list[bytes] = []

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.sent.append(apdu)
        return self.chip.transmit(apdu)


def blank(**state: object) -> Counted:
    return Counted(VirtualChip(Memory.new(UID, **state)))


def personalisation_of(chip: CardConnection, content: ChipPart) -> Personalisation:
    return Personalisation(chip, content, personalisation.load(content.profile), uuid.UUID(int=7), Manager())


def fewest_apdus(content: ChipPart, limits: CardLimits) -> int:
    """The least number of APDUs that personalise `content`, read it back, lock, and read it through PACE or BAC with
    active and chip authentication: every command of the profile once, data in as few parts as the lengths allow, the
    header of a file of unknown length first.

    Written from the profiles' comments: SCP03 (padding of 1 to 16, MAC of 8), secure messaging with AES and 3DES.
    """
    sizes = [len(data) for data in content.files.values()]
    room = min(limits.command - 9, 65_535) if limits.command > 261 else 255
    answer = min(limits.response - 2, 65_536) if limits.response > 258 else 256
    if content.profile == "generic-globalplatform":
        keys = sum(2 + 3 + len(key) for key in content.keys.values())
        stream = sum(2 + (3 if size >= 255 else 1) + size for size in sizes) + keys + 3 + 40
        channel = (answer - 8) // 16 * 16 - 1
        encode = 2 + math.ceil(stream / ((room - 8) // 16 * 16 - 1))
        read_back = _parts(sizes, channel)
        applied = sizes[:-1]  # CardAccess lies in the MF
        verify = 1 + 5 + 2 + _with_header(applied, _protected(answer, 16)) + 1 + 2
        return 1 + encode + read_back + 1 + verify
    probes = len(personalisation.load(content.profile).files)
    encode = 2 * len(sizes) + _parts(sizes, room) + 1 + len(content.keys)
    reading = 2 + _parts(sizes, _protected(answer, 8))
    verify = 2 + _with_header(sizes, _protected(answer, 8))
    return 1 + probes + encode + len(sizes) + reading + 1 + 1 + verify + len(content.keys)


def _parts(sizes: list[int], room: int) -> int:
    return sum(math.ceil(size / room) for size in sizes)


def _with_header(sizes: list[int], room: int) -> int:
    return sum(1 + math.ceil((size - 4) / room) for size in sizes)


def _protected(answer: int, block: int) -> int:
    """Plain bytes in DO'87' (at most five bytes around it) beside DO'99' and DO'8E' of 14 bytes."""
    return (answer - 14 - (4 if answer <= 256 else 5)) // block * block - 1
