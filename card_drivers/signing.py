"""What stations and the register sign and encrypt for each other: the same bytes on both sides."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from uuid import UUID

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from card_drivers.order import LeaveGiven

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
"""RFC 9180, base mode: how the register encrypts to one station."""

STATION, INSTANCE, SIGNATURE = "Liman-Station", "Liman-Instance", "Liman-Signature"
"""The headers of a request: who sends it, which of its processes, Ed25519 (RFC 8032, base64) over `request_said`."""


def request_said(method: str, path: str, station_id: UUID, instance: UUID, body: bytes) -> bytes:
    """What a station signs of one request: it fits no other address, body, station or instance."""
    parts = ("liman station request", method, path, str(station_id), str(instance), hashlib.sha256(body).hexdigest())
    return "\n".join(parts).encode()


def headers(station_id: UUID, instance: UUID, signature: bytes) -> dict[str, str]:
    """The three headers of a signed request."""
    return {STATION: str(station_id), INSTANCE: str(instance), SIGNATURE: base64.b64encode(signature).decode()}


def leave_said(claim_id: UUID, digests: Mapping[str, str], given: LeaveGiven) -> bytes:
    """What the register signs of one leave: the claim, the order's parts, how long, and the encrypted keys."""
    order = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    keys = hashlib.sha256(given.keys).hexdigest()
    parts = ("liman leave", str(claim_id), str(given.seconds), keys, hashlib.sha256(order.encode()).hexdigest())
    return "\n".join(parts).encode()


def keys_for(claim_id: UUID) -> bytes:
    """What binds encrypted chip keys to their claim (the `info` of RFC 9180)."""
    return b"liman chip keys " + claim_id.bytes
