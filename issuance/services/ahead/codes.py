"""The code of a form that was filled in ahead: random, and the only key to it.

What the register keeps is encrypted under a key worked out from the code (HKDF-SHA256, RFC 5869), and found by a name
worked out from it apart. Who has the database and every key of the office has neither.
"""

from __future__ import annotations

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from issuance.errors import NotFound
from issuance.values import references

LENGTH = 29
"""Random letters and digits, of 31 kinds: 143 bits. A check character follows."""

GROUP = 5
KEY_BYTES, NAME_BYTES, NONCE_BYTES = 32, 16, 12
KEY, NAME = b"liman form filled ahead: key", b"liman form filled ahead: name"


def new() -> str:
    """A fresh code, thirty letters and digits without grouping."""
    return references.new_reference(LENGTH)


def normalise(text: str) -> str | None:
    """The code as it is used, of what was typed or scanned; None when it cannot be one."""
    return references.normalise(text[: 4 * LENGTH], LENGTH)


def grouped(code: str) -> str:
    """The form for people, who write it down: six groups of five."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def name(code: str) -> UUID:
    """By what the register finds the form of this code."""
    return UUID(bytes=_derived(code, NAME, NAME_BYTES))


def encrypt(code: str, plain: bytes) -> bytes:
    """What only this code opens."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_derived(code, KEY, KEY_BYTES)).encrypt(nonce, plain, name(code).bytes)


def decrypt(code: str, encrypted: bytes) -> bytes:
    """What `encrypt` made unreadable. NotFound when the bytes are not what they were: they are lost to everybody."""
    nonce, rest = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
    try:
        return AESGCM(_derived(code, KEY, KEY_BYTES)).decrypt(nonce, rest, name(code).bytes)
    except InvalidTag as error:
        raise NotFound("This form cannot be opened any more. Ask the family and write it at the window.") from error


def _derived(code: str, use: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt=None, info=use).derive(code.encode())
