"""Basic access control (Doc 9303-11 section 4.3): keys from the MRZ, mutual authentication, 3DES session."""

from __future__ import annotations

import hashlib
import secrets
from hmac import compare_digest

from card_drivers.chips.apdu import Card, Command, StatusWord
from card_drivers.chips.secure_messaging import (
    SecureConnection,
    SecureMessaging,
    SecureMessagingError,
    Suite,
    decrypt,
    derive,
    encrypt,
    mac,
    pad,
    session,
)
from card_drivers.device import ChipError
from card_drivers.order import AccessKeys
from card_drivers.troubles import Trouble

NUMBER_LENGTH = 9  # a shorter document number is filled with "<"; a longer one is taken whole (appendix D.2)
WEIGHTS = (7, 3, 1)
STEP = "basic access control"


def mrz_information(access: AccessKeys) -> bytes:
    """Document number, date of birth and date of expiry, each with its check digit (section 4.3.2, appendix D.2)."""
    number = access.document_number.ljust(NUMBER_LENGTH, "<")
    fields = (number, access.birth_date, access.expiry_date)
    return "".join(field + check_digit(field) for field in fields).encode("ascii", "replace")


def check_digit(field: str) -> str:
    """Doc 9303-3 section 4.9: weights 7 3 1; a letter counts 10 to 35, anything else 0."""
    values = (int(character, 36) if character.isascii() and character.isalnum() else 0 for character in field)
    return str(sum(value * WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def document_keys(access: AccessKeys) -> tuple[bytes, bytes]:
    """K_Enc and K_MAC of this document (section 9.7.2)."""
    seed = hashlib.sha1(mrz_information(access), usedforsecurity=False).digest()[:16]
    return derive(seed, 1, Suite.TDES), derive(seed, 2, Suite.TDES)


def cryptogram(keys: tuple[bytes, bytes], first: bytes, second: bytes, key_part: bytes) -> bytes:
    """What either side sends: both challenges, its own first, and its part of the key, encrypted, and the MAC."""
    secret = encrypt(Suite.TDES, keys[0], bytes(8), first + second + key_part)
    return secret + mac(Suite.TDES, keys[1], pad(secret, 8))


def open_cryptogram(keys: tuple[bytes, bytes], data: bytes) -> tuple[bytes, bytes, bytes]:
    """Sender's challenge, receiver's challenge and the sender's part of the key. SecureMessagingError if not so."""
    secret, checksum = data[:-8], data[-8:]
    if len(data) != 40 or not compare_digest(mac(Suite.TDES, keys[1], pad(secret, 8)), checksum):
        raise SecureMessagingError("channel-mac")
    plain = decrypt(Suite.TDES, keys[0], bytes(8), secret)
    return plain[:8], plain[8:16], plain[16:]


def open_session(terminal_part: bytes, chip_part: bytes, terminal_rnd: bytes, chip_rnd: bytes) -> SecureMessaging:
    """The session of both parts of the key; its counter begins with the ends of both challenges (9.8.6.3)."""
    seed = bytes(one ^ other for one, other in zip(terminal_part, chip_part, strict=True))
    return session(seed, Suite.TDES, int.from_bytes(chip_rnd[-4:] + terminal_rnd[-4:], "big"))


def run(card: Card, access: AccessKeys) -> SecureConnection:
    """Open the eMRTD application, which is selected. ChipError when the chip refuses or does not know the MRZ."""
    advice = Trouble.of("chip-not-opened", by="MRZ")
    keys = document_keys(access)
    chip_rnd = card.send(f"{STEP}, challenge", Command(0, 0x84, 0, 0, expect=8), advice)
    if len(chip_rnd) != 8:
        raise ChipError(advice, f"{STEP}, challenge", StatusWord.OK)
    rnd, key_part = secrets.token_bytes(8), secrets.token_bytes(16)
    answer = card.send(STEP, Command(0, 0x82, 0, 0, cryptogram(keys, rnd, chip_rnd, key_part), expect=40), advice)
    try:
        said_chip_rnd, said_rnd, chip_part = open_cryptogram(keys, answer)
    except SecureMessagingError as error:
        raise ChipError(advice, STEP, StatusWord.OK) from error
    if (said_chip_rnd, said_rnd) != (chip_rnd, rnd):
        raise ChipError(advice, STEP, StatusWord.OK)
    return SecureConnection(card, open_session(key_part, chip_part, rnd, chip_rnd))
