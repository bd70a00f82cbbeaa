"""Parcels of finished cards that come from a bureau."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index
from issuance.models.staff import Staff, Station

OPEN = "received_at IS NULL"


class BureauParcel(Keyed, Base):
    """Cards that came from a bureau under one `seal`: one person counted them, a second signed for them (ADR 0081)."""

    __tablename__ = "bureau_parcel"
    __table_args__ = (
        partial_index("ix_bureau_parcel_open", "centre_id", "counted_at", where=OPEN),
        CheckConstraint("received_by <> counted_by", name="two_acknowledge"),
        CheckConstraint("(received_by IS NULL) = (received_at IS NULL)", name="acknowledged_by_somebody"),
    )
    WITNESSED = ("centre_id", "station_id", "seal", "counted_by", "counted_at", "received_by", "received_at")
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    seal: Mapped[str]
    counted_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    counted_at: Mapped[dt.datetime]
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    received_at: Mapped[dt.datetime | None]

    station: Mapped[Station] = relationship(lazy="joined")
    counter: Mapped[Staff] = relationship(foreign_keys=[counted_by], lazy="joined")
    receiver: Mapped[Staff | None] = relationship(foreign_keys=[received_by], lazy="joined")


class BureauCard(Keyed, Base):
    """One document in such a parcel; it comes once."""

    __tablename__ = "bureau_card"
    WITNESSED = ("parcel_id", "document_id")
    parcel_id: Mapped[UUID] = mapped_column(ForeignKey("bureau_parcel.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
