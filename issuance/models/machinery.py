"""The office's own machinery: background tasks, counted tries, the time that is trusted, the keys that belong here."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed


class Task(Keyed, Base):
    """A piece of background work, queued in the transaction that needs it; on SQLite. PostgreSQL has none (ADR 0060).

    Of one `queueing_lock` one task waits at most; it is given back when a worker takes the task.
    """

    __tablename__ = "task"
    name: Mapped[str]
    args: Mapped[Any] = mapped_column(JSON)
    due_at: Mapped[dt.datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    queueing_lock: Mapped[str | None] = mapped_column(index=True, unique=True)


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


class StatusChange(Keyed, Base):
    """The number of a document that was handed over, or ended since: the next lists say so. Written with its state."""

    __tablename__ = "status_change"
    number: Mapped[str]


class StatusList(Keyed, Base):
    """What is published of the numbers of one list (`printing.lists.status_list`), packed.

    `day` is the last on which every document of it was looked at, since documents expire; None before it was whole.
    `after` is how far the present look at all has come, "" between two. `signed_at` is None when there is news.
    """

    __tablename__ = "status_list"
    name: Mapped[str] = mapped_column(unique=True)
    packed: Mapped[bytes]
    day: Mapped[dt.date | None]
    after: Mapped[str] = mapped_column(default="")
    signed_at: Mapped[dt.datetime | None]


class PublicFile(Keyed, Base):
    """A file that anybody may fetch: a signed list, a certificate, a revocation list.

    `kind` is its media type, `size` in bytes, `digest` its SHA-256 in hexadecimal.
    """

    __tablename__ = "public_file"
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    body: Mapped[bytes]
    size: Mapped[int]
    digest: Mapped[str]
    made_at: Mapped[dt.datetime]
