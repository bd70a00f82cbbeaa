"""Families: what the register keeps of them, and what it refuses with its reason."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput, LimanError, NotFound, RuleViolation
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.people import FamilyLink, Person
from issuance.models.requests import IssuanceRequest
from issuance.services.persons import family
from issuance.services.persons.family import Said
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed

TODAY = dt.date(2026, 11, 2)
BORN = {"Layla": "1992-01-01", "Omar": "1990-05-04", "Yusuf": "2015-06-01", "Huda": "1960-XX-XX", "Sara": "2019-02-03"}


@pytest.fixture
def cases(office: SmallOffice) -> dict[str, UUID]:
    """One request each of five people of one name, who are not linked yet."""
    found: dict[str, UUID] = {}
    for number, (name, born) in enumerate(BORN.items()):
        lodging = changed(
            LAYLA, given_names=name, native_name="", birth_date=born, case_reference=f"F/{number}",
            representative="Popa Ana (mother)" if born > "2008" else "",
        )  # fmt: skip
        found[name] = office.lodge(lodging)
    return found


def link(office: SmallOffice, of: UUID, relative: UUID, tie: str, **said: object) -> None:
    with office.act(office.actors["clerk"]) as act:
        other = act.session.get_one(IssuanceRequest, relative).person
        values = {"tie": tie, "source": "person", "evidence": "birth certificate"} | said
        family.link(act, act.session.get_one(IssuanceRequest, of), other, Said(**values))  # type: ignore[arg-type]


def unlink(office: SmallOffice, of: UUID, number: int, because: str = "over", on: dt.date = TODAY) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, of)
        links = act.session.scalars(select(FamilyLink).order_by(FamilyLink.id)).all()
        family.unlink(act, request, family.link_of(act, request, links[number].id), because, on)


def family_of(office: SmallOffice, request_id: UUID) -> dict[str, str]:
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, request_id).person
        return {
            each.person.given_names: each.tie + (" ended" if each.link.ended_at else "")
            for each in family.relatives(look, person)
        }


def test_each_sees_the_other_as_what_they_are(office: SmallOffice, cases: dict[str, UUID]) -> None:
    link(office, cases["Layla"], cases["Omar"], "spouse")
    link(office, cases["Layla"], cases["Yusuf"], "child", from_day=dt.date(2015, 6, 1))
    link(office, cases["Layla"], cases["Huda"], "parent")
    link(office, cases["Sara"], cases["Omar"], "responsible_adult")
    assert family_of(office, cases["Layla"]) == {"Omar": "spouse", "Yusuf": "child", "Huda": "parent"}
    assert family_of(office, cases["Omar"]) == {"Layla": "spouse", "Sara": "ward"}
    assert family_of(office, cases["Yusuf"]) == {"Layla": "parent"}
    with office.reading() as look:
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "person.linked")).all()
        subjects = {subject.kind for event in events for subject in event.subjects}
    assert (len(events), subjects) == (4, {"request", "person"})


def test_an_ended_link_is_kept_and_may_begin_again(office: SmallOffice, cases: dict[str, UUID]) -> None:
    link(office, cases["Layla"], cases["Omar"], "spouse", from_day=dt.date(2014, 1, 1))
    unlink(office, cases["Omar"], 0)
    assert family_of(office, cases["Layla"]) == {"Omar": "spouse ended"}
    with pytest.raises(Conflict, match="ended already"):
        unlink(office, cases["Omar"], 0)
    link(office, cases["Layla"], cases["Omar"], "spouse")
    with office.reading() as look:
        links = look.session.scalars(select(FamilyLink).order_by(FamilyLink.id)).all()
        assert [each.to_day for each in links] == [TODAY, None]


REFUSED = [
    ("Layla", "Layla", "spouse", {}, "relative", InvalidInput),
    ("Yusuf", "Layla", "child", {}, "relative", InvalidInput),
    ("Yusuf", "Layla", "ward", {}, "relative", InvalidInput),
    ("Layla", "Huda", "child", {}, "relative", InvalidInput),
    ("Layla", "Omar", "responsible_adult", {}, "tie", RuleViolation),
    ("Layla", "Omar", "cousin", {}, "tie", InvalidInput),
    ("Layla", "Omar", "spouse", {"source": "gossip"}, "source", InvalidInput),
    ("Layla", "Omar", "spouse", {"evidence": " "}, "evidence", InvalidInput),
    ("Layla", "Omar", "spouse", {"from_day": dt.date(2026, 11, 3)}, "from_day", InvalidInput),
]


@on_sqlite
@pytest.mark.parametrize(("of", "relative", "tie", "said", "field", "kind"), REFUSED)
def test_what_cannot_be_is_refused(
    office: SmallOffice,
    cases: dict[str, UUID],
    of: str,
    relative: str,
    tie: str,
    said: dict[str, object],
    field: str,
    kind: type[LimanError],
) -> None:
    with pytest.raises(kind) as refused:
        link(office, cases[of], cases[relative], tie, **said)
    assert refused.value.field == field
    assert family_of(office, cases[of]) == {}


def test_a_family_in_a_circle_is_refused(office: SmallOffice, cases: dict[str, UUID]) -> None:
    """Birth dates that are not known cannot tell: the links do."""
    with office.act(office.actors["clerk"]) as act:
        for request_id in cases.values():
            act.session.get_one(IssuanceRequest, request_id).person.birth_date = "XXXX-XX-XX"
        act.record("person.spelling_confirmed")
    link(office, cases["Layla"], cases["Huda"], "parent")
    link(office, cases["Yusuf"], cases["Layla"], "parent")
    for tie in ("parent", "spouse"):
        with pytest.raises(InvalidInput, match="ancestor"):
            link(office, cases["Huda"], cases["Yusuf"], tie)
    with pytest.raises(InvalidInput, match="ancestor"):
        link(office, cases["Yusuf"], cases["Huda"], "spouse")
    unlink(office, cases["Yusuf"], 1, "mistaken")
    link(office, cases["Huda"], cases["Yusuf"], "parent")


def test_a_second_spouse_is_refused_by_the_law(office: SmallOffice, cases: dict[str, UUID]) -> None:
    link(office, cases["Layla"], cases["Omar"], "spouse")
    for of, relative in (("Layla", "Huda"), ("Huda", "Omar")):
        with pytest.raises(RuleViolation) as refused:
            link(office, cases[of], cases[relative], "spouse")
        assert (refused.value.rule, refused.value.field) == ("E13", "relative")
        assert "art. 273" in refused.value.sentence("ro")
    with pytest.raises(Conflict, match="already"):
        link(office, cases["Omar"], cases["Layla"], "spouse")
    unlink(office, cases["Layla"], 0)
    link(office, cases["Huda"], cases["Omar"], "spouse")


def test_a_link_ends_on_a_day_that_can_be(office: SmallOffice, cases: dict[str, UUID]) -> None:
    link(office, cases["Layla"], cases["Omar"], "spouse", from_day=dt.date(2014, 1, 1))
    for day in (dt.date(2013, 12, 31), dt.date(2026, 11, 3)):
        with pytest.raises(InvalidInput):
            unlink(office, cases["Layla"], 0, on=day)
    with pytest.raises(NotFound):
        unlink(office, cases["Huda"], 0)


def test_a_relative_is_found_by_reference_and_by_document(office: SmallOffice) -> None:
    case = office.carry("approved")
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        number = look.session.get_one(Document, case.document_id).number
        spaced = " ".join((request.reference[:4], request.reference[4:].lower()))
        found: set[UUID] = {family.person_of(look, code).id for code in (spaced, number.lower())}
        assert found == {request.person_id}
        with pytest.raises(InvalidInput) as refused:
            family.person_of(look, "RP9999999")
    assert refused.value.field == "relative"


def test_a_household_is_who_comes_together(office: SmallOffice, cases: dict[str, UUID]) -> None:
    link(office, cases["Layla"], cases["Omar"], "spouse")
    link(office, cases["Omar"], cases["Sara"], "child")
    link(office, cases["Layla"], cases["Yusuf"], "child")
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, cases["Yusuf"]).person
        names = {look.session.get_one(Person, key).given_names for key in family.household(look, person)}
    assert names == {"Yusuf", "Layla", "Omar"}
