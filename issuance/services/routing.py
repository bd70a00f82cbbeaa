"""Which station makes what: what a document type needs, why a station cannot make it now, and who stepped aside.

One answer for the claim, the page of the jobs and the rail (ADR 0029, 0030). A station that did not start an order
steps aside from its request until what it can make has changed or a growing pause is over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select

from card_drivers.order import Abilities, DeviceStatus, Ink, Need, Size
from card_drivers.troubles import Trouble
from issuance import document_types
from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import written
from issuance.document_types import DocumentType
from issuance.errors import Conflict
from issuance.models.batches import Batch, BatchStation
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.production import PrintJob, StepAside
from issuance.models.staff import Station
from issuance.models.stations import SettingsRevision
from issuance.services import duties, parties
from issuance.services.parties import Begun
from issuance.services.stock import booklets, ledger
from issuance.states import BATCHES_OPEN, JobState
from printing.faces import layout

PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 60))
"""How long a station steps aside after it did not start an order once, twice, ...; the first is for the blameless."""

BLAMELESS = ("interrupted-early", "leave-refused", "leave-not-genuine", "leave-lapsed")
"""The station was interrupted, or the register gave no leave."""

MOST_REFUSED = 3
"""A station that stepped aside from so many requests of one type is not offered the type either."""

KEPT = dt.timedelta(days=1)
"""How long it is remembered how often a station stepped aside, so that pauses grow."""

OFFICE_PRINTER = Abilities(
    sizes=(Size(width_mm=210, height_mm=297), Size(width_mm=148, height_mm=210)),
    faces=1,
    inks=("colour", "black", "fine", "uv"),
)
"""What an office printer can make, which has nobody to say it: A4 and A5 in colour, ultraviolet layers left out."""

SILENT_FOR = dt.timedelta(minutes=15)
"""A station that said nothing for so long can make nothing: it tells its status every 30 seconds."""


@cache
def needs() -> Mapping[str, Need]:
    """What each type needs that this release can produce, by code."""
    return {code: _need(kind) for code, kind in document_types.load().items() if kind.face is not None}


def _need(kind: DocumentType) -> Need:
    drawn = layout.load(kind.template().layout)
    has_colour = not kind.template().preprinted or any(face.portrait or face.ghost for face in drawn.faces)
    has_uv = any(face.ultraviolet for face in drawn.faces)
    inks: dict[Ink, bool] = {"colour": has_colour, "black": True, "uv": has_uv}
    return Need(
        document_type=kind.code,
        producer=kind.producer,
        stock=kind.stock,
        size=Size(width_mm=drawn.width, height_mm=drawn.height),
        faces=len(drawn.faces),
        inks=tuple(ink for ink, is_there in inks.items() if is_there),
        profile=kind.chip.profile if kind.chip else None,
    )


def missing(need: Need, station: Station, said: Abilities | None, loaded: Mapping[str, int]) -> tuple[Conflict, ...]:
    """Why this station cannot make that now, each a sentence with the next step; empty when it can.

    `said` is what it says of itself, `loaded` what the ledger has at it, by stock: asked when it does not know.
    """
    if said is None:
        return (Conflict("%(station)s does not say what it can make. Switch it on.", station=station.name),)
    return tuple(_missing(need, station, said, loaded))


def _missing(need: Need, station: Station, said: Abilities, loaded: Mapping[str, int]) -> Iterator[Conflict]:
    if station.bureau and need.producer == "station":
        yield Conflict("The bureau of %(station)s makes no %(type)s. Send it to another station.",
                       station=station.name, type=need.document_type)  # fmt: skip
    if not station.bureau and need.producer == "bureau":
        yield Conflict("%(type)s is made by a bureau, and %(station)s is none. Send it to the bureau.",
                       station=station.name, type=need.document_type)  # fmt: skip
    for trouble in said.lacks(need):
        said_of: dict[str, Any] = dict(trouble.params)
        yield Conflict(LACKS[trouble.code], station=station.name, type=need.document_type, **said_of)
    is_numbered = document_types.get(need.document_type).form != "paper"
    if said.stocks is None and is_numbered and not loaded.get(need.stock):
        yield Conflict(LACKS["stock-out"], station=station.name, stock=need.stock)


LACKS: Mapping[str, str] = {
    "printer-no-medium": "%(station)s does not print %(size)s mm. Send the job elsewhere.",
    "printer-sides": "%(station)s prints one face, and %(type)s has %(faces)s. Send the job elsewhere.",
    "printer-no-ink": "%(station)s does not print the ink %(ink)s of %(type)s. Send the job elsewhere.",
    "printer-no-uv": "%(station)s does not print the ultraviolet layer of %(type)s. Send the job elsewhere, or let the"
    " settings of the printer leave it out.",
    "printer-no-chip": "%(station)s does not write the chip of %(type)s. Give it a chip reader, or send the job"
    " elsewhere.",
    "stock-out": "No blanks %(stock)s lie in %(station)s. Load some, or send the job elsewhere.",
}
"""What a station lacks, by the code of its own refusal, with the next step of whoever looks at the list."""


# One station, and all of a centre


@dataclass(frozen=True)
class Standing:
    """What one station can make now: `lacks` by document type, empty for what it can; `aside` by request.

    `booklets` are the numbers of those that lie there, for types whose documents have the number of their booklet;
    `batches` are the open ones in whose pool it is.
    """

    station: Station
    lacks: Mapping[str, tuple[Conflict, ...]]
    aside: Mapping[UUID, StepAside]
    booklets: frozenset[str]
    batches: frozenset[UUID] = frozenset()

    @property
    def types(self) -> tuple[str, ...]:
        """The document types that it can make now."""
        return tuple(code for code, lacks in self.lacks.items() if not lacks)

    def offered(self) -> ColumnElement[bool]:
        """On jobs joined with their documents: whether the job may go to this station now."""
        to_it = or_(PrintJob.wanted_station_id.is_(None), PrintJob.wanted_station_id == self.station.id)
        of_pool = or_(PrintJob.batch_id.is_(None), PrintJob.batch_id.in_(self.batches))
        can = and_(Document.document_type.in_(self.types), to_it, of_pool, booklets.at_hand(self.station))
        return and_(can, Document.request_id.not_in(self.aside)) if self.aside else can

    def claimable(self, operator_id: UUID, found: Iterable[Begun]) -> Select[PrintJob]:
        """What this operator's shift there claims, in that order: none that the operator approved, none of a batch
        that is not running, and no party that another station makes.
        """
        return (
            select(PrintJob)
            .join(Document, Document.id == PrintJob.document_id)
            .where(PrintJob.state == written(JobState.QUEUED), PrintJob.centre_id == self.station.centre_id)
            .where(PrintJob.parked.is_(False), self.offered(), duties.open_to(operator_id, DutyName.OPERATION))
            .where(parties.left_to(self.station, found))
            .order_by(*parties.AS_CLAIMED)
        )

    def against(self, job: PrintJob) -> tuple[Conflict, ...]:
        """Why this job does not go to this station now; empty when it may."""
        aside = self.aside.get(job.document.request_id)
        stepped = (_stepped_aside(self.station, aside.until),) if aside else ()
        return (*self.lacks_for(job.document), *self.outside(job), *stepped)

    def outside(self, job: PrintJob) -> tuple[Conflict, ...]:
        """That it is not in the pool of the job's batch; empty when it is, or there is none."""
        if job.batch_id is None or job.batch_id in self.batches:
            return ()
        return (
            Conflict(
                "%(station)s is not in the pool of this job's batch. Choose it into the pool, or take the job out of"
                " the batch.",
                station=self.station.name,
            ),
        )

    def lacks_for(self, document: Document) -> tuple[Conflict, ...]:
        """Why it cannot make this document now; empty when it can."""
        code = document.document_type
        if code not in self.lacks:
            return (Conflict("This release makes no %(type)s. Cancel the job, or update the server.", type=code),)
        if booklets.is_bound_to(document_types.get(code)) and document.number not in self.booklets:
            return (*self.lacks[code], Conflict(NO_BOOKLET, station=self.station.name))
        return self.lacks[code]


NO_BOOKLET = (
    "The booklet with this document's number does not lie in %(station)s. Send the job where it lies, or cancel it to"
    " take another booklet."
)


def _stepped_aside(station: Station, until: dt.datetime) -> Conflict:
    return Conflict(
        "%(station)s did not start this order. It is offered again at %(time)s, or when what it can make has changed;"
        " or send the job elsewhere.",
        station=station.name,
        time=_time(until),
    )


def _time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(OFFICE_ZONE):%H:%M}"


def standings(look: Look, stations: Sequence[Station]) -> list[Standing]:
    """What each of these stations can make now."""
    said = {station.id: None if _is_silent(look, station) else abilities(station) for station in stations}
    loaded = ledger.left_at(look, [station for station in stations if _asks_ledger(said[station.id])])
    aside = _aside(look, stations)
    numbers = booklets.numbers_at(look, [station.id for station in stations])
    pools = _pools(look, stations)
    return [
        Standing(
            station=station,
            lacks=_lacks(station, said[station.id], loaded.get(station.id, {}), aside[station.id]),
            aside={row.request_id: row for row in aside[station.id]},
            booklets=numbers[station.id],
            batches=pools[station.id],
        )
        for station in stations
    ]


def _pools(look: Look, stations: Sequence[Station]) -> dict[UUID, frozenset[UUID]]:
    """The open batches in whose pool each of these stations is."""
    query = select(BatchStation.station_id, BatchStation.batch_id).join(Batch, Batch.id == BatchStation.batch_id)
    here = query.where(BatchStation.station_id.in_([station.id for station in stations]))
    rows = look.session.execute(here.where(Batch.state.in_(BATCHES_OPEN))).all()
    return {station.id: frozenset(row[1] for row in rows if row[0] == station.id) for station in stations}


def of_centre(look: Look, centre_id: UUID | None) -> list[Standing]:
    """Those of a centre's stations, by name."""
    query = select(Station).where(Station.centre_id == centre_id, Station.active).order_by(Station.name)
    return standings(look, look.session.scalars(query).all())


def _lacks(
    station: Station, said: Abilities | None, loaded: Mapping[str, int], aside: Sequence[StepAside]
) -> dict[str, tuple[Conflict, ...]]:
    lacks = {code: missing(need, station, said, loaded) for code, need in needs().items()}
    for code in lacks:
        refused = sorted(row.until for row in aside if row.document_type == code)
        if len(refused) >= MOST_REFUSED:
            lacks[code] += (_refuses(station, code, refused[-MOST_REFUSED]),)
    return lacks


def _refuses(station: Station, code: str, until: dt.datetime) -> Conflict:
    return Conflict(
        "%(station)s did not start the last orders of %(type)s. Look at its page; it is offered one again at %(time)s.",
        station=station.name,
        type=code,
        time=_time(until),
    )


def abilities(station: Station) -> Abilities | None:
    """What a station says it can make; None while nobody can say."""
    if station.office_printer:
        return OFFICE_PRINTER
    return DeviceStatus.model_validate(station.status).abilities if station.status else None


def has_reader(look: Look, station: Station) -> bool:
    """Whether a station has a chip reader, in its printer or beside it, and answers."""
    said = abilities(station)
    return said is not None and bool(said.profiles) and not _is_silent(look, station)


def _is_silent(look: Look, station: Station) -> bool:
    return station.last_seen is not None and look.clock.now() - station.last_seen > SILENT_FOR


def _asks_ledger(said: Abilities | None) -> bool:
    return said is not None and said.stocks is None


def offered_to_any(standing: Iterable[Standing]) -> ColumnElement[bool]:
    """On jobs joined with their documents: whether any of these stations may get it now."""
    return or_(false(), *(each.offered() for each in standing))


def why_not(standing: Sequence[Standing], job: PrintJob) -> tuple[Conflict, ...]:
    """Why no station gets this job now: what the nearest one lacks, or the one that it is meant for; empty if one may.

    The nearest is the one with the fewest reasons.
    """
    if not standing:
        return (Conflict("This centre has no station. The administrator adds one."),)
    wanted = [each for each in standing if job.wanted_station_id in (None, each.station.id)]
    if not wanted:
        return (Conflict("The station that this job is meant for is closed. Send the job elsewhere."),)
    return min((each.against(job) for each in wanted), key=len)


# Stepping aside


def step_aside(act: Act, job: PrintJob, why: Trouble | None, *, station: Station) -> None:
    """The station did not start this order: it is not offered the request for a while.

    Once it may try again at once when it was not to blame, or the order was never given to it.
    """
    digest = _digest(act, act.session.get_one(Station, station.id))
    row = _row(act, job.document, station)
    row.count = row.count + 1 if row.digest == digest else 1
    row.digest = digest
    is_blameless = job.fetched_at is None or (why is not None and why.code in BLAMELESS)
    row.until = act.clock.now() + PAUSES[min(row.count - is_blameless, len(PAUSES) - 1)]
    row.trouble = why.model_dump(mode="json", exclude_defaults=True) if why else None
    act.session.flush()


def offer_again(act: Act, job: PrintJob) -> None:
    """Somebody saw to it: no station of the job's centre steps aside from its request or its type any longer.

    Conflict when none does.
    """
    at_centre = select(Station.id).where(Station.centre_id == job.centre_id)
    same = or_(StepAside.request_id == job.document.request_id, StepAside.document_type == job.document.document_type)
    query = select(StepAside).where(StepAside.station_id.in_(at_centre), same, StepAside.until > act.clock.now())
    rows = act.session.scalars(query).all()
    if not rows:
        raise Conflict("No station steps aside from this job. Open the list again.")
    for row in rows:
        row.until = act.clock.now()


def _row(act: Act, document: Document, station: Station) -> StepAside:
    query = select(StepAside).where(StepAside.request_id == document.request_id, StepAside.station_id == station.id)
    row = act.session.scalar(query)
    if row is None:
        row = StepAside(
            station_id=station.id,
            request_id=document.request_id,
            document_type=document.document_type,
            digest="",
            count=0,
            until=act.clock.now(),
        )
        act.session.add(row)
    return row


def _aside(look: Look, stations: Sequence[Station]) -> dict[UUID, list[StepAside]]:
    """From which requests these stations step aside now: nothing has changed there, and their pause is not over."""
    found: dict[UUID, list[StepAside]] = {station.id: [] for station in stations}
    query = select(StepAside).where(StepAside.station_id.in_(found), StepAside.until > look.clock.now())
    rows = look.session.scalars(query).all()
    touched = {row.station_id for row in rows}
    digests = {station.id: _digest(look, station) for station in stations if station.id in touched}
    for row in rows:
        if row.digest == digests[row.station_id]:
            found[row.station_id].append(row)
    return found


def _digest(look: Look, station: Station) -> str:
    """What a station can make and is set to, as one value; how many blanks of a stock lie there changes nothing."""
    said = abilities(station)
    if said is not None and said.stocks is not None:
        said = said.model_copy(update={"stocks": {name: 1 for name, count in sorted(said.stocks.items()) if count}})
    taken = (SettingsRevision.station_id == station.id, SettingsRevision.answered_at.is_not(None))
    revision = look.session.scalar(select(func.max(SettingsRevision.number)).where(*taken)) or 0
    return hashlib.sha256(f"{revision} {said.model_dump_json() if said else ''}".encode()).hexdigest()


def forget(look: Look) -> None:
    """Forget who stepped aside when its pause ended long ago. Nobody acts: it is no event."""
    look.session.execute(delete(StepAside).where(StepAside.until < look.clock.now() - KEPT))
