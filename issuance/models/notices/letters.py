"""What owners of accounts are written about them: the outbox of notices for people who work here (ADR 0109)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index, state_column
from issuance.models.notices import ON_ITS_WAY, WAITS, Notice
from issuance.models.staff import Staff
from issuance.states import NoticeState

CAME_BACK = "state IN ('refused', 'given_up') AND settled_at IS NULL"


class AccountLetter(Keyed, Base):
    """One e-mail to the owner of an account, written in the act that it tells of, and moved as a `Notice` is.

    It holds neither words nor an address. `kinds` are those of the alerts, with a space between; `at` is when it
    happened. One that came back waits for an administrator, who settles it.
    """

    __tablename__ = "account_letter"
    __table_args__ = (
        CheckConstraint("settled_by <> staff_id", name="nobodys_own"),
        partial_index("ix_account_letter_waiting", "next_at", where=WAITS),
        partial_index("ix_account_letter_sending", "taken_at", where=ON_ITS_WAY),
        partial_index("ix_account_letter_came_back", "staff_id", where=CAME_BACK),
    )
    BY_MACHINE = Notice.BY_MACHINE
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kinds: Mapped[str]
    at: Mapped[dt.datetime]
    language: Mapped[str]
    state: Mapped[NoticeState] = state_column(NoticeState, NoticeState.WAITING)
    state_by: Mapped[UUID | None]
    written_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    tries: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[dt.datetime | None]
    told_at: Mapped[dt.datetime | None]
    code: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[dt.datetime | None]

    account: Mapped[Staff] = relationship(foreign_keys=staff_id)
