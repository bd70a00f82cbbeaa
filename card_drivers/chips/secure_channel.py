"""GlobalPlatform SCP03 (Card Specification 2.3, Amendment D 1.1.2, S8 mode): both roles of the secure channel.

The station has session keys only (`order.ChannelKeys`, from the register); the virtual chip derives them itself.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from enum import IntFlag
from functools import partial
from hmac import compare_digest
from uuid import UUID

from card_drivers import card_keys
from card_drivers.card_keys import CardAnswer, Derivation, NoChannel, Options, StaticKey, cmac
from card_drivers.chips.apdu import LONGEST_EXPECT, SHORT_DATA, SHORT_EXPECT, Card, CardLimits, Command, StatusWord
from card_drivers.chips.secure_messaging import (
    SecureConnection,
    SecureMessagingError,
    Suite,
    decrypt,
    encrypt,
    pad,
    unpad,
)
from card_drivers.device import ChipError, KeyService
from card_drivers.order import ChannelKeys, ChannelRequest
from card_drivers.troubles import Trouble

CHALLENGE, MAC = 8, 8  # bytes
SECURED = 0x04  # class bit of GlobalPlatform's secure messaging
INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE = 0x50, 0x82
_BLOCK = 16
_SUITES = {16: Suite.AES_128, 24: Suite.AES_192, 32: Suite.AES_256}


class Level(IntFlag):
    """Security levels (Amendment D, table 7-4)."""

    C_MAC = 0x01
    C_DECRYPTION = 0x02
    R_MAC = 0x10
    R_ENCRYPTION = 0x20


FULL = 0x33


def derive(key: bytes, constant: Derivation, context: bytes, length: int) -> bytes:
    """`length` bytes from a key in memory (`card_keys.derive`)."""
    return card_keys.derive(partial(cmac, key), constant, context, length)


def session_keys(enc: bytes, mac: bytes, host_challenge: bytes, card_challenge: bytes) -> ChannelKeys:
    """The session keys from a card's static keys Key-ENC and Key-MAC in memory."""
    return card_keys.session_keys(StaticKey.of(enc), StaticKey.of(mac), host_challenge + card_challenge)


def cryptogram(keys: ChannelKeys, constant: Derivation, host_challenge: bytes, card_challenge: bytes) -> bytes:
    """The card's or the host's proof that it has the session keys (section 6.2.2.2 and 6.2.2.3)."""
    return derive(keys.mac, constant, host_challenge + card_challenge, CHALLENGE)


class _Channel:
    """What both roles keep: keys, level, the MAC that chains the commands, the counter of encrypted commands."""

    def __init__(self, keys: ChannelKeys, level: int = Level.C_MAC) -> None:
        self.level = level
        self._keys = keys
        self._chain = bytes(_BLOCK)
        self._counter = 0
        self._over = False

    def _suite(self) -> Suite:
        return _SUITES[len(self._keys.enc)]

    def _iv(self, response: bool) -> bytes:
        """The counter block, encrypted (sections 6.2.6 and 6.2.7)."""
        block = (b"\x80" if response else b"\0") + self._counter.to_bytes(_BLOCK - 1, "big")
        return encrypt(self._suite(), self._keys.enc, bytes(_BLOCK), block)

    def _command_mac(self, command: Command) -> bytes:
        """C-MAC over the chaining value, the header with the final Lc, and the data (section 6.2.4)."""
        unsigned = replace(command, data=command.data + bytes(MAC)).encode()
        end = len(unsigned) - MAC - (0 if command.expect is None else 2 if _extended(command) else 1)
        self._chain = cmac(self._keys.mac, self._chain + unsigned[:end])
        return self._chain[:MAC]

    def command_room(self, limits: CardLimits) -> int:
        """Bytes of plain data in one command."""
        return (limits.command_room - MAC) // _BLOCK * _BLOCK - 1

    def response_room(self, limits: CardLimits) -> int:
        """Bytes of plain data in one response."""
        return (limits.response_room - MAC) // _BLOCK * _BLOCK - 1

    def _response_mac(self, data: bytes, sw: int) -> bytes:
        return cmac(self._keys.rmac, self._chain + data + sw.to_bytes(2, "big"))[:MAC]


def _extended(command: Command) -> bool:
    """Whether the command is extended once its MAC is there."""
    return command.extended or len(command.data) + MAC > SHORT_DATA


def _expect(command: Command) -> int:
    """Le for a secured answer: the longest of the form that has room for padding and MAC. 256 is any short answer."""
    secured = (command.expect or 0) // _BLOCK * _BLOCK + _BLOCK + MAC
    outgrows = command.expect != SHORT_EXPECT and secured > SHORT_EXPECT
    return LONGEST_EXPECT if _extended(command) or outgrows else SHORT_EXPECT


def _protected(sw: int) -> bool:
    """Only success and warnings carry a MAC; an error comes as a bare status word (section 6.2.5)."""
    return sw == StatusWord.OK or sw >> 8 in (0x62, 0x63)


class HostChannel(_Channel):
    """The host's side; `level` takes effect with the command after EXTERNAL AUTHENTICATE.

    Secured answers are asked for with the longest Le of the command's form: the card gives what fits.
    """

    def protect(self, apdu: bytes) -> bytes:
        """The secured command for a plain one."""
        command = Command.parse(apdu)
        if command is None:
            raise ValueError("no command APDU")
        if self._over:
            raise SecureMessagingError("channel-over")
        command = replace(command, cla=command.cla | SECURED)
        if self.level & Level.C_DECRYPTION:
            self._counter += 1
            if command.data:
                secret = encrypt(self._suite(), self._keys.enc, self._iv(False), pad(command.data, _BLOCK))
                command = replace(command, data=secret)
        if self.level & Level.R_MAC:
            command = replace(command, expect=_expect(command))
        return replace(command, data=command.data + self._command_mac(command)).encode()

    def open_response(self, data: bytes, sw: int) -> tuple[bytes, int]:
        """Plain data and status word. SecureMessagingError when the R-MAC is missing or wrong."""
        if not self.level & Level.R_MAC or not _protected(sw):
            return data, sw
        plain, checksum = data[:-MAC], data[-MAC:]
        if not compare_digest(checksum, self._response_mac(plain, sw)):
            self._over = True
            raise SecureMessagingError("channel-mac")
        if self.level & Level.R_ENCRYPTION and plain:
            plain = unpad(decrypt(self._suite(), self._keys.enc, self._iv(True), plain))
        return plain, sw


class CardChannel(_Channel):
    """The card's side. It opens every command at `level`, which EXTERNAL AUTHENTICATE raises from C-MAC."""

    def open_command(self, apdu: bytes) -> bytes:
        """The plain command of a secured one. SecureMessagingError when its MAC is missing or wrong."""
        command = Command.parse(apdu)
        if command is None or not command.cla & SECURED or len(command.data) < MAC:
            raise SecureMessagingError("channel-unsecured")
        checksum, command = command.data[-MAC:], replace(command, data=command.data[:-MAC])
        if not compare_digest(self._command_mac_of(apdu, command), checksum):
            raise SecureMessagingError("channel-mac")
        if self.level & Level.C_DECRYPTION:
            self._counter += 1
            if command.data:
                plain = unpad(decrypt(self._suite(), self._keys.enc, self._iv(False), command.data))
                command = replace(command, data=plain)
        return replace(command, cla=command.cla & ~SECURED).encode()

    def _command_mac_of(self, apdu: bytes, command: Command) -> bytes:
        """As `_command_mac`, over the header and Lc as they came: a host may send a short command extended."""
        length_field = 3 if apdu[4] == 0 else 1
        self._chain = cmac(self._keys.mac, self._chain + apdu[: 4 + length_field] + command.data)
        return self._chain[:MAC]

    def protect_response(self, data: bytes, sw: int) -> bytes:
        """The secured response data; an error has none."""
        if not self.level & Level.R_MAC or not _protected(sw):
            return data
        if self.level & Level.R_ENCRYPTION and data:
            data = encrypt(self._suite(), self._keys.enc, self._iv(True), pad(data, _BLOCK))
        return data + self._response_mac(data, sw)


def open_channel(card: Card, claim_id: UUID, keys: KeyService, key_version: int, level: int) -> SecureConnection:
    """INITIALIZE UPDATE and EXTERNAL AUTHENTICATE to the selected application; the register gives the session keys.

    ChipError when the card refuses, or proves that it has other keys; DeviceError when the register refuses.
    """
    step, advice = "authenticate", Trouble.of("chip-not-ours")
    challenge = secrets.token_bytes(CHALLENGE)
    command = Command(0x80, INITIALIZE_UPDATE, key_version, 0, challenge, expect=256)
    data = card.send(f"{step}, initialize", command, advice)
    try:
        answer = CardAnswer.parse(data)
    except NoChannel as error:
        raise ChipError(error.trouble, step, StatusWord.OK) from error
    if level & Level.R_MAC and not answer.options & Options.R_MAC:
        raise ChipError("chip-no-answer-mac", step, StatusWord.OK)
    session = keys.channel_keys(ChannelRequest(claim_id=claim_id, host_challenge=challenge, answer=data))
    expected = cryptogram(session, Derivation.CARD_CRYPTOGRAM, challenge, answer.challenge)
    if not compare_digest(expected, answer.cryptogram):
        raise ChipError(advice, step, StatusWord.OK)
    channel = HostChannel(session)
    connection = SecureConnection(card, channel)
    proof = cryptogram(session, Derivation.HOST_CRYPTOGRAM, challenge, answer.challenge)
    connection.send(step, Command(0x80, EXTERNAL_AUTHENTICATE, level, 0, proof), advice)
    channel.level = level
    return connection
