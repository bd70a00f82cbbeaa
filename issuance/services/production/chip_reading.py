"""The chip is read by the centre's own reader, on a station: the officer asks, the station answers."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlalchemy import or_, select

from card_drivers.order import ChipReading
from issuance.acts import Act, Look
from issuance.db import wait_turn
from issuance.errors import InvalidInput, NotFound
from issuance.models.documents import Document
from issuance.models.production import ChipRead, PrintJob
from issuance.models.staff import RoleName, Station
from issuance.services import centres, routing
from issuance.services.production import chip_check, documents, troubles
from issuance.services.production.chip_check import Findings
from issuance.services.production.quality import Reading, check_officer, check_waits
from issuance.services.stock import ledger
from issuance.states import DocumentState
from printing.chip.verify import Verdict


def ask_for_chip(act: Act, document: Document) -> ChipRead:
    """Ask the centre's reader for the chip of this document; one question at a time, and the newest counts.

    The officer asks who checks it, or whoever shows it to an officer who is not there.
    """
    centres.check_own(act, document.request)
    job = documents.job_of(act, document)
    check_waits(act, document)
    if RoleName.QUALITY_OFFICER in act.actor.roles:
        check_officer(act, document)
    wait_turn(act.session, f"ask for the chip of {job.id}")
    asked = newest_read(act, job)
    if asked is not None and asked.answered_at is None:
        return asked
    read = ChipRead(job=job, centre_id=job.centre_id, asked_by=act.actor.id, asked_at=act.clock.now())
    act.session.add(read)
    act.session.flush()
    act.record("chip.read_asked", document, centre_id=job.centre_id)
    return read


def newest_read(look: Look, job: PrintJob) -> ChipRead | None:
    """The last question for the chip of this job's document, answered or not."""
    query = select(ChipRead).where(ChipRead.job_id == job.id).order_by(ChipRead.id.desc()).limit(1)
    return look.session.scalar(query)


def waiting_read(look: Look, station: Station) -> ChipRead | None:
    """The oldest unanswered question that this station is to answer, whose document still waits for its check.

    The document lies where it was made: the station that made it answers, or, when that has no reader, any other.
    """
    said = routing.abilities(station)
    if said is not None and not said.profiles:
        return None
    query = (
        select(ChipRead)
        .join(PrintJob, PrintJob.id == ChipRead.job_id)
        .join(Document, Document.id == PrintJob.document_id)
        .where(
            ChipRead.centre_id == station.centre_id,
            ChipRead.answered_at.is_(None),
            or_(PrintJob.station_id.is_(None), PrintJob.station_id.not_in(_other_readers(look, station))),
            Document.state == DocumentState.PERSONALISED,
        )
        .order_by(ChipRead.id)
        .limit(1)
    )
    return look.session.scalar(query)


def _other_readers(look: Look, station: Station) -> list[UUID]:
    """The other stations of the centre that answer such questions themselves."""
    query = select(Station).where(Station.centre_id == station.centre_id, Station.active, Station.id != station.id)
    return [other.id for other in look.session.scalars(query) if routing.has_reader(look, other)]


def answer_chip(act: Act, reading: ChipReading, findings: Findings | None, *, station: Station) -> None:
    """The reader's answer: digests of the files and what `chip_check.judge` found, or why it could not read.

    Answering again changes nothing.
    """
    read = act.session.get(ChipRead, reading.read_id)
    if read is None or read.centre_id != station.centre_id:
        raise NotFound("Nobody asked for this reading.")
    if read.answered_at is not None:
        return
    read.answered_at, read.station_id, read.chip_uid = act.clock.now(), station.id, reading.chip_uid
    read.files = {name: hashlib.sha256(data).hexdigest() for name, data in reading.files.items()}
    read.findings = findings.model_dump(mode="json") if findings else None
    read.trouble = troubles.kept(reading.trouble)
    act.record("chip.read", read.job, ok=reading.trouble is None)


def newest_reading(look: Look, document: Document) -> Reading:
    """The chip as a station last read it. InvalidInput while none has answered, or when it could not read all.

    InvalidInput also for a chip that is as ordered and does not verify: then our certificates are wrong, and no
    document is spoiled for that.
    """
    job = documents.job_of(look, document)
    read = newest_read(look, job)
    if read is None or read.answered_at is None:
        raise InvalidInput("chip", "The chip was not read yet. Lay the document on the reader and ask for it.")
    if read.findings is None or (document.chip_uid and ledger.lasting_uid(read.chip_uid) != document.chip_uid):
        raise InvalidInput("chip", "The reader could not read this document's chip. Lay it on the reader again.")
    prepared, findings = chip_check.prepared_files(job.digests), Findings.model_validate(read.findings)
    if findings.missing or (read.files == prepared and not findings.is_whole(prepared)):
        raise InvalidInput(
            "chip", "The chip was not read to its end. Lay the document on the reader again and ask for it."
        )
    if read.files == prepared and findings.verdict is not Verdict.VALID:
        raise InvalidInput(
            "chip",
            "The chip holds what was ordered, but its signature is not accepted. Do not reject the document; tell the"
            " administrator to look at the certificates (flask pki status), then read it again.",
        )
    value = chip_check.digest_of_all(read.files or {})
    return Reading("chip", value, "reader", chip_check.doubts(findings, prepared))
