"""Persons under protection, as case handling knows them and as their documents call them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index

OPEN_LINK = "ended_at IS NULL"

HOLDER_FIELDS = (
    "family_name",
    "given_names",
    "latin_confirmed",
    "native_name",
    "mrz_name",
    "birth_date",
    "birth_place",
    "sex",
    "nationality",
    "other_nationalities",
    "status",
    "address",
    "eurodac_reference",
    "cnp",
)
"""What `Holder` says, by column."""


class Holder:
    """Who somebody is, as a document says it: the columns that a person and each of its versions have.

    Latin names are the confirmed spelling, which is only a proposal while `latin_confirmed` is false; `birth_date` is
    YYYY-MM-DD with XX where unknown; `mrz_name` is the MRZ form of the name. `nationality` is the first, which MRZ and
    seal take; `other_nationalities` are the codes of those that follow it in order (Reg. (EU) 2024/1348, Art 29(4)).
    """

    family_name: Mapped[str]
    given_names: Mapped[str] = mapped_column(default="")
    latin_confirmed: Mapped[bool] = mapped_column(default=True)
    native_name: Mapped[str] = mapped_column(default="")
    mrz_name: Mapped[str]
    birth_date: Mapped[str]
    birth_place: Mapped[str] = mapped_column(default="")
    sex: Mapped[str]
    nationality: Mapped[str]
    other_nationalities: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    eurodac_reference: Mapped[str | None]
    cnp: Mapped[str | None]

    @property
    def full_name(self) -> str:
        """Family name and given names; a person may have one name only."""
        return f"{self.family_name} {self.given_names}".strip()

    @property
    def nationalities(self) -> tuple[str, ...]:
        """Every nationality by its code, the first first."""
        return (self.nationality, *self.other_nationalities.split())


class Person(Holder, Versioned, Base):
    """One person, as the newest version says; changed by `people.change` alone, which keeps the version before.

    `mrz_name` is the key for finding similar persons. `vulnerable` moves the person ahead (E25), `hides_place` keeps
    the place of collection from the public pages: both are what its open observations need (`care.observations`).
    `merged_into` is whose record this is one of (ADR 0045): its requests are there, and what is known here leads there.
    """

    __tablename__ = "person"
    WITNESSED = (*HOLDER_FIELDS, "case_closed_on", "merged_into")
    mrz_name: Mapped[str] = mapped_column(index=True)
    birth_date: Mapped[str] = mapped_column(index=True)
    eurodac_reference: Mapped[str | None] = mapped_column(unique=True)
    cnp: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="ro")
    vulnerable: Mapped[bool] = mapped_column(default=False)
    hides_place: Mapped[bool] = mapped_column(default=False, server_default=false())
    case_closed_on: Mapped[dt.date | None]
    case_closed_event: Mapped[str] = mapped_column(default="")
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)

    names: Mapped[list[PersonName]] = relationship(cascade="all, delete-orphan", back_populates="person")


class PersonVersion(Holder, Keyed, Base):
    """What the register said of a person from one change to the next, and who made it say so; never changed (ADR 0038).

    `made_at` is None for the first version of a person of a release that kept none, `made_by` also where no person did.
    `why` is `kept`, `lodged`, `spelling`, `residence`, or the reason of a correction, which a second person agreed to.
    """

    __tablename__ = "person_version"
    __table_args__ = (UniqueConstraint("person_id", "number"),)
    WITNESSED = (*HOLDER_FIELDS, "person_id", "number", "made_at", "made_by", "agreed_by", "why", "evidence")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    made_at: Mapped[dt.datetime | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    why: Mapped[str]
    evidence: Mapped[str] = mapped_column(default="")


class Correction(Versioned, Base):
    """What somebody proposes that the register says of a person, until a second person agrees or declines.

    `said` is field -> value; it was proposed on the version `on_number`. `version_id` is what came of it when agreed.
    """

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("version_id IS NULL OR settled_by <> proposed_by", name="two_correct"),
        Index(
            "uq_correction_one_open",
            "person_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )
    WITNESSED = (
        "person_id",
        "said",
        "on_number",
        "reason",
        "evidence",
        "proposed_by",
        "proposed_at",
        "settled_by",
        "settled_at",
        "version_id",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    said: Mapped[Any] = mapped_column(JSON)
    on_number: Mapped[int]
    reason: Mapped[str]
    evidence: Mapped[str]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[dt.datetime]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[dt.datetime | None]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_version.id"))

    person: Mapped[Person] = relationship(lazy="joined")


class PersonName(Keyed, Base):
    """One word of a person's name in one script, folded for search; `sound` is that of its spellings (`values.sounds`).

    Sorted by code point, whatever the language of the database: beginnings are found as a range of the index.
    """

    __tablename__ = "person_name"
    __table_args__ = (
        Index("ix_person_name_word", "word", "person_id"),
        Index("ix_person_name_sound", "sound", "person_id"),
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    word: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"))
    sound: Mapped[str] = mapped_column(default="", server_default="")

    person: Mapped[Person] = relationship(back_populates="names")


class PersonKey(Keyed, Base):
    """What case handling once wrote of a person, as a digest: the desk may mend the spelling, the file keeps its own.

    True namesakes may share one; then it says nothing.
    """

    __tablename__ = "person_key"
    __table_args__ = (Index("uq_person_key_said", "said", "person_id", unique=True),)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    said: Mapped[str]


class Namesakes(Keyed, Base):
    """Two persons who are alike and are two, as somebody said; `one_id` is the smaller. Nobody is asked again."""

    __tablename__ = "namesakes"
    __table_args__ = (UniqueConstraint("one_id", "other_id"), CheckConstraint("one_id < other_id", name="in_order"))
    WITNESSED = ("one_id", "other_id", "said_by", "said_at")
    one_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    said_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    said_at: Mapped[dt.datetime]


class Regrouping(Versioned, Base):
    """Requests that are in truth another person's, as one proposes and another agrees (ADR 0045).

    `kind` is `merge` (all of `from_id`, whose record ends in `to_id`), `split` (the chosen ones; to a new person until
    `to_id` is set) or `undo` (of `undoes_id`). `requests` are those chosen; `moved` what moved: table -> ids.
    """

    __tablename__ = "regrouping"
    __table_args__ = (
        CheckConstraint("NOT agreed OR settled_by <> proposed_by", name="two_regroup"),
        partial_index("ix_regrouping_undoes_id", "undoes_id", where="undoes_id IS NOT NULL"),
    )
    WITNESSED = (
        "kind",
        "from_id",
        "to_id",
        "undoes_id",
        "requests",
        "moved",
        "evidence",
        "centre_id",
        "proposed_by",
        "proposed_at",
        "settled_by",
        "settled_at",
        "agreed",
    )
    kind: Mapped[str]
    from_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("regrouping.id"))
    requests: Mapped[Any] = mapped_column(JSON, default=list)
    moved: Mapped[Any] = mapped_column(JSON, default=dict)
    reason: Mapped[str]
    evidence: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[dt.datetime]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[dt.datetime | None]
    agreed: Mapped[bool] = mapped_column(default=False)


class RightsNotice(Keyed, Base):
    """The person was told of rights and duties (E7, Law 122/2006 Art 21¹) in `language`; which text was read for it:
    that for `status` of `text_version` in `text_language`, `ours`, `reviewed` or made by a `machine`. All of it is
    empty in a notice of a release before. `counts`: understood, so far as the office can say (ADR 0080).
    """

    __tablename__ = "rights_notice"
    WITNESSED = ("person_id", "language", "given_by", "given_at", "text_version", "text_state", "counts")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    language: Mapped[str]
    text_version: Mapped[str]
    status: Mapped[str] = mapped_column(default="")
    text_language: Mapped[str] = mapped_column(default="")
    text_state: Mapped[str] = mapped_column(default="")
    counts: Mapped[bool] = mapped_column(default=True)
    interpreter: Mapped[str] = mapped_column(default="")
    signed: Mapped[bool]
    given_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[dt.datetime]


class FamilyLink(Versioned, Base):
    """One person is another's family (E13): `relative` is the spouse, parent or responsible adult of `person`.

    Of two spouses the one with the smaller key is `person`, so that one marriage is one row. `source` is who said so.
    An ended link is kept: `ended_because` is `over`, or `mistaken` when it never was.
    """

    __tablename__ = "family_link"
    __table_args__ = (
        CheckConstraint("person_id <> relative_id", name="of_two_persons"),
        CheckConstraint("to_day IS NULL OR from_day IS NULL OR from_day <= to_day", name="begins_before_it_ends"),
        Index(
            "uq_family_link_once",
            "person_id",
            "relative_id",
            "tie",
            unique=True,
            sqlite_where=text(OPEN_LINK),
            postgresql_where=text(OPEN_LINK),
        ),
    )
    WITNESSED = (
        "person_id",
        "relative_id",
        "tie",
        "evidence",
        "source",
        "from_day",
        "to_day",
        "added_by",
        "ended_by",
        "ended_because",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    relative_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    tie: Mapped[str]
    evidence: Mapped[str]
    source: Mapped[str]
    from_day: Mapped[dt.date | None]
    to_day: Mapped[dt.date | None]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[dt.datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=[person_id])
    relative: Mapped[Person] = relationship(lazy="joined", foreign_keys=[relative_id])


class LoneChild(Versioned, Base):
    """An unaccompanied minor was registered (E14): a guardian is there by `due_at`, or the alarm goes on.

    Over is it with a guardian (`mandate_id`), or for another reason: `ended_because` is `guardian`, `of_age`,
    `family_found` or `mistaken`. `referred_at` is when child protection was told on paper.
    """

    __tablename__ = "lone_child"
    __table_args__ = (
        partial_index("ix_lone_child_waiting", "centre_id", "due_at", where=OPEN_LINK),
        partial_index("ix_lone_child_mandate_id", "mandate_id", where="mandate_id IS NOT NULL"),
    )
    WITNESSED = (
        "person_id",
        "request_id",
        "centre_id",
        "registered_at",
        "due_at",
        "referred_by",
        "mandate_id",
        "ended_by",
        "ended_because",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    registered_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    referred_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    referred_at: Mapped[dt.datetime | None]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(lazy="joined")
