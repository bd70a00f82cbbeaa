"""The ledger of blanks in double entry: places, the moves between them, and what came to and left each (ADR 0058)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index, state_column
from issuance.models.staff import Centre, Station
from issuance.states import BlankState

OF_A_CENTRE = "station_id IS NULL AND to_centre_id IS NULL"
TO_ANOTHER = "to_centre_id IS NOT NULL"


class Why(StrEnum):
    """Why a blank was moved: the act, as the ledger keeps it."""

    OPENING = "opening"
    """It lay there when the ledger began (migration 0037)."""

    ANNOUNCED = "announced"
    COUNTED = "counted"
    HANDED_OUT = "handed_out"
    TAKEN_OVER = "taken_over"
    HANDED_BACK = "handed_back"
    LOCKED_AWAY = "locked_away"
    LOADED = "loaded"
    TAKEN_OUT = "taken_out"
    MADE = "made"
    """A document was made on it, or tried."""

    REJECTED = "rejected"
    TESTED = "tested"
    GIVEN_UP = "given_up"
    """Its number is spent, though nothing was made of it."""

    LOST = "lost"
    FOUND = "found"
    CLEARED = "cleared"
    """A supervisor said where a blank that was found goes."""

    DESTROYED = "destroyed"
    PACKED = "packed"
    UNPACKED = "unpacked"
    ARRIVED = "arrived"
    """Out of a parcel of another centre, acknowledged by two persons."""

    RESTORED = "restored"
    """The register lost this move, and a station's journal told it."""


class Place(Keyed, Base):
    """An account of the ledger: where blanks of one state are at a centre; the feeders of each station are one.

    So are the parcels to each other centre (`to_centre_id`): they are the sender's until they are acknowledged.
    `kind` is the state of everything that lies there: a foreign key of `issuance.models.stock.Blank` holds both alike.
    """

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("id", "kind", "centre_id"),
        UniqueConstraint("station_id"),
        Index(
            "uq_place_of_centre",
            "centre_id",
            "kind",
            unique=True,
            sqlite_where=text(OF_A_CENTRE),
            postgresql_where=text(OF_A_CENTRE),
        ),
        Index(
            "uq_place_of_parcels",
            "centre_id",
            "to_centre_id",
            unique=True,
            sqlite_where=text(TO_ANOTHER),
            postgresql_where=text(TO_ANOTHER),
        ),
        CheckConstraint("(kind = 'at_station') = (station_id IS NOT NULL)", name="feeders_are_a_stations"),
        CheckConstraint(
            "to_centre_id IS NULL OR (kind = 'in_transit' AND to_centre_id <> centre_id)", name="parcels_go_elsewhere"
        ),
    )
    WITNESSED = ("kind", "centre_id", "station_id", "to_centre_id")
    kind: Mapped[BlankState] = state_column(BlankState, BlankState.RECEIVED)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))

    to_centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))

    station: Mapped[Station | None] = relationship(lazy="joined")
    to_centre: Mapped[Centre | None] = relationship(foreign_keys=[to_centre_id], lazy="joined")


class StockMove(Keyed, Base):
    """One move of one blank, never changed: its first one (`number` 1) is from the supplier, who is no place of ours.

    Every other begins where the one before it ended: by a foreign key to it, which `previous` (its number) is for.
    `moved_by` is who did, `witness_id` a second person where the act takes two, `document_id` what was made on it,
    `parcel_id` with which parcel it went.
    """

    __tablename__ = "stock_move"
    __table_args__ = (
        UniqueConstraint("blank_id", "number"),
        UniqueConstraint("blank_id", "number", "to_id"),
        ForeignKeyConstraint(
            ["blank_id", "previous", "from_id"], ["stock_move.blank_id", "stock_move.number", "stock_move.to_id"]
        ),
        Index("ix_stock_move_from_id", "from_id", "at"),
        Index("ix_stock_move_to_id", "to_id", "at"),
        partial_index("ix_stock_move_moved_by", "moved_by", "at", where="moved_by IS NOT NULL"),
        partial_index("ix_stock_move_witness_id", "witness_id", "at", where="witness_id IS NOT NULL"),
        partial_index("ix_stock_move_parcel_id", "parcel_id", "why", where="parcel_id IS NOT NULL"),
        CheckConstraint("number >= 1", name="counts_from_one"),
        CheckConstraint("previous = number - 1", name="follows_the_one_before"),
        CheckConstraint("(number = 1) = (previous IS NULL)", name="only_the_first_follows_none"),
        CheckConstraint("(number = 1) = (from_id IS NULL)", name="only_the_first_is_from_the_supplier"),
        CheckConstraint("from_id <> to_id", name="goes_somewhere"),
    )
    WITNESSED = (
        "blank_id",
        "number",
        "from_id",
        "to_id",
        "why",
        "moved_by",
        "witness_id",
        "document_id",
        "parcel_id",
        "at",
    )
    blank_id: Mapped[UUID] = mapped_column(ForeignKey("blank.id"))
    number: Mapped[int]
    previous: Mapped[int | None]
    from_id: Mapped[UUID | None] = mapped_column(ForeignKey("place.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    why: Mapped[str]
    moved_by: Mapped[UUID | None]
    witness_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    parcel_id: Mapped[UUID | None] = mapped_column(ForeignKey("parcel.id"))
    at: Mapped[dt.datetime]


class Balance(Keyed, Base):
    """How many blanks of a stock came to a place and went from it since the ledger began: what lies there is the rest.

    Counted in the transaction of the moves themselves, so that no page counts a history.
    """

    __tablename__ = "balance"
    __table_args__ = (
        UniqueConstraint("place_id", "stock"),
        CheckConstraint("0 <= went AND went <= came", name="none_below_nothing"),
    )
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    stock: Mapped[str]
    came: Mapped[int] = mapped_column(default=0)
    went: Mapped[int] = mapped_column(default=0)

    place: Mapped[Place] = relationship(lazy="joined")
