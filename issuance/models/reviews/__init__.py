"""The review of a person's status (docs/law.md, E8 to E10, E23): a file of its own beside the person (ADR 0090)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index, state_column
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.states import ReviewState

OPEN = "ended_at IS NULL"
ONCE = "what IN ('notice', 'decision')"


class Review(Versioned, Base):
    """The review of the `status` that a person has, opened from the case `request_id`, whose centre it is of.

    `grounds` are codes of `withdrawal.toml` with spaces between them, all of one `kind`. `origin` is `ex_officio`,
    `proposal` (of `institution`) or `holder`, who renounces. `detail_id` is what only officers and supervisors read:
    exclusion letters and compelling reasons, encrypted. `due_on` is the last day of what comes next. `hearing` is
    `interview`, `statement`, or `file` when an invitation was delivered and nobody came. `appeal_until` is the last day
    of an appeal; from `final_on` on the decision is final. `unhcr_consent_on` is of earlier releases and read by
    nobody: the consent stands with the mandates.
    """

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("agreed_by IS NULL OR agreed_by <> proposed_by", name="two_decide"),
        CheckConstraint("proposed_by IS NULL OR (notified_on IS NOT NULL AND hearing <> '')", name="heard_first"),
        CheckConstraint(
            "agreed_by IS NULL OR decision <> 'ceased' OR NOT renounces OR explained_on IS NOT NULL",
            name="explained_first",
        ),
        CheckConstraint(
            "state <> 'withdrawn' OR (agreed_by IS NOT NULL AND communicated_on IS NOT NULL AND final_on IS NOT NULL"
            " AND decision IN ('ceased', 'cancelled'))",
            name="withdrawn_when_final",
        ),
        CheckConstraint(
            "(state IN ('stopped', 'maintained', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended_by_its_state"
        ),
        Index("uq_review_one_open", "person_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        partial_index("ix_review_due", "state", "due_on", where=OPEN),
    )
    WITNESSED = (
        "person_id",
        "request_id",
        "status",
        "kind",
        "grounds",
        "origin",
        "procedure",
        "opened_by",
        "state",
        "state_by",
        "notified_on",
        "hearing",
        "heard_on",
        "explained_on",
        "decision",
        "leaves",
        "decision_number",
        "proposed_by",
        "agreed_by",
        "communicated_on",
        "appealed_on",
        "appeal_result",
        "final_on",
        "ended_by",
        "ended_at",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    status: Mapped[str]
    kind: Mapped[str]
    grounds: Mapped[str]
    renounces: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str]
    institution: Mapped[str] = mapped_column(default="")
    why: Mapped[str]
    procedure: Mapped[str]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[dt.datetime]
    detail_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    state: Mapped[ReviewState] = state_column(ReviewState, ReviewState.OPENED)
    state_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[dt.date | None]
    notified_on: Mapped[dt.date | None]
    unhcr_consent_on: Mapped[dt.date | None]
    interview_at: Mapped[dt.datetime | None]
    interview_place: Mapped[str] = mapped_column(default="")
    hearing: Mapped[str] = mapped_column(default="")
    heard_on: Mapped[dt.date | None]
    heard_paper: Mapped[str] = mapped_column(default="")
    explained_on: Mapped[dt.date | None]
    explained_in: Mapped[str] = mapped_column(default="")
    explained_interpreter: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(default="")
    leaves: Mapped[bool] = mapped_column(default=False)
    decision_number: Mapped[str] = mapped_column(default="")
    reasons: Mapped[str] = mapped_column(default="")
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[dt.datetime | None]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    communicated_on: Mapped[dt.date | None]
    appeal_until: Mapped[dt.date | None]
    appealed_on: Mapped[dt.date | None]
    appeal_late: Mapped[bool] = mapped_column(default=False)
    appeal_paper: Mapped[str] = mapped_column(default="")
    appeal_result: Mapped[str] = mapped_column(default="")
    final_on: Mapped[dt.date | None]
    final_paper: Mapped[str] = mapped_column(default="")
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")
    request: Mapped[IssuanceRequest] = relationship(lazy="joined")

    @property
    def centre_id(self) -> UUID:
        """Where the file is: at the centre of the case from which it was opened, wherever that goes."""
        return self.request.centre_id

    @property
    def ground_codes(self) -> list[str]:
        """The grounds by their codes."""
        return self.grounds.split()


class ReviewDelivery(Keyed, Base):
    """A paper of a review was delivered: the `notice`, an `invitation` or the `decision`.

    `interview_at` is the interview to which it invites in time; `signed` is false when the person refused to sign.
    """

    __tablename__ = "review_delivery"
    __table_args__ = (
        Index(
            "uq_review_delivery_once",
            "review_id",
            "what",
            unique=True,
            sqlite_where=text(ONCE),
            postgresql_where=text(ONCE),
        ),
        Index("ix_review_delivery_review_id", "review_id"),
    )
    WITNESSED = ("review_id", "what", "delivered_on", "how", "language", "signed", "interview_at", "recorded_by")
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    what: Mapped[str]
    delivered_on: Mapped[dt.date]
    how: Mapped[str]
    language: Mapped[str]
    interpreter: Mapped[str] = mapped_column(default="")
    signed: Mapped[bool]
    interview_at: Mapped[dt.datetime | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[dt.datetime]


class ReviewPresence(Keyed, Base):
    """Who was there for the person on a day, by name: lawyer, interpreter, UNHCR (only with consent), NGO."""

    __tablename__ = "review_presence"
    __table_args__ = (CheckConstraint("kind <> 'unhcr' OR consented_on IS NOT NULL", name="unhcr_by_consent"),)
    WITNESSED = ("review_id", "kind", "present_on", "consented_on", "recorded_by")
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    present_on: Mapped[dt.date]
    consented_on: Mapped[dt.date | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
