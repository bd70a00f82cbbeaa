"""Papers that a person brought for a request: scanned, or seen at the desk."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed


class Evidence(Keyed, Base):
    """One paper of the kind `code` (of the type's `rules.evidence`, or another that the desk knows).

    Scanned, `blob_id` is the clean scan, encrypted under the request's key, `format` `pdf` or `jpeg`. Without one
    somebody saw the paper itself and ticked it.
    """

    __tablename__ = "evidence"
    WITNESSED = ("request_id", "code", "blob_id", "added_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    code: Mapped[str]
    blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    format: Mapped[str] = mapped_column(default="")
    pages: Mapped[int] = mapped_column(default=0)
    added_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[dt.datetime]
