"""What a restore leaves behind: the epochs of the register, and what each station's journal tells of the lost time."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed
from issuance.models.staff import Station


class RegisterEpoch(Keyed, Base):
    """The register goes on from a back-up: from `since` on, of the back-up made at `backup_at`.

    `number` counts from 2, since a register begins in its first epoch. `first_value` is where every counter goes on:
    what lies between it and the counters of the back-up was used, or may have been, and is never valid.
    """

    __tablename__ = "register_epoch"
    WITNESSED = ("number", "since", "backup_digest", "restored_by", "first_value")
    number: Mapped[int] = mapped_column(unique=True)
    since: Mapped[dt.datetime]
    backup_at: Mapped[dt.datetime]
    backup_digest: Mapped[str]
    restored_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    first_value: Mapped[int]


class Reconciliation(Keyed, Base):
    """One station after a restore: until it is closed, the station claims nothing and its blanks are unsure.

    `since_claim` is the last claim of the station that the back-up knows: its journal is asked from there on.
    `taken` counts the claims that its journal told, `read_at` is when it was told to the end.
    """

    __tablename__ = "reconciliation"
    __table_args__ = (UniqueConstraint("epoch_id", "station_id"),)
    WITNESSED = ("epoch_id", "station_id", "closed_at", "closed_by")
    epoch_id: Mapped[UUID] = mapped_column(ForeignKey("register_epoch.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    since_claim: Mapped[UUID | None]
    taken: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    epoch: Mapped[RegisterEpoch] = relationship(lazy="joined")
    station: Mapped[Station] = relationship(lazy="joined")


class Difference(Keyed, Base):
    """What a station's journal tells and the register does not know (`recovery.journals.Kind`).

    `way` is how a supervisor settled it (`recovery.reconciliation.Way`), `number` the document number that was read
    from the card when it was found.
    """

    __tablename__ = "difference"
    __table_args__ = (UniqueConstraint("reconciliation_id", "claim_id"),)
    WITNESSED = ("reconciliation_id", "kind", "claim_id", "order_id", "outcome", "way", "number", "settled_by")
    reconciliation_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliation.id"))
    kind: Mapped[str]
    claim_id: Mapped[UUID]
    order_id: Mapped[UUID]
    outcome: Mapped[str]
    step: Mapped[str | None]
    blank_serial: Mapped[str | None]
    chip_uid: Mapped[str | None]
    digests: Mapped[Any] = mapped_column(JSON)
    way: Mapped[str | None]
    number: Mapped[str] = mapped_column(default="")
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[dt.datetime | None]

    reconciliation: Mapped[Reconciliation] = relationship(lazy="joined")
