"""Cards that a bureau made: on their way until one person of the centre counted them and a second signed (ADR 0081).

Who counts does not see which are expected. What the bureau told of and does not come within DAYS is late; a supervisor
says of a card that it never will, and its request gets another one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.batches import BureauCard, BureauParcel
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Station
from issuance.models.stock import Blank
from issuance.services import centres
from issuance.services.production import documents, jobs
from issuance.services.stock import ledger
from issuance.states import DocumentState

DAYS = 7
"""From the bureau's word that a card is made until it should lie in the centre: our assumption, no norm says one."""

MOST = 500
"""Cards of one parcel."""

LISTED = 100
NEVER_CAME = "never-came"
"""The reason for which the number of a card that was lost on its way is cancelled."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How many cards of one bureau are on their way, and when it told of the first of them."""

    station: Station
    count: int
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """A card that is late: its document and request, and when the bureau said that it was made."""

    document_id: UUID
    document_type: str
    request_id: UUID
    case_reference: str
    told_at: dt.datetime


# What is on its way


MADE = (
    select(PrintJob.document_id, PrintJob.centre_id, PrintJob.station_id, PrintJob.ended_at)
    .join(Document, Document.id == PrintJob.document_id)
    .where(Document.state == written(DocumentState.PERSONALISED))
    .cte("made_unchecked")
    .prefix_with("MATERIALIZED")
)
"""What is made and not checked yet: few, and not to be looked for among all jobs of a centre."""


def _coming(look: Look, *columns: Any) -> Select[Any]:
    """What a bureau of the actor's centre made, unchecked, and no parcel has; columns are those of MADE."""
    query = select(*columns).select_from(MADE).join(Station, Station.id == MADE.c.station_id)
    has_come = select(BureauCard.id).where(BureauCard.document_id == MADE.c.document_id).exists()
    return query.where(Station.bureau, MADE.c.centre_id == look.actor.centre_id, ~has_come)


def expected(look: Look) -> list[Expected]:
    """What comes to the actor's centre, by bureau."""
    query = _coming(look, MADE.c.station_id, func.count(), func.min(MADE.c.ended_at)).group_by(MADE.c.station_id)
    found = {station_id: (count, since) for station_id, count, since in look.session.execute(query)}
    stations = look.session.scalars(select(Station).where(Station.id.in_(found)).order_by(Station.name))
    return [Expected(station, *found[station.id]) for station in stations]


def bureaus(look: Look) -> list[Station]:
    """The bureaus of the actor's centre."""
    query = select(Station).where(Station.centre_id == look.actor.centre_id, Station.bureau, Station.active)
    return list(look.session.scalars(query.order_by(Station.name)))


def late_count(look: Look) -> Select[int]:
    """How many cards of the actor's centre did not come in time, as a query."""
    return _late(look, func.count())


def _late(look: Look, *columns: Any) -> Select[Any]:
    return _coming(look, *columns).where(MADE.c.ended_at <= look.clock.now() - dt.timedelta(days=DAYS))


def late(look: Look) -> list[Missing]:
    """The cards that did not come in time, the first told of before; LISTED at most."""
    request = IssuanceRequest
    columns = (Document.id, Document.document_type, request.id, request.case_reference, MADE.c.ended_at)
    query = _late(look, *columns).join(Document, Document.id == MADE.c.document_id)
    query = query.join(request, request.id == Document.request_id).order_by(MADE.c.ended_at, Document.id)
    return [Missing(*row) for row in look.session.execute(query.limit(LISTED))]


def lies_here() -> ColumnElement[bool]:
    """On jobs that are done: whether the card lies at its station, or came from its bureau and was signed for."""
    signed = select(BureauCard.id).join(BureauParcel, BureauParcel.id == BureauCard.parcel_id)
    signed = signed.where(BureauCard.document_id == PrintJob.document_id, BureauParcel.received_at.is_not(None))
    return or_(PrintJob.station_id.not_in(select(Station.id).where(Station.bureau)), signed.exists())


# A parcel


def waiting(look: Look) -> list[BureauParcel]:
    """The parcels that were counted and wait for the second signature, the oldest first."""
    query = select(BureauParcel).where(BureauParcel.centre_id == look.actor.centre_id)
    return list(look.session.scalars(query.where(BureauParcel.received_at.is_(None)).order_by(BureauParcel.counted_at)))


def own(look: Look, parcel_id: UUID) -> BureauParcel:
    """The parcel of the actor's centre with this id; NotFound also for another centre's."""
    row = look.session.get(BureauParcel, parcel_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such parcel of your centre. Open the list again.")
    return row


def cards(look: Look, row: BureauParcel) -> Sequence[Document]:
    """What is in a parcel, by number."""
    query = select(Document).join(BureauCard, BureauCard.document_id == Document.id)
    return look.session.scalars(query.where(BureauCard.parcel_id == row.id).order_by(Document.number)).unique().all()


def count(act: Act, station: Station, seal: str, numbers: Collection[str]) -> BureauParcel:
    """Somebody opened a parcel of this bureau and read the number of each card in it.

    InvalidInput names a number that does not come from there, or came before.
    """
    centres.check_own(act, station)
    if not seal.strip():
        raise InvalidInput("seal", "Type the number on the seal of the parcel.")
    wanted = {"".join(number.split()).upper() for number in numbers} - {""}
    if not 1 <= len(wanted) <= MOST:
        raise InvalidInput("numbers", "Scan the cards of the parcel, at most %(most)s.", most=MOST)
    found = _numbered(act, station, wanted)
    if strange := sorted(wanted - found.keys()):
        raise InvalidInput(
            "numbers",
            "%(number)s does not come from this bureau, or came before. Lay it apart, and leave it out here.",
            number=strange[0],
        )
    row = BureauParcel(
        centre_id=station.centre_id,
        station=station,
        seal=seal.strip().upper(),
        counted_by=act.actor.id,
        counted_at=act.clock.now(),
    )
    act.session.add(row)
    act.session.flush()
    try:
        with act.session.begin_nested():
            act.session.add_all(BureauCard(parcel_id=row.id, document_id=key) for key in found.values())
    except IntegrityError as error:
        raise Conflict("Somebody counted one of these cards meanwhile. Open the list again.") from error
    act.record("bureau.counted", row, station, count=len(found))
    return row


def _numbered(look: Look, station: Station, wanted: Collection[str]) -> dict[str, UUID]:
    query = _coming(look, Document.number, Document.id).join(Document, Document.id == MADE.c.document_id)
    query = query.where(MADE.c.station_id == station.id, Document.number.in_(wanted))
    return {number: key for number, key in look.session.execute(query)}


def count_again(act: Act, row: BureauParcel) -> None:
    """The second person saw something else: nothing was counted."""
    _check_open(act, row)
    for card in act.session.scalars(select(BureauCard).where(BureauCard.parcel_id == row.id)):
        act.session.delete(card)
    act.session.flush()
    act.session.delete(row)
    act.record("bureau.to_count_again", row.station, centre_id=row.centre_id)


def receive(act: Act, row: BureauParcel) -> None:
    """A second person saw the cards and signs for them: they may go into trays. NotAllowed for who counted them."""
    _check_open(act, row)
    if row.counted_by == act.actor.id:
        raise NotAllowed("You counted this parcel. A second person looks at the cards and signs.")
    row.received_by, row.received_at = act.actor.id, act.clock.now()
    act.record("bureau.received", row, row.station, centre_id=row.centre_id)


def _check_open(act: Act, row: BureauParcel) -> None:
    own(act, row.id)
    act.session.refresh(row, with_for_update={"of": BureauParcel})
    if row.received_at is not None:
        raise Conflict("This parcel was signed for. Open the list again.")


# What never comes


def coming(look: Look, document_id: UUID) -> Document:
    """A document whose card is on its way to the actor's centre; NotFound for any other."""
    if look.session.scalar(_coming(look, MADE.c.document_id).where(MADE.c.document_id == document_id)) is None:
        raise NotFound("This card is not on its way any more. Open the list again.")
    return look.session.get_one(Document, document_id)


def give_up(act: Act, document: Document, word: str) -> Document:
    """A supervisor says that a card on its way will not come: its number is cancelled, and a new one is made.

    NotFound when it came after all; the new attempt is returned.
    """
    centres.check_own(act, document.request)
    if RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("A supervisor gives a card up. Ask one.")
    if not word.strip():
        raise InvalidInput("word", "Say what the bureau or the carrier answered.")
    act.session.refresh(document, with_for_update={"of": Document})
    coming(act, document.id)
    if act.session.scalar(select(Blank.id).where(Blank.document_id == document.id)):
        ledger.spoil(act, document)
    made = jobs.spoil(act, documents.job_of(act, document), NEVER_CAME)
    act.record("bureau.given_up", document, document.request, centre_id=act.actor.centre_id, reason=word.strip())
    return made
