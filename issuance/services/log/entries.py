"""What the log says of an event: which, when and where, and of everything else one salted hash.

The hash is over the digest of the event's link, so log and chain say the same, and that digest is over who acted, on
what, and why. Without the salt nobody can try whether an event was about somebody; it comes from the office's event
key, and leaves the register with a proof alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent, AuditLink
from issuance.witness import canonical

SALT, SALT_BYTES = b"liman log salt\n", 16


def salt(look: Look, event_id: UUID) -> bytes:
    """The salt of an event: the same whenever its entry is written."""
    return hmac.digest(look.event_key, SALT + str(event_id).encode(), "sha256")[:SALT_BYTES]


def entry_of(look: Look, row: Any) -> bytes:
    """The entry of an event, from its `id`, `act` and `at`, and the `chain`, `position` and `digest` of its link."""
    sealed = hashlib.sha256(salt(look, row.id) + row.digest.encode()).hexdigest()
    names = {"chain": row.chain, "position": row.position, "event": row.id, "act": row.act, "at": row.at}
    return canonical({**names, "sealed": sealed})


def found(look: Look, chain: str, first: int, most: int) -> list[bytes]:
    """The entries of a chain from the place `first` on (from 0), at most so many. Conflict when the chain has a gap."""
    entries = looked_up(look, chain, first, most)
    whole = [entry for entry in entries if entry is not None]
    if len(whole) != len(entries):
        raise Conflict("The chain %(chain)s has a gap and is not logged any further: run verify-audit.", chain=chain)
    return whole


def looked_up(look: Look, chain: str, first: int, most: int) -> Sequence[bytes | None]:
    """The entry at each of so many places from `first` on, up to the chain's end; None where an event is missing."""
    columns = (AuditLink.chain, AuditLink.position, AuditLink.digest, AuditEvent.id, AuditEvent.act, AuditEvent.at)
    query = select(*columns).outerjoin(AuditEvent, AuditEvent.id == AuditLink.event_id)
    here = AuditLink.position.between(first + 1, first + most)
    rows = {row.position: row for row in look.session.execute(query.where(AuditLink.chain == chain, here))}
    places = range(first + 1, max(rows, default=first) + 1)
    return [entry_of(look, rows[at]) if at in rows and rows[at].id else None for at in places]
