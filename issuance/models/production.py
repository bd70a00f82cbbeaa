"""Print jobs, what a station was asked to read, and under which certificates this office signed what."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index, state_column
from issuance.models.batches import ORDINARY, Batch
from issuance.models.documents import Document
from issuance.states import JobState

ONE_CLAIM = "state = 'claimed' AND print_file_id IS NULL"


class PrintJob(Versioned, Base):
    """One order to make one document, at most once (ADR 0005). Its id is the order id.

    Once it was fetched its number is spent: whatever happens, the next attempt has another (ADR 0028). `leave_at` is
    when the station was let take a blank. `not_started_by` saw that it took none; a second person must say so too.
    `claim_id` is the station's own; `digests` are what the order must contain, fixed when it was prepared.

    `ordered_at` is when its document got its number, None for one of before migration 0041. `lodged_on` is its
    request's, by which jobs wait; `turn_id` is the job whose place it takes, its own or the earliest of those lodged
    with it (`services.parties`); `ended_at` is when it was made, spoiled or cancelled.
    `trouble` is why it waits or is held (`services.production.troubles`). `wanted_station_id` is the one station that
    may claim it, None for any of its centre (`services.routing`). Of one in a batch only the pool claims it, and nobody
    while it is `parked`: the batch is not running. `rank` is its batch's place among the batches, and its own there.
    `print_file_id` is the file in which an office printer was given it, at `file_place` from 1 (ADR 0069); None again
    when it was not given. A station has one claim at a time, or those of one file.
    """

    __tablename__ = "print_job"
    __table_args__ = (
        CheckConstraint("operator_id <> resolved_by", name="operator_is_not_resolver"),
        CheckConstraint("not_started_by <> resolved_by", name="two_saw_that_it_did_not_start"),
        CheckConstraint("batch_id IS NOT NULL OR NOT parked", name="parked_in_a_batch"),
        Index("ix_print_job_claimed", "station_id", "claimed_at"),
        Index(
            "uq_print_job_one_claim",
            "station_id",
            unique=True,
            sqlite_where=text(ONE_CLAIM),
            postgresql_where=text(ONE_CLAIM),
        ),
        partial_index("ix_print_job_in_hand", "station_id", where="state = 'claimed'"),
        partial_index("ix_print_job_print_file_id", "print_file_id", "file_place", where="print_file_id IS NOT NULL"),
        Index("ix_print_job_queue", "centre_id", "state", "priority", "lodged_on", "turn_id", "id"),
        partial_index(
            "ix_print_job_claimable",
            *("centre_id", "parked", "priority", "rank", "lodged_on", "turn_id", "id"),
            where="state = 'queued'",
        ),
        partial_index("ix_print_job_batch", "batch_id", "state", where="batch_id IS NOT NULL"),
        Index("ix_print_job_ended", "centre_id", "state", "ended_at"),
    )
    WITNESSED = (
        "document_id",
        "centre_id",
        "digests",
        "wanted_station_id",
        "station_id",
        "operator_id",
        "claim_id",
        "fetched_at",
        "leave_at",
        "not_started_by",
        "result",
        "resolved_by",
        "state",
        "state_by",
    )
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    priority: Mapped[int] = mapped_column(default=1)
    lodged_on: Mapped[dt.date]
    ordered_at: Mapped[dt.datetime | None]
    turn_id: Mapped[UUID]
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("batch.id"))
    rank: Mapped[int] = mapped_column(BigInteger, default=ORDINARY)
    parked: Mapped[bool] = mapped_column(default=False)
    print_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("print_file.id"))
    file_place: Mapped[int | None]
    ended_at: Mapped[dt.datetime | None]
    digests: Mapped[Any | None] = mapped_column(JSON)
    wanted_station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    claim_id: Mapped[UUID | None] = mapped_column(unique=True)
    claimed_at: Mapped[dt.datetime | None]
    fetched_at: Mapped[dt.datetime | None]
    leave_at: Mapped[dt.datetime | None]
    not_started_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lease_until: Mapped[dt.datetime | None]
    result: Mapped[Any | None] = mapped_column(JSON)
    trouble: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[JobState] = state_column(JobState, JobState.PREPARING)
    state_by: Mapped[UUID | None]

    document: Mapped[Document] = relationship(lazy="joined")
    batch: Mapped[Batch | None] = relationship()


class StepAside(Keyed, Base):
    """A station did not start an order of this request `count` times: it is not offered one before `until`.

    `digest` is of what the station could make then: what it says now counts anew. `trouble` is its own reason. Nobody
    acts on these rows: they are forgotten a day after their end.
    """

    __tablename__ = "step_aside"
    __table_args__ = (UniqueConstraint("station_id", "request_id"),)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    document_type: Mapped[str]
    digest: Mapped[str]
    count: Mapped[int]
    until: Mapped[dt.datetime] = mapped_column(index=True)
    trouble: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))


class Contradiction(Keyed, Base):
    """A report that does not fit what is settled: it is kept whole, and holds the request until a person looked.

    `report` is a `card_drivers.order.Result`, `instance` the process that sent it.
    """

    __tablename__ = "contradiction"
    __table_args__ = (
        Index(
            "ix_contradiction_open",
            "job_id",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )
    WITNESSED = ("job_id", "station_id", "instance", "report", "settled_at", "settled_by", "found")
    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    instance: Mapped[UUID | None]
    at: Mapped[dt.datetime]
    report: Mapped[Any] = mapped_column(JSON)
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    found: Mapped[str] = mapped_column(default="")

    job: Mapped[PrintJob] = relationship(lazy="joined")


class ChipRead(Keyed, Base):
    """A quality officer asked the centre's reader for the chip of a finished document.

    `files` are digests of what was read, by file name, and `findings` a `services.chip_check.Findings`: enough to
    compare and to judge, nothing to leak.
    """

    __tablename__ = "chip_read"
    __table_args__ = (
        Index(
            "ix_chip_read_unanswered",
            "centre_id",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )
    WITNESSED = ("job_id", "centre_id", "asked_by", "station_id", "chip_uid", "files", "findings")
    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    chip_uid: Mapped[str | None]
    files: Mapped[Any | None] = mapped_column(JSON)
    trouble: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    findings: Mapped[Any | None] = mapped_column(JSON)

    job: Mapped[PrintJob] = relationship(lazy="joined")


# Under which certificates this office signed, and what: kept as long as what they are about.


class SignedUnder(Keyed, Base):
    """Columns of a signer's certificate (DER); `digest` is its SHA-256.

    `signer` is the subject's country and common name ("ROLI"), `reference` the serial number in hex.
    """

    __abstract__ = True
    WITNESSED = ("digest", "signer", "reference", "certificate")
    digest: Mapped[str] = mapped_column(unique=True)
    signer: Mapped[str]
    reference: Mapped[str]
    certificate: Mapped[bytes]

    @property
    def name(self) -> str:
        """Signer and reference: `ROLI 1A2B3`."""
        return f"{self.signer} {self.reference}"


class SignedOnce(Keyed, Base):
    """What was signed for a job: it goes into its order the same each time.

    `number` counts what is kept under one certificate, from 1 and with no gap but those of restores.
    """

    __abstract__ = True
    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"), unique=True)
    number: Mapped[int]
    signed_at: Mapped[dt.datetime]


class SealCertificate(SignedUnder):
    """The certificate of a bar code signer; signer and reference are what a seal's header names."""

    __tablename__ = "seal_certificate"


class DocumentSeal(SignedOnce):
    """The one seal of a job, encrypted in the vault."""

    __tablename__ = "document_seal"
    __table_args__ = (UniqueConstraint("certificate_id", "number"),)
    WITNESSED = ("job_id", "signer_id", "number", "blob_id")
    signer_id: Mapped[UUID] = mapped_column("certificate_id", ForeignKey("seal_certificate.id"))
    blob_id: Mapped[UUID] = mapped_column("seal_id", ForeignKey("blob.id"), index=True)

    signer: Mapped[SealCertificate] = relationship(lazy="joined")


class ChipCertificate(SignedUnder):
    """The certificate of a document signer."""

    __tablename__ = "chip_signer"


class DocumentChip(SignedOnce):
    """What was signed and made for the chip of a job.

    `blob_id` is the encrypted `services.production.chips.Secrets`, None as soon as the job has ended: nobody needs the
    chip's keys after that.
    """

    __tablename__ = "document_chip"
    __table_args__ = (UniqueConstraint("signer_id", "number"),)
    WITNESSED = ("job_id", "signer_id", "number")
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("chip_signer.id"))
    blob_id: Mapped[UUID | None] = mapped_column("secrets_id", ForeignKey("blob.id"), index=True)

    signer: Mapped[ChipCertificate] = relationship(lazy="joined")
