"""What families filled in before they came (ADR 0076)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base


class AheadForm(Base):
    """The form of a family that was filled in ahead: `encrypted` under a key that only the family's code gives.

    `id` is worked out from the code too, and tells nothing of it. `sender` is a digest of the address and the day it
    came from: it is only counted. It is written by the process of the public pages, which does no acts.
    """

    __tablename__ = "ahead_form"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    encrypted: Mapped[bytes]
    sender: Mapped[str] = mapped_column(index=True)
    made_at: Mapped[dt.datetime] = mapped_column(index=True)
