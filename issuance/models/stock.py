"""The ledger of numbered blanks, the stacks of them that were declared, and those that turned up where they may not."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index, state_column
from issuance.models.documents import Document
from issuance.models.staff import Staff, Station
from issuance.states import BlankState, CardState

IN_A_STACK = "state IN ('waiting', 'provisional', 'doubted')"


UNSEEN = "state = 'spoiled' AND NOT binned"


class Blank(Versioned, Base):
    """One numbered blank. It is bound to a document when its serial is read, not when a job is claimed.

    `place_id` is where its last move, the `moved`th, brought it: `services.stock.moves` alone writes both, with state
    and centre, which a foreign key holds to the place's own. `station_id` stays when a station used it. `delivery_id`
    is what it came with, `destruction_id` the minutes by which it was destroyed, or waits to be. `binned`: a person saw
    it in the reject bin after its last move; what is spoiled and was not seen is looked for (ADR 0066).
    """

    __tablename__ = "blank"
    __table_args__ = (
        Index("ix_blank_station_id", "station_id", "state", "stock"),
        Index("ix_blank_place_id", "place_id", "stock", "serial"),
        partial_index("ix_blank_delivery_id", "delivery_id", "serial", where="delivery_id IS NOT NULL"),
        partial_index("ix_blank_destruction_id", "destruction_id", "serial", where="destruction_id IS NOT NULL"),
        partial_index("ix_blank_unseen", "centre_id", "stock", "serial", where=UNSEEN),
        ForeignKeyConstraint(["place_id", "state", "centre_id"], ["place.id", "place.kind", "place.centre_id"]),
    )
    WITNESSED = (
        "serial",
        "stock",
        "centre_id",
        "station_id",
        "document_id",
        "chip_uid",
        "state",
        "state_by",
        "place_id",
        "moved",
        "delivery_id",
        "destruction_id",
    )
    serial: Mapped[str] = mapped_column(unique=True)
    stock: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    chip_uid: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[BlankState] = state_column(BlankState, BlankState.RECEIVED)
    state_by: Mapped[UUID | None]
    place_id: Mapped[UUID]
    moved: Mapped[int]
    delivery_id: Mapped[UUID | None] = mapped_column(ForeignKey("delivery.id"))
    destruction_id: Mapped[UUID | None] = mapped_column(ForeignKey("destruction.id"))
    binned: Mapped[bool] = mapped_column(default=False)


class Stack(Keyed, Base):
    """Blanks of one stock that an operator put into a feeder, from the `first` that is fed to the `last` (ADR 0031).

    `doubted`: a card was another one than the order of the stack said, so that nothing after it is known. At its end
    `top` is the serial that lay on top, "" when nothing was left, None when nobody looked.
    """

    __tablename__ = "stack"
    __table_args__ = (
        partial_index("ix_stack_open", "station_id", where="closed_at IS NULL"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
    )
    WITNESSED = ("station_id", "stock", "first", "last", "declared_by", "doubted", "top", "closed_by")
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    stock: Mapped[str]
    first: Mapped[str]
    last: Mapped[str]
    declared_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    declared_at: Mapped[dt.datetime]
    doubted: Mapped[bool] = mapped_column(default=False)
    top: Mapped[str | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[dt.datetime | None]

    station: Mapped[Station] = relationship(lazy="joined")
    operator: Mapped[Staff] = relationship(foreign_keys=[declared_by])


class StackCard(Versioned, Base):
    """One blank of a stack, at its place in the feeding order of the station's stock; and the document that took it.

    A blank lies in one stack at a time, a document takes one place.
    """

    __tablename__ = "stack_card"
    __table_args__ = (
        UniqueConstraint("stack_id", "place"),
        UniqueConstraint("document_id"),
        Index(
            "uq_stack_card_open",
            "blank_id",
            unique=True,
            sqlite_where=text(IN_A_STACK),
            postgresql_where=text(IN_A_STACK),
        ),
        partial_index("ix_stack_card_doubted", "stack_id", where="state = 'doubted'"),
        CheckConstraint("state <> 'waiting' OR document_id IS NULL", name="waiting_is_nobodys"),
        CheckConstraint("state <> 'provisional' OR document_id IS NOT NULL", name="provisional_is_somebodys"),
    )
    WITNESSED = ("stack_id", "blank_id", "place", "document_id", "state", "state_by")
    stack_id: Mapped[UUID] = mapped_column(ForeignKey("stack.id"))
    blank_id: Mapped[UUID] = mapped_column(ForeignKey("blank.id"))
    place: Mapped[int]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[CardState] = state_column(CardState, CardState.WAITING)
    state_by: Mapped[UUID | None]

    stack: Mapped[Stack] = relationship(lazy="joined")
    blank: Mapped[Blank] = relationship(lazy="joined")
    document: Mapped[Document | None] = relationship(lazy="joined")


class StrayBlank(Keyed, Base):
    """A blank that somebody read where it may not be, or nobody could read: the supervisor looks where it came from.

    `kind` says what is wrong (`services.stock.strays.Kind`); `serial` as it was read, "" when it could not be.
    """

    __tablename__ = "stray_blank"
    __table_args__ = (
        partial_index("ix_stray_blank_open", "centre_id", where="settled_at IS NULL"),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
    )
    WITNESSED = ("kind", "serial", "centre_id", "station_id", "document_id", "settled_by", "found")
    kind: Mapped[str]
    serial: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    at: Mapped[dt.datetime]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[dt.datetime | None]
    found: Mapped[str] = mapped_column(default="")

    station: Mapped[Station | None] = relationship(lazy="joined")
    document: Mapped[Document | None] = relationship(lazy="joined")
