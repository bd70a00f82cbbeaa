"""Blind counts of what lies in a place: who was drawn to count, what they said, and what differs from the ledger."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index
from issuance.models.staff import Staff
from issuance.models.supply.ledger import Place

NOT_COUNTED = "counted_at IS NULL"


class Finding(StrEnum):
    """What a count says of serials that follow each other."""

    AS_EXPECTED = "as_expected"
    MISSING = "missing"
    """The ledger has them there, and nobody counted them."""

    UNEXPECTED = "unexpected"
    """They were counted there, and the ledger has them somewhere else."""

    UNKNOWN = "unknown"
    OTHER_STOCK = "other_stock"
    MOVED = "moved"
    """They came or went while the count was under way."""

    TAKEN = "taken"
    """A document took them out of a declared stack, and was not scanned yet."""


class Said(StrEnum):
    """What a supervisor said of a difference."""

    DECLARED = "declared"
    """They are missing: the ledger says so from here on."""

    TOLD = "told"
    """They are on the list of blanks where they may not be."""

    NOTED = "noted"
    """The ledger is right, and the word says why."""


class CountLot(Keyed, Base):
    """The drawing of surprise counts at a centre on one day, also when none was drawn.

    It hangs on `head`, the digest of the last event that was linked at the centre: nobody knows it before, and who
    has the register draws the same again.
    """

    __tablename__ = "count_lot"
    __table_args__ = (UniqueConstraint("centre_id", "day"),)
    WITNESSED = ("centre_id", "day", "head", "among", "drawn")
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    day: Mapped[dt.date]
    head: Mapped[str]
    among: Mapped[int]
    drawn: Mapped[int]


class StockCount(Versioned, Base):
    """One stock in one place, counted by somebody who had it not in hand and does not see what is expected.

    `asked_by` None: it was drawn. `counter_id` was drawn from the `head` of the audit, or named by a supervisor with a
    `reason`: of those who fit, or `with_custody` when nobody does. `lines` are what was typed so far; `settled_at` is
    when no difference was left without a word.
    """

    __tablename__ = "stock_count"
    __table_args__ = (
        Index(
            "uq_stock_count_open",
            "place_id",
            "stock",
            unique=True,
            sqlite_where=text(NOT_COUNTED),
            postgresql_where=text(NOT_COUNTED),
        ),
        Index("ix_stock_count_centre_id", "centre_id", "counted_at"),
        partial_index("ix_stock_count_unsettled", "centre_id", "asked_at", where="settled_at IS NULL"),
        partial_index("ix_stock_count_counter_id", "counter_id", "centre_id", where=NOT_COUNTED),
        CheckConstraint("counter_id <> asked_by", name="another_person_counts"),
        CheckConstraint("counter_id <> named_by", name="nobody_names_themselves"),
        CheckConstraint("settled_at IS NULL OR counted_at IS NOT NULL", name="counted_before_it_is_settled"),
    )
    WITNESSED = (
        "centre_id",
        "place_id",
        "stock",
        "lot_id",
        "head",
        "asked_by",
        "asked_at",
        "counter_id",
        "named_by",
        "with_custody",
        "lines",
        "counted_at",
        "as_expected",
        "differ",
        "settled_at",
    )
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    stock: Mapped[str]
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("count_lot.id"))
    head: Mapped[str]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    counter_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    named_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(default="")
    with_custody: Mapped[bool] = mapped_column(default=False)
    lines: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[dt.datetime | None]
    counted_at: Mapped[dt.datetime | None]
    as_expected: Mapped[int | None]
    differ: Mapped[int | None]
    settled_at: Mapped[dt.datetime | None]

    place: Mapped[Place] = relationship(lazy="joined")
    counter: Mapped[Staff | None] = relationship(foreign_keys=[counter_id], lazy="joined")


class CountEntry(Keyed, Base):
    """One line that the counter typed or scanned: `held` serials from `first` to `last`, or why it was `refused`.

    Of a refused one `serial` is what was wrong.
    """

    __tablename__ = "count_entry"
    __table_args__ = (UniqueConstraint("count_id", "number"),)
    WITNESSED = ("count_id", "number", "first", "last", "held", "refused", "serial", "typed_by")
    count_id: Mapped[UUID] = mapped_column(ForeignKey("stock_count.id"))
    number: Mapped[int]
    first: Mapped[str]
    last: Mapped[str]
    held: Mapped[int]
    refused: Mapped[str] = mapped_column(default="")
    serial: Mapped[str] = mapped_column(default="")
    typed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[dt.datetime]


class CountFinding(Keyed, Base):
    """Serials that follow each other and of which a count says the same; `place_id` is where the ledger had them.

    A difference stays open until a supervisor `said` what becomes of it, with a `word`.
    """

    __tablename__ = "count_finding"
    __table_args__ = (
        UniqueConstraint("count_id", "number"),
        partial_index("ix_count_finding_open", "count_id", where="differs AND settled_at IS NULL"),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
    )
    WITNESSED = ("count_id", "number", "kind", "first", "last", "held", "differs", "place_id", "said", "settled_by")
    count_id: Mapped[UUID] = mapped_column(ForeignKey("stock_count.id"))
    number: Mapped[int]
    kind: Mapped[str]
    first: Mapped[str]
    last: Mapped[str]
    held: Mapped[int]
    differs: Mapped[bool]
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("place.id"))
    said: Mapped[str] = mapped_column(default="")
    word: Mapped[str] = mapped_column(default="")
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[dt.datetime | None]

    place: Mapped[Place | None] = relationship(lazy="joined")
