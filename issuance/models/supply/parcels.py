"""Blanks that go from one centre to another: parcels, and what was in them otherwise than packed."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index, state_column
from issuance.models.staff import Centre, Staff
from issuance.models.supply.orders import StockOrder
from issuance.states import ParcelState

OPEN = "state IN ('packed', 'sent', 'counted')"


class Parcel(Versioned, Base):
    """Blanks of one stock on their way to another centre (ADR 0065); its moves name it, and so which blanks they are.

    The keeper of the vault packs, a second person signs for the `seal`; at the other centre one counts blind and a
    second acknowledges. `order_id` is the order that it is a part of, `code` stands on its manifest as Code 128,
    `word` is what is known of a lost one.
    """

    __tablename__ = "parcel"
    __table_args__ = (
        partial_index("ix_parcel_open", "centre_id", "sent_at", where=OPEN),
        partial_index("ix_parcel_coming", "to_centre_id", "sent_at", where=OPEN),
        Index("ix_parcel_centre_id", "centre_id", "ended_at"),
        Index("ix_parcel_to_centre_id", "to_centre_id", "ended_at"),
        partial_index("ix_parcel_order_id", "order_id", where="order_id IS NOT NULL"),
        CheckConstraint("to_centre_id <> centre_id", name="goes_to_another_centre"),
        CheckConstraint("sealed_by <> packed_by", name="two_seal"),
        CheckConstraint("counted_by <> packed_by AND counted_by <> sealed_by", name="no_sender_counts"),
        CheckConstraint("received_by <> packed_by AND received_by <> sealed_by", name="no_sender_acknowledges"),
        CheckConstraint("received_by <> counted_by", name="two_acknowledge"),
        CheckConstraint("state <> 'arrived' OR received_by IS NOT NULL", name="somebody_acknowledged"),
        CheckConstraint("held >= 1", name="holds_something"),
    )
    WITNESSED = (
        "code",
        "centre_id",
        "to_centre_id",
        "order_id",
        "stock",
        "held",
        "seal",
        "packed_by",
        "packed_at",
        "sealed_by",
        "sent_at",
        "counted_by",
        "counted_at",
        "seal_seen",
        "came",
        "received_by",
        "ended_at",
        "word",
        "state",
        "state_by",
    )
    code: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    to_centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_order.id"))
    stock: Mapped[str]
    held: Mapped[int]
    seal: Mapped[str]
    packed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    packed_at: Mapped[dt.datetime]
    sealed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    sent_at: Mapped[dt.datetime | None]
    counted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    counted_at: Mapped[dt.datetime | None]
    seal_seen: Mapped[str] = mapped_column(default="")
    came: Mapped[int | None]
    received_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    word: Mapped[str] = mapped_column(default="")
    state: Mapped[ParcelState] = state_column(ParcelState, ParcelState.PACKED)
    state_by: Mapped[UUID | None]

    centre: Mapped[Centre] = relationship(foreign_keys=[centre_id], lazy="joined")
    to_centre: Mapped[Centre] = relationship(foreign_keys=[to_centre_id], lazy="joined")
    order: Mapped[StockOrder | None] = relationship(lazy="joined")
    packer: Mapped[Staff] = relationship(foreign_keys=[packed_by])
    sealer: Mapped[Staff | None] = relationship(foreign_keys=[sealed_by])
    counter: Mapped[Staff | None] = relationship(foreign_keys=[counted_by])
    receiver: Mapped[Staff | None] = relationship(foreign_keys=[received_by])


class ParcelDifference(Keyed, Base):
    """A serial that was packed and is not in the parcel (`absent`), or is in it and was not packed."""

    __tablename__ = "parcel_difference"
    __table_args__ = (UniqueConstraint("parcel_id", "serial"),)
    WITNESSED = ("parcel_id", "serial", "absent")
    parcel_id: Mapped[UUID] = mapped_column(ForeignKey("parcel.id"))
    serial: Mapped[str]
    absent: Mapped[bool]
