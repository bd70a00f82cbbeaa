"""Persons under protection, as case handling knows them and as their documents call them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned


class Person(Versioned, Base):
    """One person. Latin names are the confirmed spelling; `birth_date` is YYYY-MM-DD with XX where unknown.

    `latin_confirmed` is false while the spelling is only a proposal. `mrz_name` is the MRZ form of the name, the key
    for finding similar persons. `nationality` is the first, which MRZ and seal take; `other_nationalities` follow it in
    their order (Reg. (EU) 2024/1348, Art 29(4)). `vulnerable` is need to know: it moves the person ahead (E25) and
    hides the place of collection from the public page.
    """

    __tablename__ = "person"
    WITNESSED = (
        "family_name",
        "given_names",
        "latin_confirmed",
        "native_name",
        "mrz_name",
        "birth_date",
        "birth_place",
        "sex",
        "nationality",
        "status",
        "address",
        "eurodac_reference",
        "cnp",
        "case_closed_on",
    )
    family_name: Mapped[str]
    given_names: Mapped[str] = mapped_column(default="")
    latin_confirmed: Mapped[bool] = mapped_column(default=True)
    native_name: Mapped[str] = mapped_column(default="")
    mrz_name: Mapped[str] = mapped_column(index=True)
    birth_date: Mapped[str] = mapped_column(index=True)
    birth_place: Mapped[str] = mapped_column(default="")
    sex: Mapped[str]
    nationality: Mapped[str]
    other_nationalities: Mapped[Any] = mapped_column(JSON, default=list)
    status: Mapped[str]
    language: Mapped[str] = mapped_column(default="ro")
    address: Mapped[str] = mapped_column(default="")
    eurodac_reference: Mapped[str | None] = mapped_column(unique=True)
    cnp: Mapped[str | None] = mapped_column(unique=True)
    vulnerable: Mapped[bool] = mapped_column(default=False)
    case_closed_on: Mapped[dt.date | None]
    case_closed_event: Mapped[str] = mapped_column(default="")

    names: Mapped[list[PersonName]] = relationship(cascade="all, delete-orphan", back_populates="person")

    @property
    def full_name(self) -> str:
        """Family name and given names; a person may have one name only."""
        return f"{self.family_name} {self.given_names}".strip()


class PersonName(Keyed, Base):
    """One word of a person's name in one script, folded for search.

    Sorted by code point, whatever the language of the database: beginnings are found as a range of the index.
    """

    __tablename__ = "person_name"
    __table_args__ = (Index("ix_person_name_word", "word", "person_id"),)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    word: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"))

    person: Mapped[Person] = relationship(back_populates="names")


class RightsNotice(Keyed, Base):
    """The person was told of rights and duties (E7, Law 122/2006 Art 21^1): language, text version, how confirmed."""

    __tablename__ = "rights_notice"
    WITNESSED = ("person_id", "language", "given_by", "given_at")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    language: Mapped[str]
    text_version: Mapped[str]
    interpreter: Mapped[str] = mapped_column(default="")
    signed: Mapped[bool]
    given_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[dt.datetime]
