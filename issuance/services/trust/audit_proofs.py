"""Proofs of the audit: asked for by a person or the timetable, done in the background one short step at a time.

Each step has a reading session of its own, so that nobody waits. A proof that is not whole begins where the last sound
one ended, as far as events go; rows are always compared, since any of them can be changed.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance import background, witness
from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.audit import AuditLink, AuditProof
from issuance.services.trust import audit_adoption, audit_chain, audit_events, audit_heads, audit_rows
from issuance.services.trust.audit_walk import Fault, Finding, Walk

TASK = "prove-audit"
PROOF = b"liman audit proof\n"


def _plan(look: Look, walk: Walk, _name: str, _at: None) -> None:
    """What there is to look at now, and what still waits."""
    known = audit_adoption.boundary(look)
    walk.legacy = known.legacy if known else None
    walk.pending, walk.to_come = audit_adoption.pending(look), audit_adoption.to_come(look)
    walk.waiting, oldest = audit_chain.waiting(look)
    walk.oldest = oldest.isoformat() if oldest else ""
    chains = set(look.session.scalars(select(AuditLink.chain).distinct())) | set(walk.reached)
    walk.todo += [["heads", ""], *(["chain", chain] for chain in sorted(chains)), ["outside", ""]]
    walk.todo += [[track, kind] for kind in witness.watched() for track in ("rows", "gone")]


TRACKS: Mapping[str, Callable[[Look, Walk, str, Any], Any]] = {
    "plan": _plan,
    "heads": audit_heads.check,
    "chain": audit_events.check_chain,
    "outside": audit_events.check_outside,
    "rows": audit_rows.check,
    "gone": audit_rows.check_gone,
}
"""Each takes the look, the walk, the name of its chain or table and where it is; it returns where it came to, None at
its end."""


class Verdict(StrEnum):
    """What a proof says."""

    UNDER_WAY = "under_way"
    SOUND = "sound"
    BROKEN = "broken"


def begin(after: Walk | None = None) -> Walk:
    """A walk through the whole register, or one that begins where a sound one ended."""
    if after is None:
        return Walk(whole=True, todo=[["plan", ""]])
    return Walk(whole=False, todo=[["plan", ""]], reached=after.reached, offset=after.offset)


def step(look: Look, walk: Walk) -> bool:
    """Do the next batch; whether more is to be done. Wants a session that has read nothing yet."""
    if walk.todo:
        track, name = walk.todo[0]
        try:
            walk.at = TRACKS[track](look, walk, name, walk.at)
        except (LookupError, ValueError):  # such as a state that is none, or JSON that is none
            walk.note(Finding(f"{track} {name}".strip(), "", "", Fault.UNREADABLE))
            walk.at = None
        if walk.at is None:
            walk.todo.pop(0)
    return bool(walk.todo)


def ask(act: Act, *, whole: bool) -> AuditProof:
    """Ask for a proof, of everything or from where the last one ended; Conflict while one is under way."""
    walk = begin(None if whole else _last_end(act))
    proof = AuditProof(
        asked_by=act.actor.id,
        asked_at=act.clock.now(),
        whole=walk.whole,
        verdict=Verdict.UNDER_WAY,
        walk=walk.as_json(),
    )
    try:
        with act.session.begin_nested():
            act.session.add(proof)
    except IntegrityError as error:
        raise Conflict("A proof is under way. Wait for it to end, then ask again.") from error
    act.record("audit.proof_asked", whole=walk.whole)
    background.enqueue(act.session, TASK, clock=act.clock, proof_id=str(proof.id))
    return proof


def under_way(look: Look) -> AuditProof | None:
    """The proof that is being made."""
    return look.session.scalar(select(AuditProof).where(AuditProof.verdict == Verdict.UNDER_WAY))


def last(look: Look) -> AuditProof | None:
    """The newest proof that ended."""
    ended = select(AuditProof).where(AuditProof.verdict != Verdict.UNDER_WAY)
    return look.session.scalar(ended.order_by(AuditProof.id.desc()).limit(1))


def walk_of(look: Look, proof_id: UUID) -> Walk | None:
    """How far a proof is; None when it has ended."""
    proof = look.session.get_one(AuditProof, proof_id)
    return Walk(**proof.walk) if proof.verdict == Verdict.UNDER_WAY else None


def go_on(look: Look, proof_id: UUID, walk: Walk) -> None:
    """Keep how far a proof is, and queue what is left of it; nothing when another worker has ended it."""
    proof = look.session.get_one(AuditProof, proof_id)
    if proof.verdict != Verdict.UNDER_WAY:
        return
    proof.walk = walk.as_json()
    background.enqueue(look.session, TASK, clock=look.clock, proof_id=str(proof_id))


def end(act: Act, proof_id: UUID, walk: Walk) -> None:
    """A proof ended: what it found; nothing when another worker has ended it."""
    proof = act.session.get_one(AuditProof, proof_id)
    if proof.verdict != Verdict.UNDER_WAY:
        return
    proof.verdict = Verdict.BROKEN if walk.faults else Verdict.SOUND
    proof.walk, proof.ended_at = walk.as_json(), act.clock.now()
    proof.walk = proof.walk | {"mac": _mac(act, proof)}
    act.record("audit.proved", whole=walk.whole, faults=walk.faults, events=walk.events, rows=walk.rows)


def is_ours(look: Look, proof: AuditProof) -> bool:
    """Whether this office wrote what an ended proof says: a sound one is easily written by hand."""
    return hmac.compare_digest(proof.walk["mac"], _mac(look, proof))


def _last_end(look: Look) -> Walk | None:
    """Where the last sound proof ended; None when there is none, or somebody else wrote it."""
    sound = select(AuditProof).where(AuditProof.verdict == Verdict.SOUND).order_by(AuditProof.id.desc())
    proof = look.session.scalar(sound.limit(1))
    return Walk(**proof.walk) if proof is not None and is_ours(look, proof) else None


def _mac(look: Look, proof: AuditProof) -> str:
    said = [proof.id, proof.verdict, proof.asked_at, proof.ended_at, {**proof.walk, "mac": ""}]
    return hmac.digest(look.event_key, PROOF + witness.canonical(said), "sha256").hex()
