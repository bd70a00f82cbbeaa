"""The office's own machinery: background tasks, counted tries, the time that is trusted, the keys that belong here."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed


class Task(Keyed, Base):
    """A piece of background work, queued in the transaction that needs it."""

    __tablename__ = "task"
    name: Mapped[str]
    args: Mapped[Any] = mapped_column(JSON)
    due_at: Mapped[dt.datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")


class Try(Keyed, Base):
    """A counted try (login, status look-up) of one key; keys are digests, never addresses or references."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)
    key: Mapped[str]
    at: Mapped[dt.datetime]


class Refusal(Keyed, Base):
    """The tries of one kind, at one account or at none that is known, that were refused in one window."""

    __tablename__ = "refusal"
    kind: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    since: Mapped[dt.datetime] = mapped_column(index=True)
    count: Mapped[int] = mapped_column(default=1)


class OfficeClock(Keyed, Base):
    """The last time that the register trusted, and the machine's counter then; one row. None: nothing yet.

    `stop_id` while the clock is stopped.
    """

    __tablename__ = "office_clock"
    trusted_at: Mapped[dt.datetime | None]
    boot: Mapped[str]
    seconds: Mapped[float]
    stop_id: Mapped[UUID | None] = mapped_column(ForeignKey("clock_stop.id"))


class ClockStop(Keyed, Base):
    """The clock jumped by `seconds` (`kind` as in `trusted_time.Jump`), and two persons say what time it is."""

    __tablename__ = "clock_stop"
    __table_args__ = (CheckConstraint("confirmed_by <> resumed_by", name="two_persons"),)
    stopped_at: Mapped[dt.datetime]
    kind: Mapped[str]
    seconds: Mapped[int]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    confirmed_at: Mapped[dt.datetime | None]
    resumed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    resumed_at: Mapped[dt.datetime | None]


class KeyFingerprint(Keyed, Base):
    """Which key file belongs to this register: `issuance.keys.fingerprints.fingerprint` of each, by name."""

    __tablename__ = "key_fingerprint"
    name: Mapped[str] = mapped_column(unique=True)
    fingerprint: Mapped[str]
