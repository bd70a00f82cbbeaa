"""A finished document is shown to a quality officer who is not there: its pictures, what was read of it, its chip.

The officer on watch for the centre (`watches`) looks at the pictures beside the faces as ordered. What a machine there
read is compared by the rules of the desk; she types nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, delete, func, select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.db import wait_turn, written
from issuance.document_types import DocumentType
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document, QualityCheck, Showing
from issuance.models.duties import DutyName
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.models.vault import Blob
from issuance.services import centres, duties
from issuance.services.care import protection
from issuance.services.evidence.scans import Scan
from issuance.services.production import chip_reading, documents, quality
from issuance.services.production.quality import METHODS, Reading
from issuance.services.remote import watches
from issuance.states import DocumentState
from printing.content import DocumentContent
from printing.faces import layout
from printing.mrz import Mrz, MrzError
from printing.mrz.zone import LINE_SIZES

Side = Literal["front", "back"]

SIDES: tuple[Side, ...] = ("front", "back")

SHOWERS = (RoleName.CLERK, RoleName.OPERATOR)
"""Who holds the document and takes its pictures; at a mission abroad its own people (`centres.hands`)."""

MOST_BYTES = 8_000_000
"""Of one picture as it is sent; it is kept at 3,508 pixels of its longest side."""

MOST = 6
"""How often one document is shown: then somebody goes there, or an officer of the centre checks it."""

LISTED = 50


@dataclass(frozen=True)
class Shown:
    """What somebody who holds the document sends: `read` by part, `mrz` as scanned or typed (`mrz_method`).

    `nobody_here`: they say that no quality officer of the centre is there. `serial` is that of the blank, scanned where
    no printer read it.
    """

    pictures: dict[Side, Scan]
    read: dict[str, str]
    mrz_method: str
    nobody_here: bool
    serial: str = ""


def sides(kind: DocumentType) -> tuple[Side, ...]:
    """Which sides of a document of this type have something on them."""
    return SIDES[: len(layout.load(kind.template().layout).faces)]


def read_pictures(kind: DocumentType, pictures: dict[Side, Scan]) -> dict[str, str]:
    """Bar code and seal as these pictures show them, read by a machine, outside any transaction.

    InvalidInput names the picture to take again when a part of the type is on none of them.
    """
    parts = set(kind.machine_parts) & {"barcode", "seal"}
    if not parts:
        return {}
    read, refused = dict[str, str](), list[InvalidInput]()
    for side, picture in pictures.items():
        try:
            read |= quality.read_picture(picture.data)
        except InvalidInput as error:
            refused.append(error)
            error.field = side
    if parts - read.keys():
        raise (
            refused[0]
            if refused
            else InvalidInput(
                "front", "Neither picture shows every code of the document. Take both again: closer, sharp, all of it."
            )
        )
    return {part: read[part] for part in parts}


def check_adds_up(kind: DocumentType, text: str) -> None:
    """InvalidInput for a machine readable zone whose check digits do not fit: it is read again first."""
    if kind.mrz is None:
        return
    width = LINE_SIZES[kind.mrz.layout][1]
    try:
        Mrz.parse([text[at : at + width] for at in range(0, len(text), width)])
    except MrzError as error:
        raise InvalidInput(
            "mrz", "This MRZ does not add up: read it again. If it is printed so, tick below."
        ) from error


def show(act: Act, document: Document, shown: Shown) -> Showing:
    """Show a document that waits for its check to the officer on watch; what was shown before is deleted."""
    centres.check_own(act, document.request)
    _check_may_show(act, document)
    if not shown.nobody_here:
        raise InvalidInput("nobody_here", "Is a quality officer of this centre here? Then hand them the document.")
    wanted = sides(document_types.get(document.document_type))
    if missing := [side for side in wanted if side not in shown.pictures]:
        raise InvalidInput(missing[0], "Take a picture of each side of the document.")
    wait_turn(act.session, f"show {document.id}")
    earlier = _all(act, document)
    if any(not showing.again for showing in earlier):
        raise Conflict("This document is shown already. The officer on duty looks at it, or asks for other pictures.")
    if len(earlier) >= MOST:
        raise Conflict("This document was shown %(most)s times. A quality officer comes to check it.", most=MOST)
    readings = [Reading(part, value, _method(part, shown)) for part, value in shown.read.items()]
    quality.check_this_one(act, document, readings)
    if quality.needs_serial(document):
        quality.bind(act, document, shown.read.get("mrz") or shown.read.get("barcode", ""), shown.serial)
    _forget(act, earlier)
    showing = Showing(
        request_id=document.request_id,
        document_id=document.id,
        shown_by=act.actor.id,
        shown_at=act.clock.now(),
        read_id=_keep(act, document, "shown-readings", json.dumps([vars(item) for item in readings]).encode()),
        **{f"{side}_id": _keep(act, document, f"shown-{side}", scan.data) for side, scan in shown.pictures.items()},
    )
    act.session.add(showing)
    act.record("document.shown", document, document.request, showing)
    return showing


def _check_may_show(look: Look, document: Document) -> None:
    if not {*SHOWERS, centres.hands(document.request.centre)} & look.actor.roles:
        raise NotAllowed("A clerk or an operator who holds the document shows it. Ask one.")
    quality.check_waits(look, document)
    if not watches.at(look, document.request.centre_id, RoleName.QUALITY_OFFICER):
        raise Conflict(
            "No quality officer of another centre is on duty for this one now. Ask your supervisor to put one on the"
            " roster, or leave the document to an officer of this centre."
        )


def _method(part: str, shown: Shown) -> str:
    return shown.mrz_method if part == "mrz" else METHODS[part][-1]


def _keep(act: Act, document: Document, purpose: str, data: bytes) -> UUID:
    return act.vault.put(act.session, document.request_id, purpose, data).id


def _forget(act: Act, showings: list[Showing]) -> None:
    blobs = [blob_id for showing in showings for blob_id in showing.let_go()]
    act.session.flush()
    act.session.execute(delete(Blob).where(Blob.id.in_(blobs)))


# At the officer's


def waiting(look: Look, document: Document) -> Showing:
    """What is shown of a document that waits for its check; NotFound while nothing is."""
    newest = newest_of(look, document)
    if newest is None or newest.again:
        raise NotFound("Nothing is shown of this document now. Open the list again.")
    return newest


def newest_of(look: Look, document: Document) -> Showing | None:
    """The last showing of a document."""
    return next(iter(_all(look, document)), None)


def newest_of_each(look: Look, found: Collection[Document]) -> dict[UUID, Showing]:
    """The last showing of each of these documents that was ever shown, by document."""
    query = select(Showing).where(Showing.document_id.in_([document.id for document in found]))
    return {showing.document_id: showing for showing in look.session.scalars(query.order_by(Showing.id))}


def open_picture(act: Act, document: Document, side: Side) -> bytes:
    """One side of a document as it is shown, as JPEG; its opening is recorded."""
    centres.check_own(act, document.request)
    showing = waiting(act, document)
    blob_id = showing.front_id if side == "front" else showing.back_id
    if blob_id is None:
        raise NotFound("This side was not shown. Open the list again.")
    act.record("document.picture_opened", document, document.request, showing, side=side)
    return act.vault.get(act.session, blob_id)


def open_order(act: Act, document: Document) -> DocumentContent:
    """What was ordered, to be drawn beside the pictures of a document that is shown; its opening is recorded."""
    centres.check_own(act, document.request)
    act.record("document.picture_opened", document, document.request, waiting(act, document), side="order")
    return documents.frozen_content(act, document)


def compare(act: Act, document: Document) -> QualityCheck | None:
    """Compare what was read there with the record, as the desk does: the check, equal or rejected.

    None when it reads otherwise for the first time: it is asked for once more. InvalidInput while the chip was not
    read.
    """
    centres.check_own(act, document.request)
    showing = _looked_at(act, document)
    readings = _readings(act, document, showing)
    if different := quality.read_again(act, document, readings):
        _ask(act, showing, f"read-back: {', '.join(different)}")
        return None
    return quality.check(act, document, readings, showing.shown_by)


def ask_again(act: Act, document: Document, what: str) -> None:
    """The officer wants other pictures, and says which."""
    centres.check_own(act, document.request)
    showing = _looked_at(act, document)
    if not what.strip():
        raise InvalidInput("what", "Say what is to be seen better: which side, which part.")
    _ask(act, showing, what.strip())
    act.record("document.shown_again", document, document.request, showing, reason=showing.again)


def reject(act: Act, document: Document, reason: str) -> QualityCheck:
    """What the pictures show and no machine reads: wrong picture, scratch, bad lamination."""
    centres.check_own(act, document.request)
    return quality.reject(act, document, reason, _looked_at(act, document).shown_by)


def _looked_at(look: Look, document: Document) -> Showing:
    """What this officer looks at. NotAllowed for whoever showed it, Barred by another duty."""
    quality.check_officer(look, document)
    showing = waiting(look, document)
    if RoleName.QUALITY_OFFICER not in look.actor.roles or showing.shown_by == look.actor.id:
        raise NotAllowed("Another quality officer than who took the pictures checks by them. Leave it to them.")
    return showing


def _ask(act: Act, showing: Showing, what: str) -> None:
    showing.again, showing.asked_by = what, act.actor.id


def _readings(look: Look, document: Document, showing: Showing) -> list[Reading]:
    assert showing.read_id is not None
    kept = json.loads(look.vault.get(look.session, showing.read_id))
    readings = [Reading(item["part"], item["value"], item["method"]) for item in kept]
    if "chip" in document_types.get(document.document_type).machine_parts:
        readings.append(chip_reading.newest_reading(look, document))
    return readings


# Lists


def to_show(look: Look, centre_id: UUID | None) -> list[Document]:
    """50 documents of a centre that wait for their check, the oldest first."""
    query = _unchecked(centre_id).order_by(Document.id).limit(LISTED)
    return list(look.session.scalars(query).unique())


def shown_at(look: Look, centre_id: UUID) -> list[Document]:
    """50 documents of a centre that are shown now and that the actor may check, the oldest first."""
    return list(look.session.scalars(_shown(look, centre_id).order_by(Document.id).limit(LISTED)).unique())


def shown_count(look: Look, centre_id: UUID) -> int:
    """How many those are."""
    found = _shown(look, centre_id).with_only_columns(Document.id).subquery()
    return look.session.scalar(select(func.count()).select_from(found)) or 0


def _shown(look: Look, centre_id: UUID) -> Select[Document]:
    waits = select(Showing.id).where(Showing.document_id == Document.id, Showing.again == "").exists()
    mine = (duties.open_to(look.actor.id, DutyName.CHECK), protection.documents_open_to(look))
    return _unchecked(centre_id).where(waits, *mine)


def _unchecked(centre_id: UUID | None) -> Select[Document]:
    """They are few, and not to be looked for among all documents of a centre."""
    waits = select(Document.id, Document.request_id).where(Document.state == written(DocumentState.PERSONALISED))
    few = waits.cte("unchecked").prefix_with("MATERIALIZED")
    query = select(Document).join(few, few.c.id == Document.id)
    query = query.join(IssuanceRequest, IssuanceRequest.id == few.c.request_id)
    return query.where(IssuanceRequest.centre_id == centre_id)


def _all(look: Look, document: Document) -> list[Showing]:
    query = select(Showing).where(Showing.document_id == document.id).order_by(Showing.id.desc())
    return list(look.session.scalars(query))
