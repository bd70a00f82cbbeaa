"""Who works here: centres, accounts, roles; and stations, which hold a token instead of a password."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import JSON, Column, ForeignKey, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from issuance.db import Base, Keyed
from issuance.values import emails

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


class Centre(Keyed, Base):
    """An office. `code` is the short name case handling uses (`timisoara`).

    `opening_hours` are in the form of OpenStreetMap, which every language can show: `Mo-Fr 09:00-12:00, 14:00-16:00`.
    """

    __tablename__ = "centre"
    WITNESSED = ("code", "name", "address")
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    opening_hours: Mapped[str] = mapped_column(default="")


staff_role = Table(
    "staff_role",
    Base.metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Keyed, Base, RoleMixin):  # type: ignore[misc]
    """A role, by one of the names of `RoleName`."""

    __tablename__ = "role"
    WITNESSED = ("name",)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]


class Staff(Keyed, Base, UserMixin):  # type: ignore[misc]
    """An account. The columns after `active` are what Flask-Security keeps of a login."""

    __tablename__ = "staff"
    WITNESSED = (
        "email",
        "full_name",
        "centre_id",
        "password",
        "active",
        "ends_on",
        "tf_primary_method",
        "tf_totp_secret",
        "roles",
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

    roles: Mapped[list[Role]] = relationship(secondary=staff_role, lazy="selectin")  # type: ignore[assignment]
    centre: Mapped[Centre] = relationship(lazy="joined")

    @validates("email")
    def _normalised(self, _column: str, email: str) -> str:
        return emails.email(email)


class StaffSession(Keyed, Base):
    """One browser of somebody who is logged in, or was a short while ago. Only the SHA-256 of its key is kept.

    `content` is what pages keep of a session (CSRF secret, messages, reasons to look); `device` is the browser's name
    and system.
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

    Of the token that enrols it only the SHA-256 is kept. `signing_key` (Ed25519) and `sealing_key` (X25519) are the
    public keys it made for itself; `instance` is the one process that lives (`StationInstance`), `ended_well` whether
    it said goodbye. `doubted_at`: two processes spoke as this station, and neither is answered.
    """

    __tablename__ = "station"
    WITNESSED = (
        "name",
        "centre_id",
        "token_digest",
        "signing_key",
        "sealing_key",
        "instance",
        "doubted_at",
        "bureau",
        "claims_per_hour",
        "active",
    )
    name: Mapped[str] = mapped_column(unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    token_digest: Mapped[str] = mapped_column(unique=True)
    signing_key: Mapped[bytes | None]
    sealing_key: Mapped[bytes | None]
    instance: Mapped[UUID | None]
    ended_well: Mapped[bool] = mapped_column(default=True)
    doubted_at: Mapped[dt.datetime | None]
    bureau: Mapped[bool] = mapped_column(default=False)
    claims_per_hour: Mapped[int] = mapped_column(default=CLAIMS_PER_HOUR)
    active: Mapped[bool] = mapped_column(default=True)
    status: Mapped[Any | None] = mapped_column(JSON)
    last_seen: Mapped[dt.datetime | None]

    centre: Mapped[Centre] = relationship(lazy="joined")


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
    )
    WITNESSED = ("station_id", "operator_id", "opened_at", "closed_at")
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]

    operator: Mapped[Staff] = relationship(lazy="joined")
