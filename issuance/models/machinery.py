"""The office's own machinery: background tasks and counted tries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index
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
