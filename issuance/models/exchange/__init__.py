"""What case handling tells: who may tell, what became of each event, and what the register knows of a case by it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index, state_column
from issuance.states import CaseEventState

OPEN = "state IN ('held', 'refused')"
LEFT = "settled_at IS NULL"
EVENTS = "case_events"
"""What a token opens that tells events."""


class ExchangeToken(Keyed, Base):
    """A token with which a system outside calls: a digest of it (`callers.digest`), as it was shown once.

    It `opens` the address of events, or that of the recipient with this code. One that an administrator made
    (`made_by`; None for the command line and releases before) opens nothing until a second one agreed. At most
    `per_minute` calls are answered in a minute; `minute` and `calls` count those of the last one.
    """

    __tablename__ = "exchange_token"
    __table_args__ = (CheckConstraint("agreed_by <> made_by", name="two_agree"),)
    WITNESSED = (
        "name",
        "token_digest",
        "opens",
        "per_minute",
        "made_by",
        "made_at",
        "agreed_by",
        "agreed_at",
        "revoked_by",
        "revoked_at",
    )
    name: Mapped[str] = mapped_column(unique=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    opens: Mapped[str] = mapped_column(default=EVENTS, server_default=EVENTS)
    per_minute: Mapped[int]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    revoked_at: Mapped[dt.datetime | None]
    minute: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)

    @property
    def waits(self) -> bool:
        """Whether a second administrator has not agreed to it yet."""
        return self.made_by is not None and self.agreed_at is None


class HandledCase(Versioned, Base):
    """One person's case as case handling tells it, read only here. `key` is case handling's own.

    `person_id` is None until an event said who it is; `applied` is the number of the last event that was applied.
    `granted` is the status of a decision that gave protection, empty for a refusal; `outcome` how the case ended
    (`positive`, `negative`, `withdrawn`). An appeal is pending from `appeal_on` until `appeal_outcome` is known.
    `moved_to` is the Member State that took the case over.
    """

    __tablename__ = "handled_case"
    __table_args__ = (CheckConstraint("applied >= 0", name="numbers_count_from_one"),)
    WITNESSED = (
        "key",
        "person_id",
        "applied",
        "granted",
        "decision_number",
        "decided_on",
        "outcome",
        "ended_on",
        "appeal_on",
        "appeal_outcome",
        "procedure",
        "joint_return",
        "moved_to",
        "died_on",
    )
    key: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    applied: Mapped[int] = mapped_column(default=0)
    granted: Mapped[str] = mapped_column(default="")
    decision_number: Mapped[str] = mapped_column(default="")
    decided_on: Mapped[dt.date | None]
    outcome: Mapped[str] = mapped_column(default="")
    ended_on: Mapped[dt.date | None]
    appeal_on: Mapped[dt.date | None]
    appeal_outcome: Mapped[str] = mapped_column(default="")
    procedure: Mapped[str] = mapped_column(default="")
    joint_return: Mapped[bool] = mapped_column(default=False)
    moved_to: Mapped[str] = mapped_column(default="")
    died_on: Mapped[dt.date | None]

    @property
    def appeal_is_pending(self) -> bool:
        """Whether an appeal was lodged of which no outcome is known (E15)."""
        return self.appeal_on is not None and not self.appeal_outcome


class CaseEvent(Keyed, Base):
    """One event that case handling told, and what became of it. `event_id` and `number` are case handling's.

    `digest` is that of everything it says, by which the same event is known again. `encrypted` is the event while it
    is held or refused, and why; empty once it is settled. `why` is a code: `gap`, `unknown_person`, `alike`, or that
    of the refusal, of `field`. `centre_id` is whose supervisors look at it; None while nobody knows whose person it is.
    """

    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("number > 0", name="numbers_count_from_one"),
        partial_index("ix_case_event_open", "centre_id", "received_at", "id", where=OPEN),
    )
    WITNESSED = (
        "event_id",
        "case_id",
        "kind",
        "number",
        "occurred_on",
        "token_id",
        "centre_id",
        "digest",
        "state",
        "state_by",
    )
    event_id: Mapped[UUID] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("handled_case.id"))
    token_id: Mapped[UUID] = mapped_column(ForeignKey("exchange_token.id"))
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    kind: Mapped[str]
    number: Mapped[int]
    occurred_on: Mapped[dt.date]
    received_at: Mapped[dt.datetime]
    digest: Mapped[str]
    encrypted: Mapped[bytes]
    why: Mapped[str] = mapped_column(default="")
    field: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[dt.datetime | None]
    state: Mapped[CaseEventState] = state_column(CaseEventState, CaseEventState.HELD)
    state_by: Mapped[UUID | None]

    case: Mapped[HandledCase] = relationship(lazy="joined")


class CaseProposal(Versioned, Base):
    """What case handling says of a person otherwise than the register: nothing changes until two persons here agree.

    `said` is field -> value. It is left (`settled_at`) when a clerk proposed it as a correction, or said that the
    register is right.
    """

    __tablename__ = "case_proposal"
    __table_args__ = (
        partial_index("ix_case_proposal_left", "person_id", where=LEFT),
        Index("ix_case_proposal_person_id", "person_id"),
    )
    WITNESSED = ("person_id", "event_id", "said", "evidence", "settled_by", "settled_at")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("case_event.id"), index=True)
    said: Mapped[Any] = mapped_column(JSON)
    evidence: Mapped[str]
    told_at: Mapped[dt.datetime]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[dt.datetime | None]
