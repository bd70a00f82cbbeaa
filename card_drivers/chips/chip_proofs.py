"""Active and chip authentication (Doc 9303-11 section 6): a chip proves that it has the key its document names.

Whether the document's word is to be trusted is passive authentication, elsewhere. What cannot be checked here is a
`chip_keys.KeyRefused`: it says nothing against the chip.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from card_drivers.chips import tlv
from card_drivers.chips.apdu import LONGEST_EXPECT, SHORT_EXPECT, Command, StatusWord
from card_drivers.chips.chip_keys import WEAK_HASH, EcKey, KeyRefused, RsaKey, public_key
from card_drivers.chips.secure_messaging import SecureConnection, Suite, session
from card_drivers.device import ChipError
from card_drivers.troubles import Trouble

ACTIVE_INFO = "2.23.136.1.1.5"
PLAIN, X962 = "0.4.0.127.0.7.1.1.4.1", "1.2.840.10045.4"
HASHES = ("sha256", "sha384", "sha512", "sha224", "sha1")
SIGNATURES = {  # ecdsa-plain-signatures of TR-03111, ecdsa-with-... of X9.62
    f"{PLAIN}.1": "sha1", f"{PLAIN}.2": "sha224", f"{PLAIN}.3": "sha256", f"{PLAIN}.4": "sha384",
    f"{PLAIN}.5": "sha512",
    f"{X962}.1": "sha1", f"{X962}.3.1": "sha224", f"{X962}.3.2": "sha256", f"{X962}.3.3": "sha384",
    f"{X962}.3.4": "sha512",
}  # fmt: skip
CHIP_KEY, CHIP_KEY_DH = "0.4.0.127.0.7.2.2.1.2", "0.4.0.127.0.7.2.2.1.1"  # id-PK-ECDH, id-PK-DH
CHIP_INFO = "0.4.0.127.0.7.2.2.3.2."  # id-CA-ECDH, then the suite's number
CHIP_OID_PREFIX = bytes.fromhex("04007F000702020302")
ACTIVE, CHIP = "active authentication", "chip authentication"
ADVICE = Trouble.of("chip-keeps-no-word")

Note = Callable[[Trouble], None]


def active_authentication(connection: SecureConnection, dg15: bytes, dg14: bytes | None, note: Note) -> bool:
    """Whether the chip signs a challenge with the key of DG15 (section 6.1); what is weak in it is noted.

    ValueError (KeyRefused, TlvError) when nobody here can tell, before anything is sent; ChipError when it refuses.
    """
    key, named = public_key(tlv.require(dg15, 0x6F)), _named_hash(dg14)
    if key.weak:
        note(Trouble.of("active-key-weak", key=key.name))
    challenge = secrets.token_bytes(8)
    signature = _signature(connection, challenge, key)
    if isinstance(key, RsaKey):
        used = key.signed_with(signature, challenge)
    else:
        digests = [named] if named else HASHES
        used = next((digest for digest in digests if key.signed(signature, challenge, digest)), None)
    if used == WEAK_HASH:
        note(Trouble.of("active-hash-weak"))
    return used is not None


def _signature(connection: SecureConnection, challenge: bytes, key: EcKey | RsaKey) -> bytes:
    """INTERNAL AUTHENTICATE; a signature that fits no short answer is asked for in an extended one where that goes."""
    longer = isinstance(key, RsaKey) and key.bits // 8 > SHORT_EXPECT - 32 and connection.response_room > SHORT_EXPECT
    command = Command(0, 0x88, 0, 0, challenge, expect=LONGEST_EXPECT if longer else SHORT_EXPECT)
    try:
        return connection.send(ACTIVE, command, ADVICE)
    except ChipError as error:
        if not longer or error.sw != StatusWord.WRONG_LENGTH:
            raise
    return connection.send(ACTIVE, Command(0, 0x88, 0, 0, challenge, expect=SHORT_EXPECT), ADVICE)


def _named_hash(dg14: bytes | None) -> str | None:
    """The hash that DG14's ActiveAuthenticationInfo names; None without one: then any will do, for no other chip could
    make the signature with any."""
    for oid, _, value in tlv.security_infos(tlv.require(dg14, 0x6E)) if dg14 else ():
        if oid == ACTIVE_INFO:
            found = SIGNATURES.get(tlv.oid(tlv.require(value, 0x06)))
            if found is None:
                raise KeyRefused("key-algorithm-unknown")
            return found
    return None


@dataclass(frozen=True)
class ChipKey:
    """A key for chip authentication that DG14 names, with its cipher; `identifier` "" when there is only one."""

    suite: Suite
    key: EcKey
    identifier: bytes

    @property
    def oid(self) -> bytes:
        """The protocol's object identifier, value bytes only."""
        return CHIP_OID_PREFIX + bytes([self.suite.value])

    @property
    def reference(self) -> bytes:
        """DO'84', when the chip has several keys."""
        return tlv.encode(0x84, self.identifier) if self.identifier else b""


def chip_key(dg14: bytes) -> ChipKey | None:
    """The key with the strongest cipher of those we can do; None when DG14 has none. ValueError when it is damaged.

    KeyRefused when it has keys and we can do none of them.
    """
    infos = tlv.security_infos(tlv.require(dg14, 0x6E))
    keys = {_integer(identifier): spki for oid, spki, identifier in infos if oid == CHIP_KEY}
    suites = [
        (int(oid.removeprefix(CHIP_INFO)), _integer(identifier))
        for oid, version, identifier in infos
        if oid.removeprefix(CHIP_INFO) in ("1", "2", "3", "4") and version == b"\x02\x01\x01"
    ]
    named = [(Suite(number), identifier) for number, identifier in sorted(suites, reverse=True) if identifier in keys]
    if not named:
        if keys or any(oid == CHIP_KEY_DH for oid, _, _ in infos):
            raise KeyRefused("key-agreement-unknown")
        return None
    return _first_usable(named, keys)


def _first_usable(named: Iterable[tuple[Suite, bytes]], keys: dict[bytes, bytes]) -> ChipKey:
    refused = KeyRefused("key-agreement-unknown")
    for suite, identifier in named:
        try:
            key = public_key(keys[identifier])
        except KeyRefused as error:
            refused = error
            continue
        if isinstance(key, EcKey):
            return ChipKey(suite, key, identifier)
    raise refused


def _integer(data: bytes) -> bytes:
    """The value of an INTEGER, b"" for none."""
    return tlv.require(data, 0x02) if data else b""


def chip_authentication(connection: SecureConnection, key: ChipKey) -> SecureConnection:
    """The connection with the session of the chip's own key (section 6.2); whoever speaks on through it has the key.

    ChipError when the chip refuses.
    """
    public, shared = key.key.agree()
    if key.suite is Suite.TDES:
        template = Command(0, 0x22, 0x41, 0xA6, tlv.encode(0x91, public) + key.reference)
        connection.send(f"{CHIP}, set", template, ADVICE)
    else:
        template = Command(0, 0x22, 0x41, 0xA4, tlv.encode(0x80, key.oid) + key.reference)
        connection.send(f"{CHIP}, set", template, ADVICE)
        authenticate = tlv.encode(0x7C, tlv.encode(0x80, public))
        connection.send(CHIP, Command(0, 0x86, 0, 0, authenticate, expect=256), ADVICE)
    return SecureConnection(connection.card, session(shared, key.suite))
