"""Batches of print jobs: what a pool of stations makes one after another; the trays in which it leaves them, and the
files by which an office printer makes many at once.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index, state_column
from issuance.models.batches.arrivals import BureauCard as BureauCard
from issuance.models.batches.arrivals import BureauParcel as BureauParcel
from issuance.models.staff import Staff, Station
from issuance.states import BatchState

RANKS = 1_000_000
"""How far the ranks of two neighbouring batches lie apart: so often jobs can be put first within one."""

ORDINARY = 1_000_000_000_000
"""The rank of a job of no batch: it is claimed after those of the batches."""

OPEN = "state IN ('planned', 'running', 'paused')"


class Batch(Keyed, Base):
    """Jobs of one centre that the stations of a pool make one after another (ADR 0061).

    `number` counts within the centre; `position` is its own number until it changes places with another batch: the
    lowest is made first. `name` is the operator's, "" for none. Which jobs are in it the jobs say.
    """

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("centre_id", "number"),
        partial_index("ix_batch_open", "centre_id", "position", where=OPEN),
        Index("ix_batch_ended", "centre_id", "ended_at"),
    )
    WITNESSED = ("centre_id", "number", "made_by", "made_at", "state", "state_by")
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(default="")
    position: Mapped[int]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    state: Mapped[BatchState] = state_column(BatchState, BatchState.PLANNED)
    state_by: Mapped[UUID | None]

    maker: Mapped[Staff] = relationship(foreign_keys=[made_by])

    @property
    def rank(self) -> int:
        """The rank of its jobs."""
        return self.position * RANKS


class BatchStation(Keyed, Base):
    """A station of the pool of a batch: only those claim its jobs."""

    __tablename__ = "batch_station"
    __table_args__ = (UniqueConstraint("batch_id", "station_id"),)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)

    station: Mapped[Station] = relationship(lazy="joined")


class PrintFile(Keyed, Base):
    """Sheets of one type that an operator took as one file for an office printer (ADR 0069); which, the jobs say.

    `number` counts within the batch. `digest` is the SHA-256 (hex) of the file, which is the same each time it is
    composed; `given_at` is when it was given first. `told_at` is when the operator said what came out of the printer.
    """

    __tablename__ = "print_file"
    __table_args__ = (UniqueConstraint("batch_id", "number"),)
    WITNESSED = ("batch_id", "station_id", "number", "document_type", "taken_by", "digest", "given_at", "told_at")
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    number: Mapped[int]
    document_type: Mapped[str]
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[dt.datetime]
    digest: Mapped[str | None]
    given_at: Mapped[dt.datetime | None]
    told_at: Mapped[dt.datetime | None]

    batch: Mapped[Batch] = relationship(lazy="joined")
    station: Mapped[Station] = relationship(lazy="joined")
    operator: Mapped[Staff] = relationship(lazy="joined")


class Tray(Keyed, Base):
    """Documents of a batch that one station made, as they leave it together; `number` counts within the batch.

    `code` stands on its sheet as Code 128.
    """

    __tablename__ = "tray"
    __table_args__ = (UniqueConstraint("batch_id", "number"),)
    WITNESSED = ("batch_id", "station_id", "number", "code", "made_by", "made_at")
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batch.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[dt.datetime]

    batch: Mapped[Batch] = relationship(lazy="joined")
    station: Mapped[Station] = relationship(lazy="joined")
    maker: Mapped[Staff] = relationship(lazy="joined")


class TrayCard(Keyed, Base):
    """One document in a tray, at its place from the front; a document is in one tray at most."""

    __tablename__ = "tray_card"
    __table_args__ = (UniqueConstraint("tray_id", "place"),)
    WITNESSED = ("tray_id", "job_id", "place")
    tray_id: Mapped[UUID] = mapped_column(ForeignKey("tray.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"), unique=True)
    place: Mapped[int]
