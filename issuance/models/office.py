"""The office's own machinery: encrypted blobs and their keys, background tasks, counted attempts."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed


class DataKey(Keyed, Base):
    """The data key of one request, wrapped under the master key. Destroying it makes every blob unreadable."""

    __tablename__ = "data_key"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    wrapped: Mapped[bytes | None]
    destroyed_at: Mapped[dt.datetime | None]


class Blob(Keyed, Base):
    """Encrypted bytes of one request: a portrait, a signature, frozen content (`purpose` says which)."""

    __tablename__ = "blob"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    purpose: Mapped[str]
    sealed: Mapped[bytes]


class Task(Keyed, Base):
    """A piece of background work, queued in the transaction that needs it."""

    __tablename__ = "task"
    name: Mapped[str]
    args: Mapped[Any] = mapped_column(JSON)
    due_at: Mapped[dt.datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")


class Attempt(Keyed, Base):
    """A counted try (login, status look-up) of one key; keys are digests, never addresses or references."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)
    key: Mapped[str]
    at: Mapped[dt.datetime]
