"""Encrypted blobs of the requests, and their keys."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed, partial_index

FIRST = 0
"""The generation of what is wrapped under the office's own key, as releases before wrapped everything."""

KEPT = "wrapped IS NOT NULL"


class MasterKey(Keyed, Base):
    """A master key that two persons made: its generation (from 1), id and fingerprint where it is (`vault.masters`).

    A later one replaces it for everything new; two persons destroy it when nothing is wrapped under it any more.
    """

    __tablename__ = "master_key"
    __table_args__ = (
        CheckConstraint("made_by <> agreed_by", name="two_make"),
        CheckConstraint("destroyed_by <> destruction_agreed_by", name="two_destroy"),
        CheckConstraint(
            "(destroyed_at IS NULL) = (destroyed_by IS NULL)"
            " AND (destroyed_at IS NULL) = (destruction_agreed_by IS NULL)",
            name="destroyed_by_somebody",
        ),
    )
    WITNESSED = (
        *("generation", "kind", "key_id", "fingerprint", "made_by", "agreed_by", "made_at"),
        *("destroyed_at", "destroyed_by", "destruction_agreed_by"),
    )
    generation: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[str]
    key_id: Mapped[str]
    fingerprint: Mapped[str]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    agreed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    destroyed_at: Mapped[dt.datetime | None]
    destroyed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    destruction_agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class DataKey(Keyed, Base):
    """The data key of one request, wrapped under the master key of a `generation`.

    Destroying it makes every blob unreadable.
    """

    __tablename__ = "data_key"
    __table_args__ = (partial_index("ix_data_key_generation", "generation", where=KEPT),)
    WITNESSED = ("request_id", "wrapped")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    generation: Mapped[int] = mapped_column(default=FIRST, server_default=text(str(FIRST)))
    wrapped: Mapped[bytes | None]
    destroyed_at: Mapped[dt.datetime | None]


class Blob(Keyed, Base):
    """Encrypted bytes of one request: a portrait, a signature, frozen content (`purpose` says which)."""

    __tablename__ = "blob"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    purpose: Mapped[str]
    encrypted: Mapped[bytes] = mapped_column("sealed")
