"""A request for a document, from the lodging to its end."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index, state_column
from issuance.models.mandates import Mandate
from issuance.models.people import Holder, Person, PersonVersion
from issuance.models.staff import Centre, Staff
from issuance.states import ENDED, UNDECIDED, RequestState
from issuance.values.travel_documents import ShownDocument, TravelDocument

OPEN = f"state NOT IN ({', '.join(repr(str(state)) for state in ENDED)})"
RETAINED = "retained_since IS NOT NULL"
OVERRIDDEN = "override_reason <> ''"
UNSAID = "registered_on > due_on AND late_because = ''"
SAID = "registered_on > due_on AND late_because <> ''"
KEPT = "template_id IS NOT NULL"
FOLLOWS = "kept_id IS NOT NULL AND ended_at IS NULL"
DRAWN = "signature-phone"
"""The purpose of a blob that was drawn on a phone and that nobody has looked at yet."""


class RuleVersion(Keyed, Base):
    """One dated rule block of a document type, immutable; acts store the version they used (ADR 0002)."""

    __tablename__ = "rule_version"
    WITNESSED = ("document_type", "applies_from", "digest", "content")
    document_type: Mapped[str]
    applies_from: Mapped[dt.date]
    digest: Mapped[str] = mapped_column(unique=True)
    content: Mapped[str]


class RuleDraft(Versioned, Base):
    """A later version of a document type's rules, made from its last one (`base`), in force from `applies_from`.

    It is nothing until a second administrator agreed: then `kept` is the version that requests use. `ended_at`: it was
    declined or taken back, with the word `why`. Of what the command line made `drafted_by` and `agreed_by` are None.
    One base has one version that follows it, whoever agrees at once.
    """

    __tablename__ = "rule_draft"
    __table_args__ = (
        CheckConstraint("agreed_by <> drafted_by", name="two_agree"),
        CheckConstraint("(agreed_at IS NULL) = (kept_id IS NULL)", name="agreed_is_kept"),
        Index(
            "uq_rule_draft_follows",
            "base_id",
            unique=True,
            sqlite_where=text(FOLLOWS),
            postgresql_where=text(FOLLOWS),
        ),
    )
    WITNESSED = (
        "document_type",
        "applies_from",
        "base_id",
        "content",
        "drafted_by",
        "drafted_at",
        "agreed_by",
        "agreed_at",
        "kept_id",
        "ended_by",
        "ended_at",
    )
    document_type: Mapped[str]
    applies_from: Mapped[dt.date]
    base_id: Mapped[UUID] = mapped_column(ForeignKey("rule_version.id"))
    content: Mapped[str]
    reason: Mapped[str]
    drafted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    drafted_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    kept_id: Mapped[UUID | None] = mapped_column(ForeignKey("rule_version.id"), index=True)
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    why: Mapped[str] = mapped_column(default="")

    base: Mapped[RuleVersion] = relationship(foreign_keys=base_id, lazy="joined")
    kept: Mapped[RuleVersion | None] = relationship(foreign_keys=kept_id, lazy="joined")
    author: Mapped[Staff | None] = relationship(foreign_keys=drafted_by, lazy="joined")
    second: Mapped[Staff | None] = relationship(foreign_keys=agreed_by, lazy="joined")

    @property
    def waits(self) -> bool:
        """Whether it waits for a second administrator."""
        return self.agreed_at is None and self.ended_at is None

    @property
    def is_agreed(self) -> bool:
        """Whether it is, or will be, in force."""
        return self.agreed_at is not None and self.ended_at is None


class IssuanceRequest(Versioned, Base):
    """One person asks for one document.

    `reference` is random, for the holder; `case_reference` is case handling's; `mark` is that of the form
    that lodged it, which makes one request however often it is sent. `previous_number` is the document it follows.
    `person_version_id` is what was lodged with, and from the decision on what was decided on; None as
    long as the person of an earlier release has one. `entitlement_source` is `case_handling` or `hand`: what was typed
    by hand is entered a second time. `unaccompanied` was said at lodging; `mandate` is that of who accompanies a minor
    (E14).
    `party_id` is the first request of those of the household that were lodged together (`services.parties`); None for
    one that came alone.
    `retained_since` is the day from which its term of retention counts: its own end, or its document's last day or
    earlier end; None while neither is known, and when its data were destroyed on the day `erased_on`.
    `needed_by` is the last day before a departure to which a supervisor agreed (`models.departures`); it goes ahead.
    Who did what is also kept as `models.duties.Duty`, whose indexes keep duties apart.
    """

    __tablename__ = "request"
    __table_args__ = (
        Index(
            "uq_request_one_open",
            "person_id",
            "document_type",
            "kind",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index("ix_request_queue", "centre_id", "state", "document_type", "due_on"),
        partial_index("ix_request_retained", "document_type", "retained_since", where=RETAINED),
        Index("ix_request_lodged", "document_type", "lodged_on"),
        Index("uq_request_mark", "mark", unique=True),
        partial_index("ix_request_mandate_id", "mandate_id", where="mandate_id IS NOT NULL"),
        partial_index("ix_request_party", "party_id", where="party_id IS NOT NULL"),
        partial_index("ix_request_travel_document", "travel_document_number", where="travel_document_number <> ''"),
        partial_index("ix_request_phone", "phone", where="phone <> ''"),
        partial_index("ix_request_needed_by", "centre_id", "needed_by", where="needed_by IS NOT NULL"),
        partial_index("ix_request_typed", "lodged_on", where="entitlement_source = 'hand'"),
        partial_index("ix_request_typed_here", "centre_id", "lodged_on", where="entitlement_source = 'hand'"),
    )
    WITNESSED = (
        "reference",
        "case_reference",
        "person_id",
        "person_version_id",
        "centre_id",
        "document_type",
        "kind",
        "previous_number",
        "rule_version_id",
        "entitlement_source",
        "decision_number",
        "decision_date",
        "procedure",
        "mandate_id",
        "lodged_on",
        "lodged_by",
        "enrolled_by",
        "decided_by",
        "handed_over_by",
        "ended_on",
        "retained_since",
        "erased_on",
        "state",
        "state_by",
    )
    reference: Mapped[str] = mapped_column(unique=True)
    case_reference: Mapped[str | None] = mapped_column(unique=True)
    mark: Mapped[str | None]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    person_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_version.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    document_type: Mapped[str]
    kind: Mapped[str]
    replacement_reason: Mapped[str] = mapped_column(default="")
    previous_number: Mapped[str] = mapped_column(default="")
    rule_version_id: Mapped[UUID] = mapped_column(ForeignKey("rule_version.id"))
    fee: Mapped[int] = mapped_column(default=0)
    entitlement_source: Mapped[str]
    decision_number: Mapped[str] = mapped_column(default="")
    decision_date: Mapped[dt.date | None]
    procedure: Mapped[str] = mapped_column(default="regular")
    travel_document_shown: Mapped[str] = mapped_column(default=TravelDocument.NONE)
    travel_document_number: Mapped[str] = mapped_column(default="")
    travel_document_state: Mapped[str] = mapped_column(default="")
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))
    unaccompanied: Mapped[bool] = mapped_column(default=False)
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("request.id"))
    missing: Mapped[Any] = mapped_column(JSON, default=list)
    phone: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    lodged_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    needed_by: Mapped[dt.date | None]
    lodged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    enrolled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decision_reason: Mapped[str] = mapped_column(default="")
    handed_over_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    handed_over_at: Mapped[dt.datetime | None]
    ended_on: Mapped[dt.date | None]
    retained_since: Mapped[dt.date | None]
    erased_on: Mapped[dt.date | None]
    state: Mapped[RequestState] = state_column(RequestState, RequestState.LODGED)
    state_by: Mapped[UUID | None]

    person: Mapped[Person] = relationship(lazy="joined")
    person_version: Mapped[PersonVersion | None] = relationship(lazy="selectin")
    centre: Mapped[Centre] = relationship(lazy="joined")
    rule_version: Mapped[RuleVersion] = relationship(lazy="selectin")
    mandate: Mapped[Mandate | None] = relationship(lazy="selectin")

    @property
    def representative(self) -> str:
        """Who accompanied the person at lodging, with the relation; empty when nobody did."""
        return self.mandate.shown if self.mandate else ""

    def count_term_from(self, day: dt.date | None) -> None:
        """Its term of retention counts from this day, unless it does so from an earlier one."""
        if day is not None:
            self.retained_since = min(day, self.retained_since or day)

    @property
    def holder(self) -> Holder:
        """Who it is for: as the register says, and from the decision on as was decided, whatever is corrected later."""
        return self.person if self.state in UNDECIDED else self.person_version or self.person

    @property
    def declared_identity(self) -> bool:
        """Identity without a passport or other document with photo (E16)."""
        return self.travel_document.is_declared

    @property
    def travel_document(self) -> ShownDocument:
        """What the person showed of who they are."""
        kind = TravelDocument(self.travel_document_shown)
        return ShownDocument(kind, self.travel_document_number, self.travel_document_state)


class Registration(Keyed, Base):
    """When and where the application for protection was made that a certificate registers, and until when that is
    due (E22).

    `place` and `late_because` are codes of `law.registration`; an empty reason was not said yet, or nothing was late.
    """

    __tablename__ = "registration"
    __table_args__ = (
        partial_index("ix_registration_unsaid", "registered_on", where=UNSAID),
        partial_index("ix_registration_said", "registered_on", "id", where=SAID),
        partial_index("ix_registration_said_here", "centre_id", "registered_on", "id", where=SAID),
    )
    WITNESSED = ("request_id", "centre_id", "made_on", "place", "registered_on", "due_on", "late_because", "said_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    made_on: Mapped[dt.date]
    place: Mapped[str]
    registered_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    late_because: Mapped[str] = mapped_column(default="")
    said_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    said_at: Mapped[dt.datetime | None]

    request: Mapped[IssuanceRequest] = relationship(lazy="joined")


class Portrait(Keyed, Base):
    """A captured or uploaded portrait: two encrypted pictures and what was found about them.

    `accepted_by` set means a person took it, with `override_reason` where a finding failed. Only the newest counts.
    """

    __tablename__ = "portrait"
    __table_args__ = (partial_index("ix_portrait_overridden", "id", where=OVERRIDDEN),)
    WITNESSED = ("request_id", "master_id", "print_id", "override_reason", "taken_by", "accepted_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    master_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    print_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    source: Mapped[str]
    findings: Mapped[Any] = mapped_column(JSON)
    override_reason: Mapped[str] = mapped_column(default="")
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[dt.datetime]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


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


class Fingerprint(Keyed, Base):
    """What was taken of one hand for a request: one finger's quality and encrypted template, or why there is none.

    `hand` and `finger` are codes of `services.capture.fingerprints`; `finger` is empty when none of the hand could be
    taken, and `why` says why not the index finger, or why none. Nothing shows the template; retention deletes it.
    """

    __tablename__ = "fingerprint"
    __table_args__ = (
        Index("uq_fingerprint_hand", "request_id", "hand", unique=True),
        partial_index("ix_fingerprint_kept", "taken_at", where=KEPT),
    )
    WITNESSED = ("request_id", "hand", "finger", "why", "quality", "template_id", "taken_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    hand: Mapped[str]
    finger: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(default="")
    quality: Mapped[int | None]
    template_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[dt.datetime]


class Signature(Keyed, Base):
    """What the holder of a request signed at lodging, to be printed: an encrypted picture, or why there is none.

    `source` is `pad`, `phone` or `scan`, of a picture; `absence` is a code, with `reason` in words where it asks for
    one.
    """

    __tablename__ = "signature"
    __table_args__ = (CheckConstraint("(picture_id IS NULL) = (absence <> '')", name="picture_or_absence"),)
    WITNESSED = ("request_id", "picture_id", "absence", "taken_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    picture_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    source: Mapped[str] = mapped_column(default="")
    absence: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[dt.datetime]


class PhonePad(Keyed, Base):
    """An address at which the holder of a request signs on a phone, once, until `ends_at`; then, what was drawn there.

    `token_digest` is the SHA-256 of what makes the address; `opened_by` alone looks at what was drawn.
    """

    __tablename__ = "phone_pad"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    ends_at: Mapped[dt.datetime] = mapped_column(index=True)
    drawing_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)

    request: Mapped[IssuanceRequest] = relationship()


class Outlook(Base):
    """What the holder of an open request may expect, as last worked out (`services.overview.outlook`).

    `place` is 1 for the next one of its centre. `a_day`: documents that its centre handed over on a working day, and
    `expected_on`: when nine of ten were ready after as many days; both None where too few were. `said_before` is the
    day that was told until it became a later one.
    """

    __tablename__ = "outlook"
    __table_args__ = (
        CheckConstraint("place > 0", name="place_counts_from_one"),
        CheckConstraint("said_before < expected_on", name="only_later_days_are_said_again"),
    )
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), primary_key=True)
    place: Mapped[int]
    a_day: Mapped[int | None]
    expected_on: Mapped[dt.date | None]
    said_before: Mapped[dt.date | None]
