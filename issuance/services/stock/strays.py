"""Blanks where they may not be: refused by a sentence that names them, and told to the supervisor of the centre."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound
from issuance.models.documents import Document
from issuance.models.staff import Station
from issuance.models.stock import StrayBlank


class Kind(StrEnum):
    """What is wrong with a blank that was read."""

    UNKNOWN = "unknown"
    OTHER_STOCK = "other_stock"
    OTHER_BOOKLET = "other_booklet"
    """A document has the number of its booklet, and another one was read."""

    USED = "used"
    ELSEWHERE = "elsewhere"
    IN_STACK = "in_stack"
    NOT_IN_STACK = "not_in_stack"
    """The ledger has it here, and the operator did not find it between the first and the last of a stack."""

    MISSING = "missing"
    """It was declared missing, and somebody has it."""

    NOT_ANNOUNCED = "not_announced"
    """It came with a delivery whose manifest does not name it."""

    NOT_IN_PARCEL = "not_in_parcel"
    """Blanks of a parcel, by its code, were not in it: the supervisors of both centres look."""

    SEAL_DIFFERS = "seal_differs"
    """A parcel, by its code, came with another seal than it was sent with."""

    UNREADABLE = "unreadable"
    """A document ended and nobody could read the serial of its blank."""


class Stray(Conflict):
    """This blank may not be where it was read. `kind` and `serial` go to the supervisor (`tell`)."""

    def __init__(self, kind: Kind, serial: str, message: str) -> None:
        super().__init__(message, field="blank_serial", serial=serial)
        self.kind, self.serial = kind, serial


def tell(act: Act, stray: Stray, *, station: Station | None, document: Document | None = None) -> None:
    """Tell the supervisor of a blank that was refused."""
    keep(act, stray.kind, stray.serial, station=station, document=document)


def keep(act: Act, kind: Kind, serial: str, *, station: Station | None, document: Document | None = None) -> None:
    """Put a blank on the supervisor's list; one that is on it already is not told again."""
    centre_id = station.centre_id if station else act.actor.centre_id
    row = StrayBlank(
        kind=kind,
        serial=serial,
        centre_id=centre_id,
        station_id=station and station.id,
        document_id=document and document.id,
        at=act.clock.now(),
    )
    _keep_once(act, row, [document] if document else [])


def alert(act: Act, kind: Kind, code: str, centre_id: UUID) -> None:
    """Put what is wrong with a parcel on the list of a centre's supervisor, once."""
    _keep_once(act, StrayBlank(kind=kind, serial=code, centre_id=centre_id, at=act.clock.now()), [])


def _keep_once(act: Act, row: StrayBlank, about: list[Document]) -> None:
    known = select(StrayBlank.id).where(
        StrayBlank.settled_at.is_(None),
        StrayBlank.centre_id == row.centre_id,
        StrayBlank.kind == row.kind,
        StrayBlank.serial == row.serial,
        StrayBlank.station_id == row.station_id,
        StrayBlank.document_id == row.document_id,
    )
    if act.session.scalar(known.limit(1)) is not None:
        return
    act.session.add(row)
    act.record("stock.stray_told", row, *about, centre_id=row.centre_id, kind=row.kind, blank=row.serial)


def listed(look: Look) -> list[StrayBlank]:
    """What the supervisor of the centre has to look into, the oldest first."""
    return list(look.session.scalars(select(StrayBlank).where(_open(look)).order_by(StrayBlank.at, StrayBlank.id)))


def count(look: Look) -> Select[int]:
    """How many there are of those, as a query."""
    return select(func.count()).select_from(StrayBlank).where(_open(look))


def _open(look: Look) -> ColumnElement[bool]:
    return StrayBlank.settled_at.is_(None) & (StrayBlank.centre_id == look.actor.centre_id)


def opened(look: Look, stray_id: UUID) -> StrayBlank:
    """One of the actor's own centre; NotFound otherwise."""
    row = look.session.get(StrayBlank, stray_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such blank on the list of your centre. Open the list again.")
    return row
