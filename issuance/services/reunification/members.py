"""For whom reunification is asked: kinship with its evidence, and what the law knows as family (Art 2(j))."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.persons.reunification import AskedTie, asked_ties
from issuance.models.people import FamilyLink, Person
from issuance.models.reunification import Reunification, ReunificationMember
from issuance.services import centres
from issuance.services.persons.identity import Identity
from issuance.states import REUNIFICATIONS_AT_THE_DESK
from issuance.values import names
from issuance.values.calendar import check_birth_date, check_past, youngest_age
from issuance.values.codes import SEXES, one_of

STATUS = "family_member"
"""The status of who comes by reunification."""


@dataclass(frozen=True)
class Said:
    """What is said of a member: what they are to the beneficiary, who they are, and on what paper it rests."""

    tie: str
    identity: Identity
    evidence: str
    married_on: dt.date | None = None
    unmarried: bool = False
    dependent: bool = False


def add(act: Act, row: Reunification, said: Said) -> ReunificationMember:
    """Ask for this member too. InvalidInput names the field; RuleViolation the article by which it is no family."""
    centres.check_own(act, row.request)
    _check_at_the_desk(row)
    tie = one_of("tie", said.tie, asked_ties())
    if not said.evidence.strip():
        raise InvalidInput("evidence", "Say which paper proves the kinship, with its number and date.")
    if said.married_on:
        check_past("married_on", said.married_on, act.clock.today())
    who = said.identity
    member = ReunificationMember(
        number=max((each.number for each in row.members), default=0) + 1,
        tie=tie,
        family_name=names.check_latin_name("family_name", who.family_name),
        given_names=names.check_latin_name("given_names", who.given_names, required=False),
        native_name=names.check_name("native_name", who.native_name, required=False),
        birth_date=check_birth_date(who.birth_date, act.clock.today()),
        birth_place=names.check_text("birth_place", who.birth_place),
        sex=one_of("sex", who.sex, SEXES),
        nationality=who.nationality,
        language=who.language,
        married_on=said.married_on,
        unmarried=said.unmarried,
        dependent=said.dependent,
        evidence=names.check_text("evidence", said.evidence.strip()),
    )
    check_law(act, row, member)
    _check_new(row, member)
    row.members.append(member)
    act.record("reunification.member_added", row, row.request, member, tie=tie)
    return member


def remove(act: Act, row: Reunification, member: ReunificationMember) -> None:
    """It is not asked for this member any more."""
    centres.check_own(act, row.request)
    _check_at_the_desk(row)
    act.record("reunification.member_removed", row, row.request, tie=member.tie)
    row.members.remove(member)
    act.session.delete(member)


def found(row: Reunification, member_id: UUID) -> ReunificationMember:
    """The member with this id; NotFound for another request's."""
    member = next((each for each in row.members if each.id == member_id), None)
    if member is None:
        raise NotFound("There is no such member in this request. Open it again.")
    return member


def identity_of(member: ReunificationMember) -> Identity:
    """The member as a lodging takes somebody."""
    return Identity(
        family_name=member.family_name,
        given_names=member.given_names,
        native_name=member.native_name,
        birth_date=member.birth_date,
        birth_place=member.birth_place,
        sex=member.sex,
        nationality=member.nationality,
        language=member.language,
        status=STATUS,
    )


def check_law(look: Look, row: Reunification, member: ReunificationMember) -> None:
    """RuleViolation for who is no family by the law; InvalidInput for a day without which nobody can say."""
    tie = asked_ties()[member.tie]
    if tie.refused:
        raise tie.refusal.violation("tie")
    if tie.married_before_entry:
        _check_marriage(row, member, tie)
    if (tie.unmarried and not member.unmarried) or (tie.dependent and not member.dependent):
        raise tie.refusal.violation("tie")
    if tie.minor_below and not _is_below(member.birth_date, tie.minor_below, row.asked_on):
        raise tie.refusal.violation("birth_date")
    is_minor = tie.of_minor_below is None or _is_below(row.person.birth_date, tie.of_minor_below, row.asked_on)
    if not is_minor or (tie.of_minor_below and _is_married(look, row.person)):
        raise tie.refusal.violation("tie")


def _check_marriage(row: Reunification, member: ReunificationMember, tie: AskedTie) -> None:
    if member.married_on is None:
        raise InvalidInput("married_on", "Type the day of the marriage as its certificate says it.")
    if row.entered_on is None:
        raise InvalidInput("entered_on", "Record first when the beneficiary came to Romania.")
    if member.married_on >= row.entered_on:
        raise tie.refusal.violation("married_on")


def _check_new(row: Reunification, member: ReunificationMember) -> None:
    """Conflict for somebody who is there, or a second spouse."""
    for other in row.members:
        same = (other.family_name, other.given_names, other.birth_date)
        if same == (member.family_name, member.given_names, member.birth_date):
            raise Conflict("This member is in the request already. Nothing was added.", field="family_name")
        if other.tie == member.tie == "spouse":
            raise Conflict("A spouse is in the request already, and the law knows one.", field="tie")


def _check_at_the_desk(row: Reunification) -> None:
    if row.state not in REUNIFICATIONS_AT_THE_DESK:
        raise Conflict("The officer has it, or decided on it. Wait for the officer to send it back.")


def _is_below(birth_date: str, years: int, day: dt.date) -> bool:
    """Who may be so young is: of an unknown year nobody can say otherwise."""
    age = youngest_age(birth_date, day)
    return age is None or age < years


def _is_married(look: Look, person: Person) -> bool:
    mine = or_(FamilyLink.person_id == person.id, FamilyLink.relative_id == person.id)
    query = select(FamilyLink.id).where(mine, FamilyLink.tie == "spouse", FamilyLink.ended_at.is_(None))
    return look.session.scalar(query.limit(1)) is not None
