"""What a station said of its devices, the settings chosen for them, and what was asked of it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed


class StationInstance(Keyed, Base):
    """A process that said it was a station. `refused_at`: it is not the one that lives; `chosen_by` says it is.

    `past_at`: another one lives since, so that a word from it is a word from a copy.
    """

    __tablename__ = "station_instance"
    WITNESSED = ("station_id", "instance", "refused_at", "past_at", "chosen_by")
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    instance: Mapped[UUID] = mapped_column(unique=True)
    host: Mapped[str]
    started_at: Mapped[dt.datetime]
    refused_at: Mapped[dt.datetime | None]
    past_at: Mapped[dt.datetime | None]
    chosen_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class StationRegistration(Keyed, Base):
    """What a station said when it last started: its software, and `devices` as `card_drivers.order.Device` (JSON)."""

    __tablename__ = "station_registration"
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), unique=True)
    software: Mapped[str]
    devices: Mapped[Any] = mapped_column(JSON)
    at: Mapped[dt.datetime]


class SettingsRevision(Keyed, Base):
    """One choice of an administrator for the devices of a station; `number` grows from 1.

    `encrypted` is `card_drivers.order.StationSettings.settings` as JSON under the master key: devices have passwords.
    `trouble` is why the station could not take it (`card_drivers.troubles`); `answered_at` None: it was not heard
    from yet.
    """

    __tablename__ = "settings_revision"
    __table_args__ = (UniqueConstraint("station_id", "number"),)
    WITNESSED = ("station_id", "number", "encrypted", "chosen_by")
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    number: Mapped[int]
    encrypted: Mapped[bytes] = mapped_column("sealed")
    chosen_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    chosen_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    trouble: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))


class StationResume(Keyed, Base):
    """Somebody looked at a station that stopped after spoiled cards, and said that it goes on."""

    __tablename__ = "station_resume"
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]


class PrintTest(Keyed, Base):
    """A test print that somebody asked of a station; `trouble` is why there is none, None when it lies in the tray.

    `blank_serial` is the blank it used, when it was read; `blank_known` whether the ledger had it at this station.
    """

    __tablename__ = "print_test"
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    trouble: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    blank_serial: Mapped[str | None]
    blank_known: Mapped[bool | None]
