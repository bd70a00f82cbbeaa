"""Encrypted blobs of the requests, and their keys."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed


class DataKey(Keyed, Base):
    """The data key of one request, wrapped under the master key. Destroying it makes every blob unreadable."""

    __tablename__ = "data_key"
    WITNESSED = ("request_id", "wrapped")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    wrapped: Mapped[bytes | None]
    destroyed_at: Mapped[dt.datetime | None]


class Blob(Keyed, Base):
    """Encrypted bytes of one request: a portrait, a signature, frozen content (`purpose` says which)."""

    __tablename__ = "blob"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    purpose: Mapped[str]
    encrypted: Mapped[bytes] = mapped_column("sealed")
