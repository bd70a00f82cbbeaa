"""What a centre asked another one for: blanks, how many and why, and the answer."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Versioned, partial_index, state_column
from issuance.models.staff import Centre, Staff
from issuance.states import OrderState

OPEN = "state IN ('asked', 'agreed', 'in_parts')"


class StockOrder(Versioned, Base):
    """An order for blanks: a supervisor asks for their centre, one of `from_centre` agrees, whose vault sends them.

    It is sent in parcels that name it. `answer` is why it was refused, or ended without the rest.
    """

    __tablename__ = "stock_order"
    __table_args__ = (
        partial_index("ix_stock_order_open", "centre_id", "asked_at", where=OPEN),
        partial_index("ix_stock_order_asked_of", "from_centre_id", "asked_at", where=OPEN),
        Index("ix_stock_order_centre_id", "centre_id", "ended_at"),
        Index("ix_stock_order_from_centre_id", "from_centre_id", "ended_at"),
        CheckConstraint("from_centre_id <> centre_id", name="of_another_centre"),
        CheckConstraint("answered_by <> asked_by", name="another_person_answers"),
        CheckConstraint("wanted >= 1", name="wants_something"),
    )
    WITNESSED = (
        "code",
        "centre_id",
        "from_centre_id",
        "stock",
        "wanted",
        "why",
        "asked_by",
        "asked_at",
        "answered_by",
        "answered_at",
        "answer",
        "ended_at",
        "state",
        "state_by",
    )
    code: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    from_centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    stock: Mapped[str]
    wanted: Mapped[int]
    why: Mapped[str]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[dt.datetime | None]
    state: Mapped[OrderState] = state_column(OrderState, OrderState.ASKED)
    state_by: Mapped[UUID | None]

    centre: Mapped[Centre] = relationship(foreign_keys=[centre_id], lazy="joined")
    from_centre: Mapped[Centre] = relationship(foreign_keys=[from_centre_id], lazy="joined")
    asker: Mapped[Staff] = relationship(foreign_keys=[asked_by])
    answerer: Mapped[Staff | None] = relationship(foreign_keys=[answered_by])
