"""Secure messaging of the eMRTD (Doc 9303-11 section 9.8): both roles, 3DES and AES, and the key derivation (9.7.1)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import Enum
from hmac import compare_digest
from typing import NoReturn, Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from card_drivers.chips import tlv
from card_drivers.chips.apdu import LONGEST_EXPECT, SHORT_DATA, SHORT_EXPECT, Card, CardLimits, Command
from card_drivers.device import ChipError
from card_drivers.troubles import Trouble, Troubled


class SecureMessagingError(Troubled, ValueError):
    """A message is not protected as it must be; the session is over."""


class Suite(Enum):
    """A cipher of secure messaging; the value is the last number of its protocols' object identifiers (9.2.3)."""

    TDES = 1
    AES_128 = 2
    AES_192 = 3
    AES_256 = 4

    @property
    def block(self) -> int:
        """Bytes of a block, and of the send sequence counter."""
        return 8 if self is Suite.TDES else 16

    @property
    def key_length(self) -> int:
        """Bytes of a key; 3DES has two keys of eight."""
        return {Suite.TDES: 16, Suite.AES_128: 16, Suite.AES_192: 24, Suite.AES_256: 32}[self]

    def algorithm(self, key: bytes) -> BlockCipherAlgorithm:
        """The block cipher with this key."""
        return TripleDES(key + key[:8]) if self is Suite.TDES else AES(key)


def derive(secret: bytes, counter: int, suite: Suite) -> bytes:
    """KDF(K, c) of Doc 9303-11 section 9.7.1: c is 1 for encryption, 2 for the MAC, 3 for a password."""
    digest = hashlib.sha1 if suite in (Suite.TDES, Suite.AES_128) else hashlib.sha256
    key = digest(secret + counter.to_bytes(4, "big"), usedforsecurity=False).digest()[: suite.key_length]
    return _odd_parity(key) if suite is Suite.TDES else key


def _odd_parity(key: bytes) -> bytes:
    """DES ignores the lowest bit of each byte; the standard's examples have it set for odd parity."""
    return bytes(byte & 0xFE | (byte >> 1).bit_count() & 1 ^ 1 for byte in key)


def pad(data: bytes, block: int) -> bytes:
    """ISO 9797-1 padding method 2."""
    return data + b"\x80" + b"\0" * (-(len(data) + 1) % block)


def unpad(data: bytes) -> bytes:
    """Without padding method 2. SecureMessagingError when there is none."""
    stripped = data.rstrip(b"\0")
    if stripped[-1:] != b"\x80":
        raise SecureMessagingError("channel-padding")
    return stripped[:-1]


def encrypt(suite: Suite, key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC over whole blocks."""
    run = Cipher(suite.algorithm(key), modes.CBC(iv)).encryptor()
    return run.update(data) + run.finalize()


def decrypt(suite: Suite, key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC over whole blocks. SecureMessagingError when they are not whole."""
    if not data or len(data) % suite.block:
        raise SecureMessagingError("channel-blocks")
    run = Cipher(suite.algorithm(key), modes.CBC(iv)).decryptor()
    return run.update(data) + run.finalize()


def mac(suite: Suite, key: bytes, data: bytes) -> bytes:
    """Eight bytes over `data`, which is padded as the clause says: retail MAC (9.8.6.2) or CMAC (9.8.7.2)."""
    if suite is Suite.TDES:
        return _retail_mac(key, data)
    run = CMAC(AES(key))
    run.update(data)
    return run.finalize()[:8]


def _retail_mac(key: bytes, data: bytes) -> bytes:
    """ISO 9797-1 algorithm 3: single DES in CBC, its last step undone with the second key and done again with the
    first. That is two-key 3DES on the last block; 3DES with three equal keys is DES."""
    chain = encrypt(Suite.TDES, key[:8] * 2, bytes(8), data[:-8])[-8:] or bytes(8)
    return encrypt(Suite.TDES, key, chain, data[-8:])


class SecureMessaging:
    """One session of either role. `counter` is the SSC that the key agreement left (9.8.6.3: zero but after BAC).

    Each message counts; after SecureMessagingError nothing goes through any more (9.8.3).
    """

    def __init__(self, suite: Suite, enc: bytes, mac: bytes, counter: int = 0) -> None:
        self._suite = suite
        self._enc = enc
        self._mac = mac
        self._counter = counter
        self._odd = False
        self._over = False

    def protect(self, apdu: bytes) -> bytes:
        """Terminal: the protected command for a plain one."""
        command = Command.parse(apdu)
        if command is None:
            raise ValueError("no command APDU")
        self._count()
        self._odd = bool(command.ins & 1)
        objects = self._data_object(command.data) + _expect_object(command)
        command = replace(command, cla=command.cla | 0x0C)
        objects += tlv.encode(0x8E, self._checksum(command, objects))
        extended = len(objects) > SHORT_DATA or command.extended or self._outgrows(command.expect or 0)
        return replace(command, data=objects, expect=LONGEST_EXPECT if extended else SHORT_EXPECT).encode()

    def open_response(self, data: bytes, sw: int) -> tuple[bytes, int]:
        """Terminal: plain data and status word of a protected response. SecureMessagingError ends the session."""
        self._count()
        objects = self._objects(data)
        status = tlv.find(objects, 0x99)
        if status is None or status != sw.to_bytes(2, "big"):
            self._fail(Trouble.of("channel-status"))
        self._verify(b"", data)
        return self._data(objects), sw

    def open_command(self, apdu: bytes) -> bytes:
        """Chip: the plain command of a protected one. SecureMessagingError ends the session."""
        command = Command.parse(apdu)
        if command is None or command.cla & 0x0C != 0x0C:
            self._fail(Trouble.of("channel-unsecured"))
        self._count()
        self._odd = bool(command.ins & 1)
        objects = self._objects(command.data)
        self._verify(self._header(command), command.data)
        expect = tlv.find(objects, 0x97)
        if expect is not None and len(expect) not in (1, 2):
            self._fail(Trouble.of("channel-expected"))
        wanted = None if expect is None else int.from_bytes(expect, "big") or 256 ** len(expect)
        return replace(command, cla=command.cla & ~0x0C, data=self._data(objects), expect=wanted).encode()

    def protect_response(self, data: bytes, sw: int) -> bytes:
        """Chip: the protected response data; the status word goes after it as it is."""
        self._count()
        objects = self._data_object(data) + tlv.encode(0x99, sw.to_bytes(2, "big"))
        return objects + tlv.encode(0x8E, self._checksum(None, objects))

    def command_room(self, limits: CardLimits) -> int:
        """Bytes of plain data in one command within the card's limits."""
        return self._whole_blocks(limits.command_room - 10 - 4)

    def response_room(self, limits: CardLimits) -> int:
        """Bytes of plain data in one response within the card's limits."""
        return self._whole_blocks(limits.response_room - 10 - 4)

    def _whole_blocks(self, room: int) -> int:
        """What fits beside MAC and DO'97' or DO'99': tag, length, padding indicator, at least one byte of padding."""
        return (room - (4 if room < 0x100 else 5)) // self._suite.block * self._suite.block - 1

    def _outgrows(self, expect: int) -> bool:
        """Whether the protected answer is too long for the short form; 256 asks for any answer that is short."""
        block = self._suite.block
        return expect != SHORT_EXPECT and expect // block * block + block + 4 + 14 > SHORT_EXPECT

    def _count(self) -> None:
        if self._over:
            raise SecureMessagingError("channel-over")
        self._counter = (self._counter + 1) % 256**self._suite.block

    def _fail(self, reason: Trouble) -> NoReturn:
        self._over = True
        raise SecureMessagingError(reason)

    @property
    def _ssc(self) -> bytes:
        return self._counter.to_bytes(self._suite.block, "big")

    def _iv(self) -> bytes:
        """Zero for 3DES, the encrypted counter for AES (9.8.6.1, 9.8.7.1)."""
        if self._suite is Suite.TDES:
            return bytes(8)
        return encrypt(self._suite, self._enc, bytes(16), self._ssc)

    def _header(self, command: Command) -> bytes:
        return pad(bytes((command.cla, command.ins, command.p1, command.p2)), self._suite.block)

    def _checksum(self, command: Command | None, objects: bytes) -> bytes:
        header = self._header(command) if command else b""
        return mac(self._suite, self._mac, pad(self._ssc + header + objects, self._suite.block))

    def _data_object(self, data: bytes) -> bytes:
        """DO'87' with its padding indicator, DO'85' for an odd instruction, nothing without data."""
        if not data:
            return b""
        secret = encrypt(self._suite, self._enc, self._iv(), pad(data, self._suite.block))
        return tlv.encode(0x85, secret) if self._odd else tlv.encode(0x87, b"\x01" + secret)

    def _objects(self, data: bytes) -> list[tuple[int, bytes]]:
        try:
            return tlv.parse(data)
        except tlv.TlvError:
            self._fail(Trouble.of("channel-objects"))

    def _verify(self, header: bytes, data: bytes) -> None:
        """The MAC is the last object and covers all others as they came."""
        covered, checksum = data[:-10], data[-10:]
        expected = mac(self._suite, self._mac, pad(self._ssc + header + covered, self._suite.block))
        if not compare_digest(checksum, tlv.encode(0x8E, expected)):
            self._fail(Trouble.of("channel-mac"))

    def _data(self, objects: list[tuple[int, bytes]]) -> bytes:
        secret = tlv.find(objects, 0x85 if self._odd else 0x87)
        if secret is None:
            return b""
        if not self._odd:
            if secret[:1] != b"\x01":
                self._fail(Trouble.of("channel-padding"))
            secret = secret[1:]
        try:
            return unpad(decrypt(self._suite, self._enc, self._iv(), secret))
        except SecureMessagingError as error:
            self._fail(error.trouble)


def _expect_object(command: Command) -> bytes:
    """DO'97': one byte, or two when the command is extended."""
    if command.expect is None:
        return b""
    width = 2 if command.extended else 1
    return tlv.encode(0x97, (command.expect % 256**width).to_bytes(width, "big"))


def session(secret: bytes, suite: Suite, counter: int = 0) -> SecureMessaging:
    """The session that a key agreement's shared secret opens (9.7.4)."""
    return SecureMessaging(suite, derive(secret, 1, suite), derive(secret, 2, suite), counter)


class ChannelBroken(ChipError):
    """What came back does not belong to the secure channel: the chip has other keys, or lost them."""


class Session(Protocol):
    """The terminal's side of a secure channel: secure messaging, or SCP03 (`secure_channel.HostChannel`)."""

    def protect(self, apdu: bytes) -> bytes:
        """The protected command for a plain one."""

    def open_response(self, data: bytes, sw: int) -> tuple[bytes, int]:
        """Plain data and status word. SecureMessagingError when it is not what the chip said."""

    def command_room(self, limits: CardLimits) -> int:
        """Bytes of plain data in one command."""

    def response_room(self, limits: CardLimits) -> int:
        """Bytes of plain data in one response."""


class SecureConnection(Card):
    """A card through a secure channel; `card` is the same without it."""

    def __init__(self, card: Card, session: Session) -> None:
        super().__init__(card, card.limits)
        self.card = card
        self._session = session

    @property
    def command_room(self) -> int:
        """Bytes of plain data in one protected command."""
        return self._session.command_room(self.limits)

    @property
    def response_room(self) -> int:
        """Bytes of plain data in one protected response."""
        return self._session.response_room(self.limits)

    def shorten(self) -> None:
        """Short lengths from now on, in the channel and below it."""
        super().shorten()
        self.card.shorten()

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """One protected exchange; after 6Cxx a new command with the right Le. ChannelBroken when an answer is not
        protected as it must be."""
        data, sw = self._exchange(apdu)
        command = Command.parse(apdu)
        again = command.with_right_length(sw) if command else None
        return self._exchange(again.encode()) if again else (data, sw)

    def _exchange(self, apdu: bytes) -> tuple[bytes, int]:
        sw = None
        try:
            data, sw = self.card.transmit(self._session.protect(apdu))
            return self._session.open_response(data, sw)
        except SecureMessagingError as error:
            raise ChannelBroken("channel-broke", "secure channel", sw).because(error) from error
