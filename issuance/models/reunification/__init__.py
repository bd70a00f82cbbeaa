"""Family reunification: what a beneficiary asks for, for whom, and what became of each member (E13)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Versioned, partial_index, state_column
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.states import ReunificationState

OPEN = "state <> 'closed'"


class Reunification(Versioned, Base):
    """What one beneficiary asks for (Law 122/2006, Art 71); `ex_officio` for an unaccompanied minor (Art 72).

    `request_id` is the case at whose desk it was asked: its centre, and its person, are this one's. `entered_on` is
    when the beneficiary came to Romania. `missing` are codes of `services.reunification.files`. Who decided took it
    not in.
    """

    __tablename__ = "reunification"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> taken_by", name="two_decide"),
        CheckConstraint("(decided_by IS NULL) = (decided_on IS NULL)", name="decided_by_somebody"),
        CheckConstraint("state NOT IN ('decided', 'travelled') OR decided_by IS NOT NULL", name="decided"),
        partial_index("ix_reunification_open", "id", where=OPEN),
    )
    WITNESSED = (
        "reference",
        "request_id",
        "person_id",
        "ex_officio",
        "entered_on",
        "state",
        "state_by",
        "missing",
        "taken_by",
        "decided_by",
        "decided_on",
        "closed_because",
    )
    reference: Mapped[str] = mapped_column(unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    ex_officio: Mapped[bool] = mapped_column(default=False)
    entered_on: Mapped[dt.date | None]
    asked_on: Mapped[dt.date]
    state: Mapped[ReunificationState] = state_column(ReunificationState, ReunificationState.ASKED)
    state_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    missing: Mapped[str] = mapped_column(default="")
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_on: Mapped[dt.date | None]
    closed_because: Mapped[str] = mapped_column(default="")

    request: Mapped[IssuanceRequest] = relationship(lazy="joined", foreign_keys=[request_id])
    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=[person_id])
    members: Mapped[list[ReunificationMember]] = relationship(
        order_by="ReunificationMember.number", back_populates="reunification"
    )

    @property
    def centre_id(self) -> UUID:
        """The centre of its case, wherever that was sent."""
        return self.request.centre_id

    @property
    def centre(self) -> Centre:
        """The centre of its case."""
        return self.request.centre

    @property
    def decision_number(self) -> str:
        """By which the decision is named on papers and requests."""
        return f"REUN {self.reference}"


class ReunificationMember(Versioned, Base):
    """Somebody abroad for whom it is asked, as the evidence of kinship says: `tie` is one of `law.reunification`.

    Names, dates and codes are written as a person's. `outcome` is empty, `approved` or `refused`, with the officer's
    `reason`. `title_id` is the request for the return title, and `relative_id` the person it is of; `entered_on` the
    day on which that ended at the border.
    """

    __tablename__ = "reunification_member"
    __table_args__ = (
        UniqueConstraint("reunification_id", "number"),
        CheckConstraint("outcome IN ('', 'approved', 'refused')", name="outcome"),
        CheckConstraint("outcome <> 'refused' OR reason <> ''", name="refused_with_a_reason"),
        CheckConstraint("title_id IS NULL OR outcome = 'approved'", name="title_when_approved"),
        CheckConstraint("(title_id IS NULL) = (relative_id IS NULL)", name="title_of_somebody"),
    )
    WITNESSED = (
        "reunification_id",
        "number",
        "tie",
        "family_name",
        "given_names",
        "birth_date",
        "nationality",
        "married_on",
        "unmarried",
        "dependent",
        "evidence",
        "outcome",
        "reason",
        "title_id",
        "relative_id",
        "entered_on",
    )
    reunification_id: Mapped[UUID] = mapped_column(ForeignKey("reunification.id"))
    number: Mapped[int]
    tie: Mapped[str]
    family_name: Mapped[str]
    given_names: Mapped[str] = mapped_column(default="")
    native_name: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[str]
    birth_place: Mapped[str] = mapped_column(default="")
    sex: Mapped[str]
    nationality: Mapped[str]
    language: Mapped[str]
    married_on: Mapped[dt.date | None]
    unmarried: Mapped[bool] = mapped_column(default=False)
    dependent: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    title_id: Mapped[UUID | None] = mapped_column(ForeignKey("request.id"), unique=True)
    relative_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    entered_on: Mapped[dt.date | None]

    reunification: Mapped[Reunification] = relationship(back_populates="members")
    title: Mapped[IssuanceRequest | None] = relationship(foreign_keys=[title_id])

    @property
    def full_name(self) -> str:
        """Family name and given names; a person may have one name only."""
        return f"{self.family_name} {self.given_names}".strip()
