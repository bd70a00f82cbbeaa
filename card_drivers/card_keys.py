"""Card-manager keys: what opens blank chips, and the session keys of one channel (GlobalPlatform SCP03, Amendment D).

Whoever holds them, the register or a site that personalises for others, derives here what a station gets. A key does
nothing but AES-CMAC, so that it may lie in a token (`StaticKey.mac`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from functools import partial
from hmac import compare_digest
from typing import Annotated, Literal, Protocol, TypeVar

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from card_drivers.order import ChannelKeys, ChannelRequest
from card_drivers.troubles import Troubled

Purpose = Literal["enc", "mac"]
CHALLENGE_BYTES = CRYPTOGRAM_BYTES = 8
BLOCK = 16
SCP03 = 0x03
ANSWER_BYTES = (29, 32)  # without and with the sequence counter
_DIVERSIFIED: dict[Purpose, int] = {"enc": 0x01, "mac": 0x02}
"""Constants of our derivation of a card's own keys from a master set: the key's number in its set (table 6-2)."""


class NoChannel(Troubled):
    """No channel to this chip can be opened; the trouble says why and what to do. It holds no key."""


class Derivation(IntEnum):
    """Derivation constants (Amendment D, table 4-1)."""

    CARD_CRYPTOGRAM = 0x00
    HOST_CRYPTOGRAM = 0x01
    CARD_CHALLENGE = 0x02
    S_ENC = 0x04
    S_MAC = 0x06
    S_RMAC = 0x07


class Options(IntFlag):
    """The parameter i in the card's answer (Amendment D, table 5-1)."""

    S16 = 0x01
    PSEUDO_RANDOM = 0x10
    R_MAC = 0x20
    R_ENCRYPTION = 0x40


@dataclass(frozen=True)
class CardAnswer:
    """The answer to INITIALIZE UPDATE (section 7.1.1.6); `sequence` is there when the challenge is pseudo-random."""

    diversification: bytes
    key_version: int
    options: int
    challenge: bytes
    cryptogram: bytes
    sequence: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> CardAnswer:
        """NoChannel when it is not an answer of SCP03 in S8 mode."""
        if len(data) not in ANSWER_BYTES or data[11] != SCP03 or data[12] & Options.S16:
            raise NoChannel("channel-no-scp")
        return cls(data[:10], data[10], data[12], data[13:21], data[21:29], data[29:])

    def encode(self) -> bytes:
        """The data of the card's answer."""
        information = bytes([self.key_version, SCP03, self.options])
        return self.diversification + information + self.challenge + self.cryptogram + self.sequence


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC (SP 800-38B) under a key of 16, 24 or 32 bytes."""
    run = CMAC(AES(key))
    run.update(data)
    return run.finalize()


def derive(mac: Callable[[bytes], bytes], constant: int, context: bytes, length: int) -> bytes:
    """`length` bytes of NIST SP 800-108 in counter mode with `mac`; the counter comes after label and length
    (Amendment D, section 4.1.5)."""
    label = bytes(11) + bytes([constant, 0]) + (8 * length).to_bytes(2, "big")
    blocks = (mac(label + bytes([number]) + context) for number in range(1, -(-length // BLOCK) + 1))
    return b"".join(blocks)[:length]


@dataclass(frozen=True)
class StaticKey:
    """One key of a card: its length in bytes, and the AES-CMAC under it, wherever it lies."""

    length: int
    mac: Callable[[bytes], bytes] = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> StaticKey:
        """A key in memory."""
        return cls(len(key), partial(cmac, key))

    def derive(self, constant: int, context: bytes) -> bytes:
        """A key as long as this one."""
        return derive(self.mac, constant, context, self.length)

    def of_card(self, purpose: Purpose, diversification: bytes) -> StaticKey:
        """A card's own key, when this one is of a master set."""
        return StaticKey.of(self.derive(_DIVERSIFIED[purpose], diversification))


class KeySet(Protocol):
    """One set of keys by its version. `diversified`: a master set, of which each card has its own."""

    @property
    def version(self) -> int:
        """As the chip names it."""

    @property
    def diversified(self) -> bool:
        """Whether each card has keys of its own."""

    def key(self, purpose: Purpose) -> StaticKey:
        """The key of the set."""


AnySet = TypeVar("AnySet", bound=KeySet)


class CardKeys(Protocol):
    """Every key set of whoever holds them."""

    def of_version(self, version: int) -> KeySet:
        """The set with the version that the chip names; NoChannel when there is none."""


def _aes_key(digits: str) -> str:
    if len(bytes.fromhex(digits)) not in (16, 24, 32):
        raise ValueError("an AES key has 16, 24 or 32 bytes")
    return digits


Key = Annotated[str, AfterValidator(_aes_key)]


class HexSet(BaseModel):
    """A key set in hexadecimal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    version: int = Field(ge=0, le=0xFF)
    diversified: bool = False
    enc: Key = Field(repr=False)
    mac: Key = Field(repr=False)
    dek: Key = Field(repr=False)

    def key(self, purpose: Purpose) -> StaticKey:
        """The key of the set."""
        return StaticKey.of(bytes.fromhex(getattr(self, purpose)))


class HexKeys(BaseModel):
    """Every key set, in hexadecimal: a file's content."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sets: tuple[HexSet, ...] = Field(min_length=1)

    def of_version(self, version: int) -> HexSet:
        """The set with the version that the chip names; NoChannel when there is none."""
        return find_set(self.sets, version)


def find_set(sets: tuple[AnySet, ...], version: int) -> AnySet:
    """The set with this version; NoChannel when there is none."""
    found = next((one for one in sets if one.version == version), None)
    if found is None:
        raise NoChannel("card-keys-no-version", version=f"{version:02X}")
    return found


def channel_keys(keys: CardKeys, request: ChannelRequest) -> tuple[ChannelKeys, int]:
    """The session keys of the channel that a chip opened, and the version of their set.

    The chip proves by its cryptogram that it has the same keys; NoChannel when it does not, or is no such chip.
    """
    answer = CardAnswer.parse(request.answer)
    if len(request.host_challenge) != CHALLENGE_BYTES:
        raise NoChannel("card-keys-challenge")
    enc, mac = _of_card(keys.of_version(answer.key_version), answer.diversification)
    context = request.host_challenge + answer.challenge
    session = session_keys(enc, mac, context)
    expected = derive(partial(cmac, session.mac), Derivation.CARD_CRYPTOGRAM, context, CRYPTOGRAM_BYTES)
    if not compare_digest(expected, answer.cryptogram):
        raise NoChannel("card-keys-other", version=f"{answer.key_version:02X}")
    return session, answer.key_version


def session_keys(enc: StaticKey, mac: StaticKey, challenges: bytes) -> ChannelKeys:
    """The session keys from a card's own keys and both challenges, the host's first (Amendment D, section 6.2.1)."""
    return ChannelKeys(
        enc=enc.derive(Derivation.S_ENC, challenges),
        mac=mac.derive(Derivation.S_MAC, challenges),
        rmac=mac.derive(Derivation.S_RMAC, challenges),
    )


def _of_card(found: KeySet, diversification: bytes) -> tuple[StaticKey, StaticKey]:
    """The card's own ENC and MAC keys: of the set itself, or derived from it with the card's diversification data."""
    enc, mac = found.key("enc"), found.key("mac")
    if not found.diversified:
        return enc, mac
    return enc.of_card("enc", diversification), mac.of_card("mac", diversification)
