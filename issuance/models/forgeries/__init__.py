"""Documents that were shown to somebody and may be forged (E26): what, where, a picture, who was told."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index
from issuance.models.documents import Document
from issuance.models.staff import Centre

OPEN = "outcome = ''"
PICTURED = "picture IS NOT NULL"


class Suspicion(Versioned, Base):
    """A document was shown that may be forged. `number` is as it was read; `document_id` is ours that has it, if any.

    `features` are codes of `forgeries.toml`. `picture` (JPEG or PDF) is encrypted under the office's own key and
    opens with the row's id. `outcome` is `forged` or `genuine`, as another person found; empty until then.
    """

    __tablename__ = "suspicion"
    __table_args__ = (
        CheckConstraint("reported_by <> settled_by", name="another_settles"),
        partial_index("ix_suspicion_open", "centre_id", "reported_at", where=OPEN),
        partial_index("ix_suspicion_pictured", "settled_at", where=PICTURED),
    )
    WITNESSED = (
        "number",
        "document_id",
        "centre_id",
        "features",
        "withheld",
        "reported_at",
        "reported_by",
        "outcome",
        "settled_at",
        "settled_by",
    )
    number: Mapped[str] = mapped_column(index=True)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    place: Mapped[str]
    features: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    withheld: Mapped[bool]
    picture: Mapped[bytes | None]
    picture_kind: Mapped[str] = mapped_column(default="")
    reported_at: Mapped[dt.datetime]
    reported_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[str] = mapped_column(default="")
    grounds: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    document: Mapped[Document | None] = relationship()
    centre: Mapped[Centre] = relationship(lazy="joined")


class SuspicionTold(Keyed, Base):
    """Somebody was told of a suspicion: a body of `forgeries.toml`, under its own number if it gave one."""

    __tablename__ = "suspicion_told"
    __table_args__ = (UniqueConstraint("suspicion_id", "body"),)
    WITNESSED = ("suspicion_id", "body", "told_at", "told_by")
    suspicion_id: Mapped[UUID] = mapped_column(ForeignKey("suspicion.id"))
    body: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    told_at: Mapped[dt.datetime]
    told_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
