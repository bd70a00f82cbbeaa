"""Booklets whose pre-printed number is the document's own (`number_source = "blank"`): reserved, found, scanned.

A booklet is reserved by a document that has its number; hands find it, and it is bound when it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.db import written
from issuance.document_types import DocumentType
from issuance.document_types.registry import NUMBER_LENGTH
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank
from issuance.models.supply import Why
from issuance.services import centres
from issuance.services.stock import moves
from issuance.states import BlankState, JobState


def is_bound_to(kind: DocumentType) -> bool:
    """Whether documents of this type have the number of their booklet."""
    return kind.number_source == "blank"


def reserve(act: Act, kind: DocumentType, centre_id: UUID) -> Blank:
    """The next booklet at a station of the centre whose number no document has; Conflict when there is none."""
    query = (
        select(Blank)
        .where(Blank.centre_id == centre_id, Blank.stock == kind.stock, Blank.state == written(BlankState.AT_STATION))
        .where(func.length(Blank.serial) == NUMBER_LENGTH, ~_has_document())
        .order_by(Blank.serial)
        .limit(1)
        .with_for_update()
    )
    blank = act.session.scalar(query)
    while blank is not None and _is_taken(act, blank):  # by who held the lock before
        blank = act.session.scalar(query)
    if blank is None:
        raise Conflict(
            "No booklet for %(type)s is free at a station of this centre, and its number is the document's. Load"
            " booklets there, then try again.",
            type=kind.code,
        )
    return blank


def _has_document() -> ColumnElement[bool]:
    return exists().where(Document.number == Blank.serial)


def _is_taken(look: Look, blank: Blank) -> bool:
    return look.session.scalar(select(Document.id).where(Document.number == blank.serial)) is not None


def _bound() -> dict[str, DocumentType]:
    """The types whose documents have the number of their booklet, by code."""
    return {code: kind for code, kind in document_types.load().items() if is_bound_to(kind)}


def at_hand(station: Station) -> ColumnElement[bool]:
    """Of a document's job: that its booklet, where it must be a certain one, lies at this station."""
    here = exists().where(Blank.serial == Document.number, Blank.station_id == station.id)
    return Document.document_type.not_in(_bound()) | here


def numbers_at(look: Look, station_ids: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """The numbers of the booklets that lie at each of these stations, of the stocks whose numbers are documents'."""
    stocks = {kind.stock for kind in _bound().values()}
    if not stocks:
        return dict.fromkeys(station_ids, frozenset())
    lies = (Blank.station_id.in_(station_ids), Blank.state == BlankState.AT_STATION, Blank.stock.in_(stocks))
    found = look.session.execute(select(Blank.station_id, Blank.serial).where(*lies)).all()
    return {key: frozenset(serial for station_id, serial in found if station_id == key) for key in station_ids}


def wanted(look: Look, station: Station) -> Document | None:
    """The document that the station makes now, when its booklet must be found and was not scanned yet."""
    job = look.session.scalar(
        select(PrintJob).where(PrintJob.station_id == station.id, PrintJob.state == written(JobState.CLAIMED))
    )
    if job is None or not is_bound_to(document_types.get(job.document.document_type)):
        return None
    return None if scanned(look, job.document) else job.document


def scan(act: Act, station: Station, typed: str) -> Document:
    """The operator scanned the booklet that goes onto the reader; InvalidInput names another one.

    Conflict when the station's order wants none.
    """
    centres.check_own(act, station)
    document, number = wanted(act, station), typed.strip().upper()
    if document is None:
        raise Conflict("No order of this station waits for a booklet. Look at its page again.")
    if number != document.number:
        raise InvalidInput(
            "number",
            "This is booklet %(found)s, and the order is for %(wanted)s: put it back, take the right one.",
            found=number or "-",
            wanted=document.number,
        )
    blank = act.session.scalars(select(Blank).where(Blank.serial == number)).one()
    blank.document_id = document.id
    act.record("stock.booklet_scanned", station, document, centre_id=station.centre_id)
    return document


def scanned(look: Look, document: Document) -> str:
    """The number of the booklet that was scanned for the document, "" while none was."""
    query = select(Blank.serial).where(Blank.serial == document.number, Blank.document_id == document.id)
    return look.session.scalar(query) or ""


def give_up(act: Act, document: Document) -> None:
    """The document's number is spent, and with it the booklet that has it, though nothing was made of it."""
    if not is_bound_to(document_types.get(document.document_type)):
        return
    blank = act.session.scalar(select(Blank).where(Blank.serial == document.number))
    if blank is not None and blank.state == BlankState.AT_STATION:
        moves.within(act, blank, BlankState.SPOILED, Why.GIVEN_UP)
