"""Where persons want to be written to, and what was or will be written to them (ADR 0073)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index, state_column
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.states import NoticeState

LIVE = "withdrawn_at IS NULL AND code_until IS NULL AND mandate_id IS NULL"
OF_A_MANDATE = "withdrawn_at IS NULL AND mandate_id IS NOT NULL"
ASKED = "withdrawn_at IS NULL AND code_until IS NOT NULL"
FOUND = "address_digest <> '' AND withdrawn_at IS NULL"
CAME_BACK = "refused_in IS NOT NULL AND withdrawn_at IS NULL"
WAITS = "state = 'waiting'"
ON_ITS_WAY = "state = 'sending'"
CALLED = "gateway_id <> ''"


class ChannelName(StrEnum):
    """By what a person is written to."""

    EMAIL = "email"
    SMS = "sms"


class NoticeKind(StrEnum):
    """Of what a person is told."""

    RECEIVED = "received"
    MISSING = "missing"
    READY = "ready"
    REMINDER = "reminder"
    EXPIRING = "expiring"
    DECREE = "decree"
    CODE = "code"
    REFERENCE = "reference"


class Contact(Keyed, Base):
    """A person agreed to be written to at this address; one for each channel at a time. Another address is another row.

    `encrypted` is the address and the token of its one-tap stop, under the master key; `stop_digest` is by which the
    token is found, `address_digest` by which the address is (empty once it went). `given_by` is None for one that the
    holder gave at the status page: until `code_until` the code that was sent there may be typed, of which `code_digest`
    is the digest; with it `code_until` becomes None, and only then the address counts.
    `withdrawn_because` is `desk`, `changed`, `unproved`, `mandate`, or `stopped` by the holder's own tap. With a
    `mandate_id` it is the address of whoever acts for the person by that mandate, and counts as long as that holds.
    `refused_in` is the centre that has to ask for another address, since the other side refused this one for ever at
    `refused_at`, or what is encrypted does not open.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index(
            "uq_contact_one_live",
            "person_id",
            "channel",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
        Index(
            "uq_contact_one_asked",
            "person_id",
            "channel",
            unique=True,
            sqlite_where=text(ASKED),
            postgresql_where=text(ASKED),
        ),
        Index(
            "uq_contact_one_of_a_mandate",
            "mandate_id",
            "channel",
            unique=True,
            sqlite_where=text(OF_A_MANDATE),
            postgresql_where=text(OF_A_MANDATE),
        ),
        partial_index("ix_contact_code_until", "code_until", where=ASKED),
        partial_index("ix_contact_address_digest", "address_digest", where=FOUND),
        Index("ix_contact_person_id", "person_id"),
        partial_index("ix_contact_refused", "refused_in", "refused_at", where=CAME_BACK),
        CheckConstraint("(withdrawn_because = '') = (withdrawn_at IS NULL)", name="withdrawn_for_a_reason"),
    )
    WITNESSED = (
        "person_id",
        "mandate_id",
        "channel",
        "given_by",
        "given_at",
        "code_until",
        "withdrawn_by",
        "withdrawn_at",
        "withdrawn_because",
        "refused_at",
        "refused_in",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))
    channel: Mapped[str]
    encrypted: Mapped[bytes]
    stop_digest: Mapped[str] = mapped_column(unique=True)
    address_digest: Mapped[str] = mapped_column(default="")
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[dt.datetime]
    code_digest: Mapped[str] = mapped_column(default="")
    code_until: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(default="")
    refused_at: Mapped[dt.datetime | None]
    refused_in: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))

    person: Mapped[Person] = relationship()

    def withdraw(self, by: UUID | None, at: dt.datetime, because: str) -> None:
        """Nothing is sent there from now on, and the address goes at once. A part of an act."""
        self.withdrawn_by, self.withdrawn_at, self.withdrawn_because = by, at, because
        self.encrypted, self.address_digest, self.code_digest = b"", "", ""


class ToldStop(Base):
    """A holder tapped the link that stops notices; gone when the office withdrew the contact.

    It is written by the process of the public pages, which does no acts. While it is here nothing is sent.
    """

    __tablename__ = "told_stop"
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    told_at: Mapped[dt.datetime]


class ToldContact(Base):
    """A holder gave an address at the status page; gone when the office sent a code there.

    `address` is what the process of the public pages may write and not read.
    """

    __tablename__ = "told_contact"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]
    told_at: Mapped[dt.datetime]


class ToldCode(Base):
    """A holder typed the code that was sent to an address; gone when the office let the address count."""

    __tablename__ = "told_code"
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    told_at: Mapped[dt.datetime]


class ToldLostReference(Keyed, Base):
    """Somebody who lost the reference gave an address and a birth date; gone when the office looked whose they are.

    The process of the public pages may write it and not read it.
    """

    __tablename__ = "told_lost_reference"
    channel: Mapped[str]
    address: Mapped[str]
    birth_date: Mapped[str]
    told_at: Mapped[dt.datetime]


class Notice(Keyed, Base):
    """One message that is to be sent, or was: written in the act it tells of, and once for each `occasion` of a kind.

    It is machinery, as a task is: no document hangs on it, so no witness of it is kept, and a worker moves it
    (BY_MACHINE). What its person or the desk must know - refused, given up, unknown - an act alone says (ADR 0073).

    It holds no words: they are made from kind and language when it is sent. `next_at` is when it may be tried (again),
    `taken_at` when a worker took it last, `tries` how often. `code` and `reason` are those of the last `Sent`;
    `told_at` is when the other side, or its delivery report, spoke last; `delivery_report` is how far it came.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("request_id", "kind", "channel", "occasion"),
        Index("ix_notice_contact_id", "contact_id"),
        partial_index("ix_notice_waiting", "next_at", where=WAITS),
        partial_index("ix_notice_sending", "taken_at", where=ON_ITS_WAY),
        partial_index("ix_notice_gateway_id", "gateway_id", where=CALLED),
    )
    BY_MACHINE = frozenset(
        {
            *(NoticeState.WAITING, NoticeState.SENDING, NoticeState.DROPPED),
            *(NoticeState.ACCEPTED, NoticeState.DELIVERED),
        }
    )
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    occasion: Mapped[str] = mapped_column(default="")
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
    gateway_id: Mapped[str] = mapped_column(default="")
    delivery_report: Mapped[str] = mapped_column("receipt", default="")

    request: Mapped[IssuanceRequest] = relationship()
    contact: Mapped[Contact] = relationship()


class DeliveryReport(StrEnum):
    """How far a gateway says that a message came. What it says first of the end is kept."""

    OPERATOR = "operator"
    DELIVERED = "delivered"
    REFUSED = "refused"


class ToldDeliveryReport(Base):
    """What the gateway of SMS told of a message; gone when the office put it down at the notice.

    It is written by the process of the public pages, which does no acts.
    """

    __tablename__ = "told_receipt"
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    says: Mapped[str] = mapped_column(primary_key=True)
    told_at: Mapped[dt.datetime]
