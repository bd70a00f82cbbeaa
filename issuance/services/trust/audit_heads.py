"""The signed heads of the chains: what only a cut tail would hide is found in them.

Ed25519 (RFC 8032) over one JSON line an export, in an append-only file. Keep a copy of that file on another machine:
who can cut both the register and the file leaves no trace on this one.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select, tuple_

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent, AuditLink
from issuance.services.trust import audit_break, audit_chain
from issuance.services.trust.audit_break import Break, Cut
from issuance.services.trust.audit_walk import Fault, Finding, Walk
from issuance.settings import Settings, heads_file, key_file
from issuance.witness import canonical

SIGNED_AS = b"liman audit heads\n"
TAIL = 1 << 20
"""How many bytes of the file of heads are read to find its last line."""

LINES = 100
"""How many lines of the file a proof reads at once."""

SOON = dt.timedelta(minutes=1)
"""How long a chain may have no signed head: it is signed as soon as its first event is linked."""

FILE = "heads.jsonl"

Entry = dict[str, Any]
"""A line of the file: `heads` hold position and digest of the last link of each chain, by chain; or a `break`."""


def sign(look: Look) -> bool:
    """Append the signed head of every chain, on the disk when this returns; False if nothing moved."""
    heads = {
        place.chain: {"position": place.position, "digest": place.digest} for place in audit_chain.places(look.session)
    }
    path = heads_file(look.settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        last = _last_line(out)
        if heads == (json.loads(last)["heads"] if last else {}):
            return False
        _append(out, {"at": look.clock.now().isoformat(), "heads": heads}, look.settings)
    return True


def signed_at(settings: Settings) -> dt.datetime | None:
    """The moment of the file's last line; None while there is none."""
    last = _newest(settings)
    return dt.datetime.fromisoformat(last["at"]) if last else None


def is_cut(look: Look) -> bool:
    """Whether the register lacks what was signed last: it was put back as it stood, and no epoch began."""
    heads = _newest(look.settings).get("heads", {})
    place = tuple_(AuditLink.chain, AuditLink.position)
    asked = [(chain, head["position"]) for chain, head in heads.items()]
    query = select(AuditLink.chain, AuditLink.digest).where(place.in_(asked))
    found = {chain: digest for chain, digest in look.session.execute(query)} if asked else {}
    return any(found.get(chain) != head["digest"] for chain, head in heads.items())


def _newest(settings: Settings) -> Entry:
    """The last whole line of the file, whoever signed it; empty while there is none."""
    path = heads_file(settings)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        complete, _, _torn = file.read().rpartition(b"\n")
    last = complete.rpartition(b"\n")[2]
    return json.loads(last) if last else {}


def sign_break(settings: Settings, found: Break) -> None:
    """Append the break of a restore, on the disk when this returns."""
    path = heads_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        _last_line(out)
        _append(out, found.entry(), settings)


def _append(out: BinaryIO, entry: Entry, settings: Settings) -> None:
    signature = _private_key(settings).sign(SIGNED_AS + canonical(entry)).hex()
    out.write(canonical(entry | {"signature": signature}) + b"\n")
    out.flush()
    os.fsync(out.fileno())


def breaks(settings: Settings) -> list[tuple[int, Break]]:
    """The breaks that the file tells of, and where their lines begin."""
    lines = ((begins, entry) for begins, _, entry in _lines(settings, 0, sys.maxsize) if entry)
    return [(begins, found) for begins, entry in lines if (found := audit_break.read(entry))]


def cuts(look: Look) -> tuple[Cut, ...]:
    """What the file signed beyond the end of the register's chains. Conflict for a line that is not this office's."""
    signed: dict[str, int] = {}
    for begins, _, entry in _lines(look.settings, 0, sys.maxsize):
        if entry is None:
            raise Conflict("The file of heads is damaged at byte %(place)s: put a copy in its place.", place=begins)
        signed |= {chain: head["position"] for chain, head in entry["heads"].items()}
        if found := audit_break.read(entry):
            signed |= {cut.chain: cut.kept for cut in found.cuts}
    kept = {chain: audit_chain.last_place(look.session, chain) for chain in signed}
    ends = ((kept[chain], end) for chain, end in sorted(signed.items()))
    return tuple(Cut(place.chain, place.position, place.digest, end) for place, end in ends if end > place.position)


def check(look: Look, walk: Walk, _name: str, at: list[Any] | None) -> list[Any] | None:
    """The next lines of the file; `at` is where to go on and the heads of the line before."""
    offset, before = at or [walk.offset, {}]
    if at is None and offset and offset >= _size(look.settings):
        walk.note(Finding(FILE, str(offset), "", Fault.HEADS_CUT))
    said: set[tuple[str, int, str]] = set()
    read, known = list(_lines(look.settings, offset, LINES)), breaks(look.settings)
    for begins, _ends, entry in read:
        if entry is None:
            walk.note(Finding(FILE, str(begins), "", Fault.HEAD_CHANGED))
            continue
        later = [found for place, found in known if place > begins]
        said |= {each for each in _said(entry, before) if not any(found.took(*each[:2]) for found in later)}
        walk.offset, before = begins, entry["heads"] or {chain: None for chain in before}
    _compare(look, walk, said)
    if len(read) == LINES:
        return [read[-1][1], before]
    _check_missing(look, walk, set(before))
    _check_epoch(look, walk, [found for _, found in known])
    return None


def _said(entry: Entry, before: Mapping[str, Any]) -> set[tuple[str, int, str]]:
    """Which links a line vouches for: the heads that moved since the line before, or what a break kept."""
    moved = {chain: head for chain, head in entry["heads"].items() if before.get(chain) != head}
    found = audit_break.read(entry)
    kept = {(cut.chain, cut.kept, cut.digest) for cut in found.cuts if cut.kept} if found else set()
    return kept | {(chain, head["position"], head["digest"]) for chain, head in moved.items()}


def _check_epoch(look: Look, walk: Walk, found: list[Break]) -> None:
    """The newest break and the newest epoch belong together."""
    if said := audit_break.fault(look, found):
        walk.note(Finding("register", said, "", Fault.COPY))


def _compare(look: Look, walk: Walk, said: set[tuple[str, int, str]]) -> None:
    """Every head that was signed is the link it was."""
    place = tuple_(AuditLink.chain, AuditLink.position)
    query = select(AuditLink.chain, AuditLink.position, AuditLink.digest).where(place.in_([each[:2] for each in said]))
    found = {(chain, position): digest for chain, position, digest in look.session.execute(query)} if said else {}
    for chain, position, digest in sorted(said):
        kept = found.get((chain, position))
        if kept != digest:
            fault = Fault.CHAIN_CUT if kept is None else Fault.CHAIN_ANEW
            walk.note(Finding("link", f"{chain} {position}", "", fault))


def _check_missing(look: Look, walk: Walk, signed: set[str]) -> None:
    """Every chain that began more than a minute ago has a signed head."""
    first = select(AuditLink.chain).join(AuditEvent, AuditEvent.id == AuditLink.event_id)
    old = first.where(AuditLink.position == 1, AuditEvent.at < look.clock.now() - SOON)
    for chain in look.session.scalars(old.order_by(AuditLink.chain)):
        if chain not in signed:
            walk.note(Finding("chain", chain, "", Fault.NO_HEAD))


def _lines(settings: Settings, offset: int, most: int) -> Iterator[tuple[int, int, Entry | None]]:
    """Up to `most` lines from `offset` on: where each begins and ends, and what it says, None without our signature.

    A last line without its end was never finished and does not count.
    """
    path, public_key = heads_file(settings), _private_key(settings).public_key()
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(offset)
        for _ in range(most):
            begins, line = file.tell(), file.readline()
            if not line.endswith(b"\n"):
                return
            yield begins, file.tell(), _opened(line, public_key)


def _size(settings: Settings) -> int:
    path = heads_file(settings)
    return path.stat().st_size if path.exists() else 0


def _private_key(settings: Settings) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key_file(settings, "audit"))


def _opened(line: bytes, public_key: Ed25519PublicKey) -> Entry | None:
    try:
        entry: Entry = json.loads(line)
        signature = bytes.fromhex(entry.pop("signature"))
        public_key.verify(signature, SIGNED_AS + canonical(entry))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        return None
    return entry


def _last_line(file: BinaryIO) -> bytes:
    """The last complete line, or nothing; what a crash left after it is cut off."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    complete, _, torn = file.read().rpartition(b"\n")
    file.truncate(size - len(torn))
    return complete.rpartition(b"\n")[2]
