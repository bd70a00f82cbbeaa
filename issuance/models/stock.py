"""The ledger of numbered blanks."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Versioned, state_column
from issuance.states import BlankState


class Blank(Versioned, Base):
    """One numbered blank. It is bound to a document when its serial is read, not when a job is claimed."""

    __tablename__ = "blank"
    __table_args__ = (Index("ix_blank_station_id", "station_id", "state", "stock"),)
    WITNESSED = ("serial", "stock", "centre_id", "station_id", "document_id", "chip_uid", "state", "state_by")
    serial: Mapped[str] = mapped_column(unique=True)
    stock: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    chip_uid: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[BlankState] = state_column(BlankState, BlankState.RECEIVED)
    state_by: Mapped[UUID | None]
