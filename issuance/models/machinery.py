"""The office's own machinery: background tasks and counted tries."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index
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
