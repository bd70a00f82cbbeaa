"""Days of a centre that were closed, each with its balance and its named differences; and how fast blanks are used."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed
from issuance.models.staff import Staff, Station
from issuance.models.supply.ledger import Place


class StockDay(Keyed, Base):
    """A day of a centre that a supervisor closed, never changed afterwards: the `number`th of it.

    `waiting` documents are finished and not handed over, `tested` blanks were spent on test prints since the closing
    before. `position` and `head` are the end of the centre's audit at that moment.
    """

    __tablename__ = "stock_day"
    __table_args__ = (
        UniqueConstraint("centre_id", "number"),
        UniqueConstraint("centre_id", "day"),
        CheckConstraint("number >= 1", name="counts_from_one"),
    )
    WITNESSED = (
        "centre_id",
        "day",
        "number",
        "closed_by",
        "closed_at",
        "waiting",
        "tested",
        "differ",
        "position",
        "head",
        "word",
    )
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    day: Mapped[dt.date]
    number: Mapped[int]
    closed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[dt.datetime]
    waiting: Mapped[int]
    tested: Mapped[int]
    differ: Mapped[int]
    position: Mapped[int]
    head: Mapped[str]
    word: Mapped[str] = mapped_column(default="")

    closer: Mapped[Staff] = relationship(lazy="joined")


class DayAccount(Keyed, Base):
    """One stock in one place on a closed day: what came and went since the closing before, and what lies there.

    `total_came` is what came since the ledger began: the next closing counts from it.
    """

    __tablename__ = "day_account"
    __table_args__ = (
        UniqueConstraint("day_id", "place_id", "stock"),
        CheckConstraint("opening + came - went = closing", name="balances"),
    )
    WITNESSED = ("day_id", "place_id", "stock", "opening", "came", "went", "closing", "total_came")
    day_id: Mapped[UUID] = mapped_column(ForeignKey("stock_day.id"))
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    stock: Mapped[str]
    opening: Mapped[int]
    came: Mapped[int]
    went: Mapped[int]
    closing: Mapped[int]
    total_came: Mapped[int]

    place: Mapped[Place] = relationship(lazy="joined")

    @property
    def is_idle(self) -> bool:
        """Whether nothing lies there, and nothing came or went."""
        return not (self.opening or self.came or self.went)


class DayPrinter(Keyed, Base):
    """What the printer of a station counted by itself (`counted` of `unit`), None when it reports nothing.

    `since` is how much more than at the closing before, `made` what the register has of the same time.
    """

    __tablename__ = "day_printer"
    __table_args__ = (UniqueConstraint("day_id", "station_id"), Index("ix_day_printer_station_id", "station_id"))
    WITNESSED = ("day_id", "station_id", "unit", "counted", "since", "made")
    day_id: Mapped[UUID] = mapped_column(ForeignKey("stock_day.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    unit: Mapped[str] = mapped_column(default="")
    counted: Mapped[int | None]
    since: Mapped[int | None]
    made: Mapped[int]

    station: Mapped[Station] = relationship(lazy="joined")


class DayDifference(Keyed, Base):
    """Something that was not as it should be when a day was closed: its `name`, what it is about, and a word on it."""

    __tablename__ = "day_difference"
    __table_args__ = (UniqueConstraint("day_id", "number"),)
    WITNESSED = ("day_id", "number", "name", "about", "count", "word")
    day_id: Mapped[UUID] = mapped_column(ForeignKey("stock_day.id"))
    number: Mapped[int]
    name: Mapped[str]
    about: Mapped[str]
    count: Mapped[int]
    word: Mapped[str]


class StockUse(Keyed, Base):
    """How many blanks of a stock a centre used on so many working days up to `last_day`; counted anew every day."""

    __tablename__ = "stock_use"
    __table_args__ = (UniqueConstraint("centre_id", "stock"),)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    stock: Mapped[str]
    used: Mapped[int]
    working_days: Mapped[int]
    last_day: Mapped[dt.date]
