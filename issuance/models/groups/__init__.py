"""Groups that are brought in together, such as a resettlement list: who sent them, and which requests are in each."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre

OPEN = "closed_at IS NULL"
THERE = "left_at IS NULL"
"""A member who did not leave the group."""


class ResettlementGroup(Keyed, Base):
    """Persons who come together (ADR 0100). `name` names the group and nobody in it; `origin` is where from.

    `sender` is a code (`services.imports.groups`), `sender_number` the number that the sender gave the list: once.
    `expected_on` is the day on which they are to arrive. How far the group is, its requests say.
    """

    __tablename__ = "resettlement_group"
    __table_args__ = (
        UniqueConstraint("sender", "sender_number"),
        Index("ix_resettlement_group_centre", "centre_id", "id"),
        partial_index("ix_resettlement_group_open", "centre_id", "id", where=OPEN),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
    )
    WITNESSED = ("centre_id", "name", "origin", "sender", "sender_number", "expected_on", "brought_by", "closed_by")
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    name: Mapped[str]
    origin: Mapped[str]
    sender: Mapped[str]
    sender_number: Mapped[str]
    expected_on: Mapped[dt.date]
    brought_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    brought_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    centre: Mapped[Centre] = relationship(lazy="joined")


class GroupMember(Keyed, Base):
    """A request in a group, at its `place` of the list. Nobody is in two groups at once.

    `left_because` is a code (`services.membership.members`), empty while the member is there.
    """

    __tablename__ = "group_member"
    __table_args__ = (
        UniqueConstraint("group_id", "place"),
        UniqueConstraint("group_id", "request_id"),
        Index(
            "uq_group_member_one_group",
            "person_id",
            unique=True,
            sqlite_where=text(THERE),
            postgresql_where=text(THERE),
        ),
        Index("ix_group_member_request_id", "request_id"),
        Index("ix_group_member_person_id", "person_id"),
        CheckConstraint("(left_at IS NULL) = (left_because = '')", name="left_with_a_reason"),
    )
    WITNESSED = ("group_id", "request_id", "person_id", "place", "left_because", "left_by")
    group_id: Mapped[UUID] = mapped_column(ForeignKey("resettlement_group.id"))
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    place: Mapped[int]
    left_at: Mapped[dt.datetime | None]
    left_because: Mapped[str] = mapped_column(default="")
    left_by: Mapped[UUID | None]

    group: Mapped[ResettlementGroup] = relationship(lazy="joined")
    request: Mapped[IssuanceRequest] = relationship()
