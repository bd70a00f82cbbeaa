"""Checkpoints as signed notes (C2SP tlog-checkpoint, signed-note): a log was so long and had this root."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519, COSIGNATURE = b"\x01", b"\x04"
MOMENT_BYTES, LAST_MOMENT = 8, 1 << 37
"""The bytes of a moment, and which none is reached by: the year 6325."""
DASH = "\N{EM DASH}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long the log of this name was, and its root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """As it is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """A checkpoint with its log's signature."""
    text = checkpoint.text()
    signature = key_id(checkpoint.origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{DASH} {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def opened(note: str, origin: str, key: Ed25519PublicKey) -> Checkpoint | None:
    """The checkpoint of this log that a note is; None without a right signature by its key."""
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        if _is_right(line, f"{text}\n", origin, key):
            return _read(text, origin)
    return None


def verifier(origin: str, key: Ed25519PublicKey) -> str:
    """The key by which strangers open the log's notes, in one line (a vkey)."""
    shown = base64.b64encode(ED25519 + key.public_bytes_raw()).decode()
    return f"{origin}+{key_id(origin, key).hex()}+{shown}"


def key_id(origin: str, key: Ed25519PublicKey, kind: bytes = ED25519) -> bytes:
    """The four bytes by which a signature says whose it is."""
    return hashlib.sha256(origin.encode() + b"\n" + kind + key.public_bytes_raw()).digest()[:4]


def cosigned_at(line: str, text: str, name: str, key: Ed25519PublicKey) -> int | None:
    """When a cosigner signed this text of a checkpoint (C2SP tlog-cosignature), in seconds since 1970; None when the
    line is no right signature by its key.
    """
    said, _, encoded = line.removeprefix(f"{DASH} ").rpartition(" ")
    try:
        data = base64.b64decode(encoded, validate=True)
        moment = int.from_bytes(data[4 : 4 + MOMENT_BYTES], "big")
        key.verify(data[4 + MOMENT_BYTES :], f"cosignature/v1\ntime {moment}\n{text}".encode())
    except (binascii.Error, ValueError, InvalidSignature):
        return None
    is_its = line.startswith(DASH) and (said, data[:4]) == (name, key_id(name, key, COSIGNATURE))
    return moment if is_its and moment < LAST_MOMENT else None


def _is_right(line: str, text: str, origin: str, key: Ed25519PublicKey) -> bool:
    name, _, encoded = line.removeprefix(f"{DASH} ").rpartition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
        key.verify(signature[4:], text.encode())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return name == origin and signature[:4] == key_id(origin, key)


def _read(text: str, origin: str) -> Checkpoint | None:
    lines = text.split("\n")
    try:
        read = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    except (IndexError, ValueError):
        return None
    return read if read.origin == origin and read.text() == f"{text}\n" else None
