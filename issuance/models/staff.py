"""Who works here: centres, accounts, roles; and stations, which hold a token instead of a password."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_security.core import UserMixin
from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from issuance.db import Base, Keyed
from issuance.values import contacts

CLAIMS_PER_HOUR = 240
"""More than a card printer makes; an office sets the real speed of each station."""


class RoleName(StrEnum):
    """The roles of docs/law.md, section 1, that this release knows."""

    CLERK = "clerk"
    DECISION_OFFICER = "decision_officer"
    OPERATOR = "operator"
    QUALITY_OFFICER = "quality_officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    ENROLMENT_EXPERT = "enrolment_expert"
    MISSION = "mission"
    BORDER_POLICE = "border_police"
    POLICE = "police"
    PARTNER = "partner"


class Centre(Keyed, Base):
    """An office. `code` is the short name case handling uses (`timisoara`). A `mission` is one abroad, where the
    accounts of that role alone work the machines, and only what missions issue is made (ADR 0101).

    `opening_hours` are in the form of OpenStreetMap, which every language can show: `Mo-Fr 09:00-12:00, 14:00-16:00`.
    """

    __tablename__ = "centre"
    WITNESSED = ("code", "name", "address", "opening_hours", "active")
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    opening_hours: Mapped[str] = mapped_column(default="")
    mission: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class RoleGiven(Keyed, Base):
    """A role of an account, from one day to another, both included; `to_day` None: until it is taken.

    It is nothing until a second administrator agreed (`agreed_at`), and nothing after `ended_at`: taken, or declined.
    Of what the command line gave `given_by` and `agreed_by` are None.
    """

    __tablename__ = "role_given"
    __table_args__ = (
        CheckConstraint("agreed_by <> given_by", name="two_agree"),
        CheckConstraint("to_day IS NULL OR from_day <= to_day", name="begins_before_it_ends"),
    )
    WITNESSED = (
        "staff_id",
        "role",
        "from_day",
        "to_day",
        "given_by",
        "given_at",
        "agreed_by",
        "agreed_at",
        "ended_by",
        "ended_at",
    )
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[str]
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date | None]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]

    @property
    def waits(self) -> bool:
        """Whether it waits for a second administrator."""
        return self.agreed_at is None and self.ended_at is None

    def is_held_on(self, day: dt.date) -> bool:
        """Whether the account has the role on a day."""
        return self.agreed_at is not None and self.ended_at is None and self.meets(day, day)

    def meets(self, from_day: dt.date, to_day: dt.date | None) -> bool:
        """Whether its days and those from `from_day` to `to_day` (None: for ever) have one in common."""
        return (to_day is None or self.from_day <= to_day) and (self.to_day is None or from_day <= self.to_day)


class Staff(Keyed, Base, UserMixin):  # type: ignore[misc]
    """An account. The columns after `active` are what Flask-Security keeps of a login."""

    __tablename__ = "staff"
    __table_args__ = (Index("ix_staff_centre_id", "centre_id", "full_name"),)
    WITNESSED = (
        "email",
        "full_name",
        "centre_id",
        "password",
        "active",
        "ends_on",
        "tf_primary_method",
        "tf_totp_secret",
    )
    email: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    ends_on: Mapped[dt.date | None]
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    confirmed_at: Mapped[dt.datetime | None]
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    mf_recovery_codes: Mapped[Any | None] = mapped_column(JSON)
    totp_step: Mapped[int | None]
    """The time step of the last code of the second factor that was taken: it and those before it are spent."""
    password_given_at: Mapped[dt.datetime | None]
    """When somebody else gave the password: until its owner chose another, nothing else is done with the account."""

    given: Mapped[list[RoleGiven]] = relationship(
        foreign_keys=RoleGiven.staff_id, order_by=RoleGiven.id, lazy="selectin"
    )
    """The roles that were given to it, whatever became of them: what it may do says `roles_on`."""
    centre: Mapped[Centre] = relationship(lazy="joined")

    def roles_on(self, day: dt.date) -> list[RoleName]:
        """The roles that it has on a day, in the order of the office's work; none once the account has ended."""
        if self.ends_on is not None and day > self.ends_on:
            return []
        held = {given.role for given in self.given if given.is_held_on(day)}
        return [role for role in RoleName if role in held]

    @validates("email")
    def _normalised(self, _column: str, email: str) -> str:
        return contacts.email(email)


class Passkey(Keyed, Base):
    """A key by which somebody who works here logs in: its public half, by WebAuthn. One that was removed stays ended.

    `synced`: it may leave its device. `challenged_at` is when the newest challenge was made that it proved: it and all
    before it are spent.
    """

    __tablename__ = "passkey"
    __table_args__ = (
        Index(
            "uq_passkey_name",
            "staff_id",
            "name",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    WITNESSED = ("staff_id", "credential_id", "public_key", "synced", "added_at", "ended_at")
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    synced: Mapped[bool]
    added_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    challenged_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]

    account: Mapped[Staff] = relationship(lazy="joined")


class FactorReset(Keyed, Base):
    """The second factor and passkeys of an account to be forgotten, with its owner present: asked by one administrator,
    agreed by another."""

    __tablename__ = "factor_reset"
    __table_args__ = (
        CheckConstraint("agreed_by <> asked_by", name="two_agree"),
        CheckConstraint("asked_by <> staff_id AND agreed_by <> staff_id", name="nobodys_own"),
    )
    WITNESSED = ("staff_id", "asked_by", "asked_at", "agreed_by", "agreed_at", "ended_at")
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


class StaffSession(Keyed, Base):
    """One browser of somebody who is logged in, or was a short while ago. Only the SHA-256 of its key is kept.

    `content` is what pages keep of a session (CSRF secret, messages, reasons to look); `device` is the browser's name
    and system; `by_passkey` says that one opened it, not a password.
    """

    __tablename__ = "session"
    digest: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)
    last_seen_at: Mapped[dt.datetime]
    device: Mapped[str]
    content: Mapped[Any] = mapped_column(JSON)
    ended_at: Mapped[dt.datetime | None]
    ended_why: Mapped[str] = mapped_column(default="")
    by_passkey: Mapped[bool] = mapped_column(default=False)

    account: Mapped[Staff] = relationship(lazy="joined")


class Draft(Keyed, Base):
    """What an account typed into a form and did not send yet, encrypted by the vault; `place` is the form's address.

    It is the account's alone, and gone with the day.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("account_id", "place"),)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    place: Mapped[str]
    kept_at: Mapped[dt.datetime] = mapped_column(index=True)
    encrypted: Mapped[bytes]


class Station(Keyed, Base):
    """A computer with a printer and an encoder.

    Of the token that enrols it only the SHA-256 is kept; one that an administrator made (`token_by`) enrols nothing
    until another agreed (`token_agreed_by`). `signing_key` (Ed25519) and `sealing_key` (X25519) are the
    public keys it made for itself; `instance` is the one process that lives (`StationInstance`), `ended_well` whether
    it said goodbye. `doubted_at`: two processes spoke as this station, and neither is answered.

    An `office_printer` has no program and no keys: operators print files on it and say what came out (ADR 0069).
    """

    __tablename__ = "station"
    __table_args__ = (
        CheckConstraint("token_agreed_by <> token_by", name="two_agree"),
        CheckConstraint("NOT (bureau AND office_printer)", name="bureau_or_office_printer"),
    )
    WITNESSED = (
        "name",
        "centre_id",
        "token_digest",
        "token_by",
        "token_agreed_by",
        "signing_key",
        "sealing_key",
        "instance",
        "doubted_at",
        "bureau",
        "office_printer",
        "claims_per_hour",
        "active",
    )
    name: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    token_digest: Mapped[str] = mapped_column(unique=True)
    token_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    token_agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    signing_key: Mapped[bytes | None]
    sealing_key: Mapped[bytes | None]
    instance: Mapped[UUID | None]
    ended_well: Mapped[bool] = mapped_column(default=True)
    doubted_at: Mapped[dt.datetime | None]
    bureau: Mapped[bool] = mapped_column(default=False)
    office_printer: Mapped[bool] = mapped_column(default=False)
    claims_per_hour: Mapped[int] = mapped_column(default=CLAIMS_PER_HOUR)
    active: Mapped[bool] = mapped_column(default=True)
    status: Mapped[Any | None] = mapped_column(JSON)
    last_seen: Mapped[dt.datetime | None]

    centre: Mapped[Centre] = relationship(lazy="joined")

    @property
    def token_waits(self) -> bool:
        """Whether its token waits for a second administrator."""
        return self.token_by is not None and self.token_agreed_by is None


class Shift(Keyed, Base):
    """An operator at a station. A station has at most one open shift."""

    __tablename__ = "shift"
    __table_args__ = (
        Index(
            "uq_shift_open",
            "station_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_shift_station_id", "station_id", "opened_at"),
    )
    WITNESSED = ("station_id", "operator_id", "opened_at", "closed_at")
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]

    operator: Mapped[Staff] = relationship(lazy="joined")
