"""The proof of one event as a file (C2SP tlog-proof): who has the log's key needs nobody to verify it."""

from __future__ import annotations

import base64
import zlib
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance import witness
from issuance.acts import Look
from issuance.errors import Conflict, NotFound
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject
from issuance.models.requests import IssuanceRequest
from issuance.services.log import entries, merkle
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import Tiles
from issuance.services.log.writing import Log

MOST_BYTES = 2048
LODGED = "request.lodged"
HEADER = "c2sp.org/tlog-proof@v1"


def place(look: Look, event_id: UUID) -> tuple[AuditEvent, AuditLink]:
    """An event and its place in its chain; NotFound, or Conflict while it has none."""
    event = look.session.get(AuditEvent, event_id)
    if event is None:
        raise NotFound("There is no such event.")
    link = look.session.scalar(select(AuditLink).where(AuditLink.event_id == event_id))
    if link is None:
        raise Conflict("The event has no place in the chain yet. Try again in a minute.")
    return event, link


def of_lodging(look: Look, request: IssuanceRequest) -> str:
    """The short proof of the lodging of a request, for its holder; nothing while there is none."""
    query = select(AuditEvent.id).join(AuditEvent.subjects)
    mine = (AuditEvent.act == LODGED, AuditSubject.subject_id == request.id)
    event_id = look.session.scalar(query.where(*mine).limit(1))
    try:
        if event_id is not None:
            return proof(look, event_id)
    except Conflict:  # it is not signed yet, or verify-audit names why
        pass
    return ""


def proof(look: Look, event_id: UUID, *, whole: bool = False) -> str:
    """The proof of an event, at most 2,048 bytes: that it happened and when; `whole`: and all that was recorded of it.

    Cosignatures come with the checkpoint as long as there is room for them.
    Conflict while no checkpoint has it, when the log says otherwise, and when all of it would be too long.
    """
    event, link = place(look, event_id)
    log = Log(look, link.chain)
    newest = log.newest()
    if newest is None or newest.size < link.position:
        raise Conflict("The event is in no checkpoint yet: the next one is written within the hour.")
    path = _path(look, log, link, newest)
    said = _all(event, link) if whole else _short(event, link)
    extra = said | {"chain": link.chain, "salt": entries.salt(look, event_id).hex()}
    lines = [
        *(HEADER, f"extra {_packed(extra)}", f"index {link.position - 1}"),
        *(base64.b64encode(each).decode() for each in path),
        "",
    ]
    notes = (log.note, log.signed(newest))
    text = next((text for note in notes if len((text := "\n".join([*lines, note])).encode()) <= MOST_BYTES), "")
    if not text:
        raise Conflict("All that was recorded of this event is too long for a proof: take the short one.")
    return text


def _path(look: Look, log: Log, link: AuditLink, checkpoint: Checkpoint) -> list[bytes]:
    """The hashes from the event to the root, once they are sure to lead there."""
    index, tiles = link.position - 1, Tiles(log.folder, checkpoint.size)
    ours = entries.looked_up(look, link.chain, index, 1)
    if not ours or ours[0] is None or merkle.leaf(ours[0]) != tiles.subtree(0, index):
        raise Conflict("The log says otherwise than the register of this event: run verify-audit.")
    if tiles.root() != checkpoint.root:
        raise Conflict("The files of the log are not what was signed: run verify-audit.")
    return tiles.path(index)


def _short(event: AuditEvent, link: AuditLink) -> dict[str, Any]:
    body = witness.body(event, ())
    return {"event": {name: body[name] for name in ("id", "at", "act")}, "link": link.digest}


def _all(event: AuditEvent, link: AuditLink) -> dict[str, Any]:
    """The body that the link's digest is over, and what else it is over."""
    body = witness.body(event, [(subject.kind, subject.subject_id) for subject in event.subjects])
    return {"event": body, "previous": link.previous} | ({"mac": event.mac} if event.mac else {})


def _packed(extra: dict[str, Any]) -> str:
    return base64.b64encode(zlib.compress(witness.canonical(extra), 9)).decode()
