"""Who acts for a person: mandates, bodies that hold some, consent to them, and what was done by them (E12, E14)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index
from issuance.models.people import Person
from issuance.models.staff import Staff

OPEN = "ended_at IS NULL"
LIVE = "withdrawn_at IS NULL"


class Body(Keyed, Base):
    """A body that acts for persons: an office of UNHCR, an organisation, a law firm, an institution.

    `kind` is one of `families.toml`. Mandates of one that ended allow nothing any more.
    """

    __tablename__ = "body"
    WITNESSED = ("name", "kind", "added_by", "ended_by", "ended_at")
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[dt.datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]


class BodyAccount(Keyed, Base):
    """An account is a body's: it sees what the body may see, once a second administrator agreed, until it is taken."""

    __tablename__ = "body_account"
    __table_args__ = (
        CheckConstraint("agreed_by <> added_by", name="two_agree"),
        Index("uq_body_account_open", "staff_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )
    WITNESSED = ("staff_id", "body_id", "added_by", "added_at", "agreed_by", "agreed_at", "ended_by", "ended_at")
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"), index=True)
    added_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]

    account: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[staff_id])
    body: Mapped[Body] = relationship(lazy="joined")


class Mandate(Versioned, Base):
    """Somebody acts for a person: a `holder` of the register, a body, or a person or body by `holder_name`.

    `kind` is one of `families.toml`, `relation` what they say they are ("mother"), `scopes` codes with spaces
    between them, `granted_by` who gives it (empty where nobody said). It holds from `from_day` to `to_day`, both
    included, unless it was ended before, for the reason `ended_because` (None where a release before did not ask).
    Whether it allows something today says `services.mandates.asking` alone. Of a body `holder_name` is its name then.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("holder_id IS NOT NULL OR holder_name <> ''", name="has_a_holder"),
        CheckConstraint("holder_id <> person_id", name="holder_is_another"),
        CheckConstraint("from_day <= to_day", name="begins_before_it_ends"),
        CheckConstraint("body_id IS NULL OR holder_id IS NULL", name="person_or_body"),
        CheckConstraint("ended_because IS NULL OR ended_at IS NOT NULL", name="ended_for_a_reason"),
        partial_index("ix_mandate_of_a_body", "body_id", "id", where="body_id IS NOT NULL AND ended_at IS NULL"),
    )
    WITNESSED = (
        "person_id",
        "holder_id",
        "holder_name",
        "body_id",
        "kind",
        "relation",
        "scopes",
        "granted_by",
        "evidence",
        "from_day",
        "to_day",
        "given_by",
        "ended_by",
        "ended_at",
        "ended_because",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    holder_name: Mapped[str] = mapped_column(default="")
    body_id: Mapped[UUID | None] = mapped_column(ForeignKey("body.id"))
    kind: Mapped[str]
    relation: Mapped[str]
    scopes: Mapped[str]
    granted_by: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date | None]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[dt.datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_because: Mapped[str | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    holder: Mapped[Person | None] = relationship(lazy="joined", foreign_keys=[holder_id])

    @property
    def shown(self) -> str:
        """The holder's name and relation, `Popa Ana (mother)`; a dash for the name of who was forgotten."""
        name = self.holder.full_name if self.holder else self.holder_name
        return f"{name or '—'} ({self.relation})"


class Consent(Keyed, Base):
    """The person lets the holder of a mandate see the file: which text was read, in which language, by whom (E12).

    One of a mandate lives at a time. Withdrawn, it counts no more from that moment.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index("uq_consent_live", "mandate_id", unique=True, sqlite_where=text(LIVE), postgresql_where=text(LIVE)),
    )
    WITNESSED = (
        "mandate_id",
        "text_version",
        "language",
        "given_on",
        "recorded_by",
        "withdrawn_by",
        "withdrawn_at",
    )
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandate.id"), index=True)
    text_version: Mapped[str]
    language: Mapped[str]
    interpreter: Mapped[str] = mapped_column(default="")
    given_on: Mapped[dt.date]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[dt.datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[dt.datetime | None]


class MandateUse(Keyed, Base):
    """Something was done by a mandate: a status told at the window, a file looked at. `what` is one of
    `services.mandates.uses`, `by` the account that did it.

    The holder reads at the status page who looked at the file.
    """

    __tablename__ = "mandate_use"
    __table_args__ = (Index("ix_mandate_use_person_id", "person_id", "at"),)
    WITNESSED = ("person_id", "mandate_id", "what", "request_id", "by", "at")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandate.id"), index=True)
    what: Mapped[str]
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("request.id"))
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[dt.datetime]

    mandate: Mapped[Mandate] = relationship(lazy="joined")
