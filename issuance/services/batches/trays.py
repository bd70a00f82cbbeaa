"""Trays: what a station made of a batch and nobody checked yet leaves it together, with one sheet; families whole.

The check works one through card after card: which card was scanned, and how far the tray is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.batches import Batch, Tray, TrayCard
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.services import centres, duties
from issuance.services.batches import arrivals
from issuance.states import JOBS_OPEN, DocumentState, JobState
from issuance.values import references

USUAL, MOST = 50, 500
LOST = "There is no such tray in your centre. Scan the code of its sheet again."


@dataclass(frozen=True, slots=True)
class Card:
    """A document in a tray: its number and type, and the party that it belongs to, None for one alone.

    `place` counts from the front, `serial` is of its blank, None while nobody knows it.
    """

    document_id: UUID
    number: str
    document_type: str
    party_id: UUID | None
    state: DocumentState
    place: int
    serial: str | None
    is_barred: bool
    """Whether another duty of the reader excludes the check."""

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its check."""
        return self.state == DocumentState.PERSONALISED

    @property
    def is_rejected(self) -> bool:
        """Whether the check, or anything after it, ended it before it was anybody's."""
        return self.state == DocumentState.CANCELLED


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the check of a tray is: how many are in it, and which failed, wait for the reader, or for others."""

    total: int
    failed: tuple[Card, ...]
    mine: tuple[Card, ...]
    others: tuple[Card, ...]

    @property
    def done(self) -> int:
        """How many are checked, with whatever result."""
        return self.total - len(self.mine) - len(self.others)

    @property
    def next(self) -> Card | None:
        """The first card that the reader may check."""
        return self.mine[0] if self.mine else None


def fill(act: Act, batch: Batch, station: Station, most: int) -> Tray:
    """Put what this station made into a tray, at most so many, and families whole.

    A family of which something is still open waits for it; one larger than a tray has one of its own. Conflict when
    nothing is there.
    """
    centres.check_own(act, batch)
    centres.check_own(act, station)
    if not 1 <= most <= MOST:
        raise InvalidInput("most", "Give how many cards fit into a tray, from 1 to %(most)s.", most=MOST)
    jobs = fit(_families(act, batch, station), most)
    if not jobs:
        raise Conflict(
            "Nothing that this station made of the batch lies outside a tray, or its families are not complete."
        )
    last = act.session.scalar(select(func.max(Tray.number)).where(Tray.batch_id == batch.id))
    tray = Tray(batch=batch, station=station, number=(last or 0) + 1, made_by=act.actor.id, made_at=act.clock.now())
    tray.code = references.new_code()
    try:
        with act.session.begin_nested():
            act.session.add(tray)
            act.session.flush()
            act.session.add_all(TrayCard(tray_id=tray.id, job_id=job, place=at) for at, job in enumerate(jobs, 1))
    except IntegrityError as error:
        raise Conflict("Somebody filled a tray of this batch meanwhile. Open the batch again.") from error
    act.record("tray.filled", tray, batch, station, count=len(jobs))
    return tray


def fit(families: Sequence[Sequence[UUID]], most: int) -> list[UUID]:
    """What goes into a tray of `most`, the first families first; one that does not fit is left, smaller ones follow."""
    if families and len(families[0]) > most:
        return list(families[0])
    taken = list[UUID]()
    for family in families:
        if len(taken) + len(family) <= most:
            taken += family
    return taken


def _families(look: Look, batch: Batch, station: Station) -> list[list[UUID]]:
    """What lies at the station and is in no tray, by turn and type, as it was made."""
    query = (
        select(PrintJob.id, PrintJob.turn_id, Document.document_type, arrivals.lies_here())
        .join(Document, Document.id == PrintJob.document_id)
        .where(PrintJob.batch_id == batch.id, PrintJob.state == JobState.DONE, PrintJob.station_id == station.id)
        .where(Document.state == written(DocumentState.PERSONALISED))
        .where(~select(TrayCard.id).where(TrayCard.job_id == PrintJob.id).exists())
        .order_by(PrintJob.ended_at, PrintJob.id)
    )
    found: dict[tuple[UUID, str], list[UUID]] = {}
    rows = look.session.execute(query.limit(2 * MOST)).all()
    for job_id, turn, code, _ in rows:
        found.setdefault((turn, code), []).append(job_id)
    waited_for = {*_open(look, batch), *((turn, code) for _, turn, code, is_here in rows if not is_here)}
    return [jobs for key, jobs in found.items() if key not in waited_for]


def _open(look: Look, batch: Batch) -> Iterable[tuple[UUID, str]]:
    query = select(PrintJob.turn_id, Document.document_type).join(Document, Document.id == PrintJob.document_id)
    rows = look.session.execute(query.where(PrintJob.batch_id == batch.id, PrintJob.state.in_(JOBS_OPEN)))
    return ((turn, code) for turn, code in rows)


# What pages show


def of_batch(look: Look, batch: Batch) -> list[tuple[Tray, int]]:
    """The trays of a batch with how many cards are in each, the last one first; 100 at most."""
    query = select(Tray).where(Tray.batch_id == batch.id).order_by(Tray.number.desc()).limit(100)
    trays = look.session.scalars(query).unique().all()
    ids = [tray.id for tray in trays]
    counted = select(TrayCard.tray_id, func.count()).where(TrayCard.tray_id.in_(ids)).group_by(TrayCard.tray_id)
    counts = {tray_id: count for tray_id, count in look.session.execute(counted)}
    return [(tray, counts.get(tray.id, 0)) for tray in trays]


def outside(look: Look, batch: Batch) -> list[tuple[Station, int]]:
    """The stations at which documents of a batch lie unchecked and in no tray, with how many; by name."""
    query = (
        select(PrintJob.station_id, func.count())
        .join(Document, Document.id == PrintJob.document_id)
        .where(PrintJob.batch_id == batch.id, PrintJob.state == JobState.DONE)
        .where(Document.state == written(DocumentState.PERSONALISED), arrivals.lies_here())
        .where(~select(TrayCard.id).where(TrayCard.job_id == PrintJob.id).exists())
        .group_by(PrintJob.station_id)
    )
    counts = {station_id: count for station_id, count in look.session.execute(query)}
    stations = select(Station).where(Station.id.in_(counts), Station.active).order_by(Station.name)
    return [(station, counts[station.id]) for station in look.session.scalars(stations)] if counts else []


def own(look: Look, tray_id: UUID) -> Tray:
    """The tray of the actor's own centre with this id; NotFound also for another centre's."""
    return _own(look, Tray.id == tray_id)


def scanned(look: Look, code: str) -> Tray | None:
    """The tray of the actor's own centre whose sheet was scanned; None when it is no code of a tray there."""
    stored = references.normalise_code(code)
    try:
        return _own(look, Tray.code == stored) if stored else None
    except NotFound:
        return None


def _own(look: Look, which: ColumnElement[bool]) -> Tray:
    tray = look.session.scalars(select(Tray).where(which)).unique().one_or_none()
    if tray is None or tray.batch.centre_id != look.actor.centre_id:
        raise NotFound(LOST)
    return tray


def cards(look: Look, tray: Tray) -> list[Card]:
    """What is in a tray, from its front."""
    query = (
        select(
            *(Document.id, Document.number, Document.document_type, IssuanceRequest.party_id, Document.state),
            *(TrayCard.place, Document.blank_serial, ~duties.open_to(look.actor.id, DutyName.CHECK)),
        )
        .select_from(TrayCard)
        .join(PrintJob, PrintJob.id == TrayCard.job_id)
        .join(Document, Document.id == PrintJob.document_id)
        .join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
        .where(TrayCard.tray_id == tray.id)
    )
    return [Card(*row) for row in look.session.execute(query.order_by(TrayCard.place))]


def progress(look: Look, tray: Tray) -> Progress:
    """How far the check of a tray is, for the actor."""
    found = cards(look, tray)
    waiting = [card for card in found if card.is_waiting]
    return Progress(
        len(found),
        tuple(card for card in found if card.is_rejected),
        tuple(card for card in waiting if not card.is_barred),
        tuple(card for card in waiting if card.is_barred),
    )


def card_read(look: Look, tray: Tray, read: str) -> Card | None:
    """The card of a tray whose number, or serial of its blank, is `read`; None when it is of no card in it."""
    text = "".join(read.split()).upper()
    found = cards(look, tray) if text else []  # a blank of which nobody knows has no serial to be equal to
    return next((card for card in found if text in (card.number, (card.serial or "").upper())), None)
