"""A beneficiary asks for the family: what the law knows as family, who decides, and how its members come (E13)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from issuance import tasks
from issuance.actors import SYSTEM, Actor
from issuance.demo import supply
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound, RuleViolation
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.people import FamilyLink, Person
from issuance.models.requests import IssuanceRequest
from issuance.models.reunification import Reunification, ReunificationMember
from issuance.models.staff import RoleName, Station
from issuance.services.life import entries, retention
from issuance.services.life.entries import Crossing
from issuance.services.persons import family
from issuance.services.persons.identity import Identity
from issuance.services.production import documents
from issuance.services.reunification import deciding, files, members, titles
from issuance.services.reunification.deciding import Outcome
from issuance.services.reunification.members import Said
from issuance.services.reunification.titles import Choices
from tests.fixtures.databases import on_sqlite
from tests.integration.persons.regrouped import OTHER, merge, person_of, undo
from tests.integration.transfers.shared import send, there
from tests.people import LAYLA, SmallOffice, changed

D = dt.date
ENTERED = D(2024, 3, 1)
CHILD_OF_HER_OWN = changed(LAYLA, birth_date="2012-05-01", representative="Popa Ana (mother)", unaccompanied=True)


def who(given_names: str = "Karim", **changes: str) -> Identity:
    said = Identity(
        "Al-Masri", "1988-04-02", "M", "SYR", members.STATUS, given_names, birth_place="Halab", language="ar"
    )
    return replace(said, **changes)


HUSBAND = Said("spouse", who(), "marriage certificate 12/2015", married_on=D(2015, 6, 1))
SON = Said("child", who("Sami", birth_date="2018-01-09"), "birth certificate 4/2018", unmarried=True, dependent=True)


def acted(office: SmallOffice, row_id: UUID, what: Any, *args: Any, role: str = "clerk") -> Any:
    with office.act(office.actors[role]) as act:
        return what(act, act.session.get_one(Reunification, row_id), *args)


def asked(office: SmallOffice, request_id: UUID, entered_on: dt.date | None = ENTERED) -> UUID:
    with office.act(office.actors["clerk"]) as act:
        row: Reunification = files.ask(act, act.session.get_one(IssuanceRequest, request_id), entered_on)
        return row.id


def decided(office: SmallOffice, row_id: UUID, *outcomes: Outcome, role: str = "decision_officer") -> None:
    with office.act(office.actors[role]) as act:
        row = act.session.get_one(Reunification, row_id)
        said = dict(zip((member.id for member in row.members), outcomes, strict=True))
        deciding.decide(act, row, said)


def of(office: SmallOffice, row_id: UUID) -> Reunification:
    with office.reading() as look:
        row = look.session.get_one(Reunification, row_id)
        assert row.members is not None
        return row


@pytest.fixture
def request_id(office: SmallOffice) -> UUID:
    return office.lodge()


@pytest.fixture
def granted(office: SmallOffice, request_id: UUID) -> UUID:
    """The husband approved, the son not."""
    row_id = asked(office, request_id)
    acted(office, row_id, members.add, HUSBAND)
    acted(office, row_id, members.add, SON)
    acted(office, row_id, files.complete)
    decided(office, row_id, Outcome("approved"), Outcome("refused", "The certificate is not genuine."))
    return row_id


def lodged_title(office: SmallOffice, row_id: UUID, at: int = 0) -> UUID:
    with office.act(office.actors["clerk"]) as act:
        row = act.session.get_one(Reunification, row_id)
        lodged: IssuanceRequest = titles.lodge(act, row, row.members[at], Choices("timisoara"))
        return lodged.id


def test_from_the_asking_to_the_closing(office: SmallOffice, request_id: UUID, granted: UUID) -> None:
    row = of(office, granted)
    assert (row.state, row.decided_on, [member.outcome for member in row.members]) == (
        "decided",
        D(2026, 11, 2),
        ["approved", "refused"],
    )
    title_id = lodged_title(office, granted)
    with office.reading() as look:
        title = look.session.get_one(IssuanceRequest, title_id)
        said = (title.document_type, title.person.family_name, title.person.birth_date, title.person.status)
        assert said == ("RT", "Al-Masri", "1988-04-02", "family_member")
        assert (title.decision_number, title.decision_date) == (row.decision_number, row.decided_on)
        assert title.entitlement_source == titles.SOURCE
        assert not look.session.query(FamilyLink).count(), "they are family in the register when he came"
    document_id = came(office, title_id)
    with office.reading() as look:
        link = look.session.query(FamilyLink).one()
        beneficiary = look.session.get_one(IssuanceRequest, request_id).person_id
        husband = look.session.get_one(Document, document_id).person_id
        assert {link.person_id, link.relative_id, link.tie} == {beneficiary, husband, "spouse"}
        assert (link.from_day, link.source) == (D(2015, 6, 1), "authority")
        found = look.session.get_one(Reunification, granted)
        assert (found.state, found.members[0].entered_on) == ("travelled", D(2026, 11, 2))
    acted(office, granted, files.close, "arrived")
    assert of(office, granted).state == "closed"


def came(office: SmallOffice, title_id: UUID) -> UUID:
    """The title is made, given out by the mission, and ended at the border."""
    with office.act(SYSTEM) as act:
        supply.bring(act, act.session.get_one(Station, office.station.id), "sheet", ["sheet-1"])
    office.enrol(title_id)
    document_id = office.approve(title_id)
    tasks.prepare(office, str(job_of(office, document_id)))
    office.open_shift()
    office.make()
    assert office.check(document_id, office.readings(document_id))
    with office.reading() as look:
        number = look.session.get_one(Document, document_id).number
    office.hand_over(title_id, number)
    with office.act(office.actors["border_police"]) as act:
        entries.enter(act, number, Crossing("Nădlac", D(2026, 11, 2)))
    return document_id


def job_of(office: SmallOffice, document_id: UUID) -> UUID:
    with office.reading() as look:
        return documents.job_of(look, look.session.get_one(Document, document_id)).id


def test_at_the_border_nobody_waits_for_a_link_that_cannot_be(
    office: SmallOffice, request_id: UUID, granted: UUID
) -> None:
    title_id = lodged_title(office, granted)
    with office.act(office.actors["clerk"]) as act:
        case = act.session.get_one(IssuanceRequest, request_id)
        husband = act.session.get_one(IssuanceRequest, title_id).person
        family.link(act, case, husband, family.Said("spouse", "person", "said so"))
    came(office, title_id)
    with office.database.reading() as session:
        event = session.query(AuditEvent).filter_by(act="reunification.arrived").one()
        assert event.details == {"linked": False}
        assert session.query(FamilyLink).count() == 1
    assert of(office, granted).state == "travelled"


# What the law knows as family


@pytest.mark.parametrize(
    ("said", "field", "article"),
    [
        (replace(HUSBAND, tie="partner"), "tie", "Law 122/2006, Art 2(j)"),
        (replace(SON, tie="partners_child"), "tie", "Law 122/2006, Art 2(j)"),
        (replace(HUSBAND, married_on=ENTERED), "married_on", "Law 122/2006, Art 2(j), 71(2)"),
        (replace(HUSBAND, married_on=D(2025, 1, 1)), "married_on", "Law 122/2006, Art 2(j), 71(2)"),
        (replace(SON, unmarried=False), "tie", "Law 122/2006, Art 2(j)"),
        (replace(SON, dependent=False), "tie", "Law 122/2006, Art 2(j)"),
        (replace(SON, identity=who("Sami", birth_date="2008-11-02")), "birth_date", "Law 122/2006, Art 2(j)"),
        (replace(HUSBAND, tie="parent"), "tie", "Law 122/2006, Art 2(j)"),
        (replace(HUSBAND, tie="responsible_adult"), "tie", "Law 122/2006, Art 2(j)"),
    ],
)
@on_sqlite
def test_who_is_no_family_is_refused_with_the_article(
    office: SmallOffice, request_id: UUID, said: Said, field: str, article: str
) -> None:
    row_id = asked(office, request_id)
    with pytest.raises(RuleViolation) as caught:
        acted(office, row_id, members.add, said)
    assert (caught.value.field, caught.value.rule, caught.value.legal_basis) == (field, "E13", article)
    assert of(office, row_id).members == []


@on_sqlite
def test_whoever_may_be_a_minor_is_one(office: SmallOffice, request_id: UUID) -> None:
    row_id = asked(office, request_id)
    for name, born in (("Sami", "2008-11-03"), ("Rami", "2008-XX-XX"), ("Hadi", "XXXX-XX-XX")):
        acted(office, row_id, members.add, replace(SON, identity=who(name, birth_date=born)))
    assert len(of(office, row_id).members) == 3


@on_sqlite
def test_parents_are_those_of_an_unmarried_minor(office: SmallOffice) -> None:
    request_id = office.lodge(CHILD_OF_HER_OWN)
    row_id = asked(office, request_id, None)
    acted(office, row_id, members.add, replace(HUSBAND, tie="parent"))
    adult = office.lodge(changed(LAYLA, given_names="Rima", case_reference="2"))
    with office.act(office.actors["clerk"]) as act:
        husband = act.session.get_one(IssuanceRequest, adult).person
        said = family.Said("spouse", "person", "certificate")
        family.link(act, act.session.get_one(IssuanceRequest, request_id), husband, said)
    with pytest.raises(RuleViolation):
        acted(office, row_id, files.complete)


@pytest.mark.parametrize(
    ("said", "error", "field"),
    [
        (replace(HUSBAND, married_on=None), InvalidInput, "married_on"),
        (replace(HUSBAND, married_on=D(2026, 11, 3)), InvalidInput, "married_on"),
        (replace(HUSBAND, evidence=" "), InvalidInput, "evidence"),
        (replace(HUSBAND, tie="cousin"), InvalidInput, "tie"),
        (replace(HUSBAND, identity=who(birth_date="2027-01-01")), InvalidInput, "birth_date"),
        (replace(HUSBAND, identity=who(family_name="المصري")), InvalidInput, "family_name"),
        (replace(HUSBAND, identity=who(sex="Q")), InvalidInput, "sex"),
    ],
)
@on_sqlite
def test_what_cannot_be_is_refused_beside_its_field(
    office: SmallOffice, request_id: UUID, said: Said, error: type[LimanError], field: str
) -> None:
    row_id = asked(office, request_id)
    with pytest.raises(error) as caught:
        acted(office, row_id, members.add, said)
    assert caught.value.field == field


@on_sqlite
def test_a_member_stands_there_once_and_a_spouse_alone(office: SmallOffice, request_id: UUID) -> None:
    row_id = asked(office, request_id)
    acted(office, row_id, members.add, HUSBAND)
    for said in (HUSBAND, replace(HUSBAND, identity=who("Omar"))):
        with pytest.raises(Conflict):
            acted(office, row_id, members.add, said)
    member = of(office, row_id).members[0]
    with office.act(office.actors["clerk"]) as act:
        row = act.session.get_one(Reunification, row_id)
        members.remove(act, row, members.found(row, member.id))
    with pytest.raises(InvalidInput):
        acted(office, row_id, files.complete)


@on_sqlite
def test_without_the_day_of_entry_no_spouse_is_judged(office: SmallOffice, request_id: UUID) -> None:
    row_id = asked(office, request_id, None)
    with pytest.raises(InvalidInput) as caught:
        acted(office, row_id, members.add, HUSBAND)
    assert caught.value.field == "entered_on"
    acted(office, row_id, files.record_entry, ENTERED)
    acted(office, row_id, members.add, HUSBAND)
    with pytest.raises(RuleViolation):
        acted(office, row_id, files.record_entry, D(2010, 1, 1))


# Who asks, and who decides


@on_sqlite
def test_only_beneficiaries_ask(office: SmallOffice) -> None:
    tid = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
    with pytest.raises(RuleViolation, match="Art 71"):
        asked(office, office.lodge(tid))
    elsewhere = office.lodge(changed(LAYLA, centre="galati", case_reference="2", family_name="Haddad"))
    with pytest.raises(NotAllowed):
        asked(office, elsewhere)


def test_ex_officio_an_officer_opens_it_for_a_child_alone_and_another_decides(office: SmallOffice) -> None:
    child, adult = office.lodge(CHILD_OF_HER_OWN), office.lodge(changed(LAYLA, given_names="Rima", case_reference="2"))

    def opened(request_id: UUID, role: str) -> UUID:
        with office.act(office.actors[role]) as act:
            found = act.session.get_one(IssuanceRequest, request_id)
            return files.ask(act, found, None, ex_officio=True).id

    with pytest.raises(NotAllowed):
        opened(child, "clerk")
    with pytest.raises(RuleViolation, match="Art 72"):
        opened(adult, "decision_officer")
    row_id = opened(child, "decision_officer")
    mother = replace(HUSBAND, tie="parent", identity=who("Huda", sex="F"))
    acted(office, row_id, members.add, mother, role="decision_officer")
    acted(office, row_id, files.complete, role="decision_officer")
    with pytest.raises(NotAllowed, match="took this request in"):
        decided(office, row_id, Outcome("approved"))
    office.becomes(office.actors["supervisor"], RoleName.DECISION_OFFICER)
    other: Actor = replace(office.actors["supervisor"], roles=frozenset({RoleName.DECISION_OFFICER}))
    office.actors["other_officer"] = other
    decided(office, row_id, Outcome("approved"), role="other_officer")
    assert of(office, row_id).state == "decided"


def test_four_eyes_are_a_constraint_of_the_table(office: SmallOffice, request_id: UUID) -> None:
    row_id = asked(office, request_id)
    with pytest.raises(IntegrityError):
        decide_alone(office, row_id)


def decide_alone(office: SmallOffice, row_id: UUID) -> None:
    with office.act(SYSTEM) as act:
        row = act.session.get_one(Reunification, row_id)
        row.decided_by, row.decided_on = row.taken_by, D(2026, 11, 2)
        act.record("reunification.decided", row)


@on_sqlite
def test_every_member_is_decided_on_and_a_refusal_says_why(office: SmallOffice, request_id: UUID) -> None:
    row_id = asked(office, request_id)
    acted(office, row_id, members.add, HUSBAND)
    with pytest.raises(Conflict):
        decided(office, row_id, Outcome("approved"))  # it is not complete yet
    acted(office, row_id, files.wait_for, ["marriage"])
    acted(office, row_id, files.complete)
    with pytest.raises(NotAllowed):
        acted(office, row_id, files.wait_for, ["kinship"])
    for outcome in (Outcome(""), Outcome("perhaps"), Outcome("refused", " ")):
        with pytest.raises(InvalidInput):
            decided(office, row_id, outcome)
    with pytest.raises(NotAllowed):
        decided(office, row_id, Outcome("approved"), role="clerk")
    acted(office, row_id, files.wait_for, ["kinship"], role="decision_officer")
    row = of(office, row_id)
    assert (row.state, row.missing, row.members[0].outcome) == ("incomplete", "kinship", "")
    with pytest.raises(InvalidInput):
        acted(office, row_id, files.wait_for, [])


@pytest.mark.parametrize("because", ["arrived", "refused", "nothing"])
@on_sqlite
def test_a_reason_that_is_not_so_closes_nothing(office: SmallOffice, granted: UUID, because: str) -> None:
    with pytest.raises((Conflict, InvalidInput)):
        acted(office, granted, files.close, because)
    acted(office, granted, files.close, "not_coming")
    with pytest.raises(Conflict):
        acted(office, granted, files.close, "withdrawn")


# The return title


@on_sqlite
def test_a_title_is_lodged_once_and_of_the_approved(office: SmallOffice, granted: UUID) -> None:
    lodged_title(office, granted)
    with pytest.raises(Conflict):
        lodged_title(office, granted)
    with pytest.raises(Conflict):
        lodged_title(office, granted, at=1)


def test_it_is_lodged_where_the_mission_works(office: SmallOffice, granted: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        row = act.session.get_one(Reunification, granted)
        assert titles.lodge(act, row, row.members[0], Choices("galati")).centre.code == "galati"


def test_somebody_alike_is_compared_first(office: SmallOffice, granted: UUID) -> None:
    known = changed(LAYLA, family_name="Al-Masri", given_names="Karim", birth_date="1988-04-02", sex="M")
    other = office.lodge(changed(known, native_name="", case_reference="2"))
    with pytest.raises(Conflict) as caught:
        lodged_title(office, granted)
    assert caught.value.field == "person"
    with office.act(office.actors["clerk"]) as act:
        row = act.session.get_one(Reunification, granted)
        found = act.session.get_one(IssuanceRequest, other).person_id
        choices = Choices("timisoara", others=frozenset({found}))
        assert titles.lodge(act, row, row.members[0], choices).person_id != found


# What agrees with it


def test_it_goes_with_its_case_and_its_person(office: SmallOffice, request_id: UUID, granted: UUID) -> None:
    with office.reading(office.actors["clerk"]) as look:
        assert [row.id for row in files.waiting(look)] == [granted]
        assert look.session.scalar(files.count_open(look)) == 0
        assert look.session.scalar(files.count_complete(look)) == 0
        case = look.session.get_one(IssuanceRequest, request_id)
        assert [row.id for row in files.of(look, case)] == [granted]
        other = office.lodge(changed(LAYLA, given_names="Rima", case_reference="2"))
    with office.reading(office.actors["clerk"]) as look, pytest.raises(NotFound):
        files.found(look, look.session.get_one(IssuanceRequest, other), granted)


def test_nothing_of_the_family_stays_when_a_person_is_forgotten(
    office: SmallOffice, request_id: UUID, granted: UUID
) -> None:
    lodged_title(office, granted)
    with office.act(SYSTEM) as act:
        retention._forget(act, act.session.get_one(IssuanceRequest, request_id).person)
    with office.database.reading() as session:
        assert session.query(Reunification).count() == session.query(ReunificationMember).count() == 0
        assert session.query(Person).filter_by(family_name="").count() == 1


def test_it_follows_its_case_to_another_centre(office: SmallOffice, request_id: UUID, granted: UUID) -> None:
    assert send(office, request_id) == {request_id: "moved"}
    with office.reading(office.actors["clerk"]) as look:
        assert files.waiting(look) == []
    with office.reading(there(office, "clerk")) as look:
        assert [row.id for row in files.waiting(look)] == [granted]
    with pytest.raises(NotAllowed):
        lodged_title(office, granted)


def test_it_goes_with_a_merged_record_and_comes_back(office: SmallOffice, request_id: UUID, granted: UUID) -> None:
    mine = person_of(office, request_id).id
    other = person_of(office, office.lodge(OTHER)).id
    merge_id = merge(office, other, mine)
    assert of(office, granted).person_id == other
    undo(office, merge_id)
    assert of(office, granted).person_id == mine
