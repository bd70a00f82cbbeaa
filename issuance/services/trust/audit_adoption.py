"""Rows and events of releases before: witnessed once, in short acts, after which a row without a witness is a fault.

So are rows that a later migration made of others, each table of them once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from issuance import witness
from issuance.acts import Act, Look
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject, AuditWitness
from issuance.services.trust import audit_chain

BOUNDARIES = ("office.founded", "audit.all_witnessed")
FILLED = {
    "consent": "consent",
    "exchange_token": "exchange_token",
    "mandate": "mandate-2",
    "observation": "observation",
    "place": "place",
    "residence": "residence",
    "role_given": "role_given",
    "stock_move": "stock_move",
}
"""Tables that a migration filled in registers whose rows had all been witnessed (0022, 0029, 0037, 0060, 0061, 0072),
with what the boundary says of the last time.
"""

BATCH = 500
START = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Boundary:
    """From where on everything is witnessed. Events without a MAC are those of `legacy`: last position, by chain.

    `filled` says it of those of `FILLED`.
    """

    legacy: dict[str, int]
    filled: frozenset[str]


def boundary(look: Look) -> Boundary | None:
    """The boundary of this register; None while rows of a release before are still to be witnessed.

    It is an event of ours, the founding or the last of the adoption; one that carries no right MAC says nothing.
    """
    found = select(AuditEvent).where(AuditEvent.act.in_(BOUNDARIES), AuditEvent.mac.is_not(None))
    for event in look.session.scalars(found.order_by(AuditEvent.id.desc())):
        if event.details.get("complete") is True and event.mac == mac_of(look, event):
            positions = {
                key.removeprefix("chain "): at for key, at in event.details.items() if key.startswith("chain ")
            }
            return Boundary(positions, frozenset(str(event.details.get("filled", "")).split()))
    return None


def pending(look: Look) -> list[str]:
    """The tables of which rows may still be without a witness: all, or what a migration filled since."""
    known = boundary(look)
    return [kind for kind in witness.watched() if known is None or FILLED.get(kind, "") not in known.filled | {""}]


def mac_of(look: Look, event: AuditEvent) -> str:
    """The MAC that an event ought to carry."""
    subjects = select(AuditSubject.kind, AuditSubject.subject_id).where(AuditSubject.event_id == event.id)
    said = select(AuditWitness.kind, AuditWitness.subject_id, AuditWitness.number, AuditWitness.says)
    witnesses = look.session.execute(said.where(AuditWitness.event_id == event.id))
    body = witness.body(event, [(kind, key) for kind, key in look.session.execute(subjects)])
    return witness.mac(look.event_key, body, [(row.kind, row.subject_id, row.number, row.says) for row in witnesses])


def adopt(act: Act, kind: str, after: UUID) -> tuple[str, UUID] | None:
    """Witness the next rows of `kind` after this one that nobody has; where to go on, None when all is done."""
    kinds = pending(act)
    if not kinds:
        return None
    if kind not in kinds:
        kind, after = kinds[0], START
    rows = _unwitnessed(act, kind, after)
    if rows:
        act.witness(kind, rows)
        act.record("audit.witnessed", kind=kind, rows=len(rows))
        return kind, rows[-1]
    later = kinds[kinds.index(kind) + 1 :]
    if later:
        return later[0], START
    _complete(act)
    return None


def to_come(look: Look) -> int:
    """How many rows nobody has witnessed."""
    kinds = [witness.watched()[name] for name in pending(look)]
    return sum(
        look.session.scalar(select(func.count()).select_from(kind.table).where(kind.newest().is_(None))) or 0
        for kind in kinds
    )


def _unwitnessed(look: Look, name: str, after: UUID) -> list[UUID]:
    kind = witness.watched()[name]
    key = kind.table.c.id
    return list(
        look.session.scalars(select(key).where(key > after, kind.newest().is_(None)).order_by(key).limit(BATCH))
    )


def _complete(act: Act) -> None:
    """Say up to where the events of releases before go, which have no MAC: what was said once stays."""
    known = boundary(act)
    positions = known.legacy if known else _legacy(act)
    legacy: dict[str, Any] = {f"chain {chain}": position for chain, position in positions.items()}
    act.record("audit.all_witnessed", complete=True, filled=" ".join(FILLED.values()), **legacy)


def _legacy(act: Act) -> dict[str, int]:
    while audit_chain.link(act).events:
        pass
    last = select(AuditLink.chain, func.max(AuditLink.position)).join(AuditEvent, AuditEvent.id == AuditLink.event_id)
    found = act.session.execute(last.where(AuditEvent.mac.is_(None)).group_by(AuditLink.chain))
    return {chain: position for chain, position in found}
