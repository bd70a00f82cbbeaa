"""The proof that nothing was changed since: events chained per centre, chain heads signed and exported.

A link's digest is SHA-256 over the canonical JSON of its event, its place and the digest before it, so a changed,
removed or moved event breaks the chain there. What only a cut tail would hide is found in the signed heads (Ed25519,
RFC 8032), one JSON line an export in an append-only file. Keep a copy of that file on another machine: who can cut
both the register and the file leaves no trace on this one.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent, AuditLink
from issuance.models.staff import Centre
from issuance.services.trust import audit_break
from issuance.services.trust.audit_break import Break, Cut, Signed

OFFICE_CHAIN = "office"
GENESIS = ""
TRIES = 5
BATCH = 250
OVERLAP_MS = 86_400_000
"""How far behind the newest linked key it looks for events whose transaction ended late: one day."""

SIGNED_AS = b"liman audit heads\n"
TAIL = 1 << 20
"""How many bytes of the file of heads are read to find its last line."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `message` names the first fault, or says what was checked.

    `unlinked` events are in no chain: normal for the last minute, else nothing links them or a link was deleted.
    """

    ok: bool
    message: str
    unlinked: int = 0
    oldest_unlinked: dt.datetime | None = None


class _Broken(Exception):
    """The first fault found."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The last link seen of a chain."""

    chain: str
    position: int = 0
    digest: str = GENESIS


def link(look: Look) -> int:
    """Chain up to BATCH events that are not yet; how many. Another process linking them too is waited out."""
    for _ in range(TRIES):
        try:
            with look.session.begin_nested():
                return _link_batch(look.session)
        except IntegrityError:
            continue
    return 0


def sign_heads(look: Look, heads_file: Path, private_key: Ed25519PrivateKey) -> bool:
    """Append the signed head of every chain to `heads_file`, on the disk when this returns; False if nothing moved."""
    chains = [OFFICE_CHAIN, *map(str, look.session.scalars(select(Centre.id).order_by(Centre.id)))]
    places = [place for chain in chains if (place := _last_place(look.session, chain)).position]
    heads = {place.chain: {"position": place.position, "digest": place.digest} for place in places}
    heads_file.parent.mkdir(parents=True, exist_ok=True)
    with heads_file.open("a+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        last = _last_line(out)
        if heads == (json.loads(last)["heads"] if last else {}):
            return False
        _append(out, {"at": look.clock.now().isoformat(), "heads": heads}, private_key)
    return True


def cuts(look: Look, heads_file: Path, public_key: Ed25519PublicKey) -> tuple[tuple[Cut, ...], list[Break]]:
    """What `heads_file` signed beyond the end of the register's chains, and the breaks it tells of already.

    Conflict for a file that this office did not sign.
    """
    try:
        signed, breaks = _read_heads(heads_file, public_key)
    except _Broken as fault:
        said = str(fault).rstrip(".")
        raise Conflict("The file of heads is damaged (%(fault)s): put a copy in its place.", fault=said) from fault
    lost = {chain: max(end for name, end in signed if name == chain) for chain in {name for name, _ in signed}}
    kept = {chain: _last_place(look.session, chain) for chain in lost}
    found = (Cut(chain, kept[chain].position, kept[chain].digest, end) for chain, end in sorted(lost.items()))
    return tuple(cut for cut in found if cut.lost > cut.kept), breaks


def sign_break(heads_file: Path, found: Break, private_key: Ed25519PrivateKey) -> None:
    """Append the break of a restore to `heads_file`, on the disk when this returns."""
    heads_file.parent.mkdir(parents=True, exist_ok=True)
    with heads_file.open("a+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        _last_line(out)
        _append(out, found.entry(), private_key)


def _append(out: BinaryIO, entry: dict[str, Any], private_key: Ed25519PrivateKey) -> None:
    signature = private_key.sign(SIGNED_AS + _canonical(entry)).hex()
    out.write(_canonical(entry | {"signature": signature}) + b"\n")
    out.flush()
    os.fsync(out.fileno())


def verify(look: Look, heads_file: Path, public_key: Ed25519PublicKey) -> Verdict:
    """Compute every chain again and compare it with the signed heads. Wants a session that has read nothing yet."""
    try:
        signed, breaks = _read_heads(heads_file, public_key)  # before the register, which may grow meanwhile
        links = _check_chains(look.session, signed)
        if wrong := audit_break.fault(look, breaks):
            raise _Broken(wrong)
    except _Broken as fault:
        return Verdict(False, str(fault), *_unlinked_events(look.session))
    said = " ".join([f"{links} events in unbroken chains.", *(found.sentence() for found in breaks)])
    return Verdict(True, said, *_unlinked_events(look.session))


def _link_batch(session: Session) -> int:
    events = list(session.scalars(_to_link(session).order_by(AuditEvent.id).limit(BATCH)))
    for chain, members in groupby(sorted(events, key=_chain_of), key=_chain_of):
        place = _last_place(session, chain)
        for event in members:
            link = AuditLink(event_id=event.id, chain=chain, position=place.position + 1, previous=place.digest)
            link.digest = _digest(event, link)
            session.add(link)
            place = _Place(chain, link.position, link.digest)
    session.flush()
    return len(events)


def _unlinked() -> Select[AuditEvent]:
    links = AuditLink.event_id == AuditEvent.id
    return select(AuditEvent).outerjoin(AuditLink, links).where(AuditLink.id.is_(None))


def _to_link(session: Session) -> Select[AuditEvent]:
    """Unlinked events, without looking through the whole history: keys grow with time."""
    newest = session.scalar(select(AuditLink.event_id).order_by(AuditLink.event_id.desc()).limit(1))
    if newest is None:
        return _unlinked()
    return _unlinked().where(AuditEvent.id > UUID(int=max(newest.int - (OVERLAP_MS << 80), 0)))


def _unlinked_events(session: Session) -> tuple[int, dt.datetime | None]:
    """How many events are in no chain, and when the oldest was."""
    oldest = session.scalar(_unlinked().order_by(AuditEvent.at).limit(1))
    count = session.scalar(select(func.count()).select_from(_unlinked().subquery())) or 0
    return count, oldest.at if oldest else None


def _last_place(session: Session, chain: str) -> _Place:
    newest = select(AuditLink).where(AuditLink.chain == chain).order_by(AuditLink.position.desc()).limit(1)
    link = session.scalar(newest)
    return _Place(chain, link.position, link.digest) if link else _Place(chain)


def _chain_of(event: AuditEvent) -> str:
    return str(event.centre_id) if event.centre_id else OFFICE_CHAIN


def _canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8: the same bytes for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(event: AuditEvent, link: AuditLink) -> str:
    """SHA-256 in hexadecimal over the event, its place and what comes before."""
    return hashlib.sha256(
        _canonical(
            {
                "chain": link.chain,
                "position": link.position,
                "previous": link.previous,
                "id": str(event.id),
                "at": event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
                "act": event.act,
                "actor": [event.actor_kind, str(event.actor_id)],
                "centre": str(event.centre_id),
                "reason": event.reason,
                "details": event.details,
                "subjects": sorted([subject.kind, str(subject.subject_id)] for subject in event.subjects),
            }
        )
    ).hexdigest()


def _check_chains(session: Session, signed: Signed) -> int:
    """Walk all links in order; how many. `_Broken` at the first that is wrong, or if an exported head is not there."""
    exported = {chain for chain, _ in signed}
    pending, place, count = dict(signed), _Place(""), 0
    query = select(AuditLink, AuditEvent).outerjoin(AuditEvent, AuditEvent.id == AuditLink.event_id)
    ordered = query.order_by(AuditLink.chain, AuditLink.position).execution_options(yield_per=BATCH)
    with session.execute(ordered) as rows:
        for link, event in rows:
            place = place if link.chain == place.chain else _Place(link.chain)
            _check_link(link, event, place)
            if link.chain not in exported:
                raise _Broken(f"Chain {link.chain} has no signed head: the file of heads is missing or was cut.")
            if pending.pop((link.chain, link.position), link.digest) != link.digest:
                raise _Broken(f"{_name(link)} is not the one that was signed: the chain was written anew.")
            place, count = _Place(link.chain, link.position, link.digest), count + 1
    if pending:
        chain, position = min(pending)
        raise _Broken(f"Chain {chain}: link {position} was signed and is missing, the chain was cut.")
    return count


def _check_link(link: AuditLink, event: AuditEvent | None, before: _Place) -> None:
    if link.position != before.position + 1:
        raise _Broken(f"Chain {link.chain}: link {before.position + 1} is missing.")
    if event is None:
        raise _Broken(f"{_name(link)}: its event {link.event_id} was deleted.")
    if link.previous != before.digest:
        raise _Broken(f"{_name(link)} does not follow the link before it: the order was changed or a link replaced.")
    if link.digest != _digest(event, link):
        raise _Broken(f"{_name(link)}: event {event.id} is not what was linked: it was changed or moved.")


def _name(link: AuditLink) -> str:
    return f"Chain {link.chain}, link {link.position}"


def _read_heads(heads_file: Path, public_key: Ed25519PublicKey) -> tuple[Signed, list[Break]]:
    """All exported heads and the breaks between them; a last line without its end was never finished."""
    signed: Signed = {}
    breaks: list[Break] = []
    if not heads_file.exists():
        return signed, breaks
    with heads_file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                break
            entry = _opened(line, public_key, f"Line {number} of {heads_file.name}")
            if found := audit_break.read(entry):
                audit_break.apply(found, signed)
                breaks.append(found)
            for chain, head in entry["heads"].items():
                if signed.setdefault((chain, head["position"]), head["digest"]) != head["digest"]:
                    raise _Broken(f"Chain {chain}: two different links {head['position']} were signed, it was cut.")
    return signed, breaks


def _opened(line: bytes, public_key: Ed25519PublicKey, name: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line)
        signature = bytes.fromhex(entry.pop("signature"))
        public_key.verify(signature, SIGNED_AS + _canonical(entry))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
        raise _Broken(f"{name} does not carry this office's signature: it was changed.") from error
    return entry


def _last_line(file: BinaryIO) -> bytes:
    """The last complete line, or nothing; what a crash left after it is cut off."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    complete, _, torn = file.read().rpartition(b"\n")
    file.truncate(size - len(torn))
    return complete.rpartition(b"\n")[2]
