"""How documents end: by their successor's hand-over, on a ground of the law, and in the bin before two persons."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.law.documents.endings import grounds
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.services.life import destruction, endings
from issuance.services.lists import number
from issuance.states import DocumentState
from tests.fixtures.databases import on_sqlite
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed

APPLICANT: dict[str, Any] = {"status": "applicant", "decision_number": "", "decision_date": None}
RC = changed(LAYLA, document_type="RC", case_reference="2026/TM/11", **APPLICANT)


@pytest.fixture
def valid(office: SmallOffice, checked: Case) -> Case:
    office.hand_over(checked.request_id, checked.number)
    return checked


def state(office: SmallOffice, number: str) -> str:
    with office.database.reading() as session:
        return str(session.scalars(select(Document.state).where(Document.number == number)).one())


def person_of(office: SmallOffice, case: Case) -> Any:
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, case.request_id).person_id


def end(office: SmallOffice, who: str, case: Case, ground: str, *, given_back: bool, evidence: str = "12/2026") -> None:
    with office.act(office.actors[who]) as act:
        endings.end(act, act.session.get_one(Document, case.document_id), ground, evidence, given_back=given_back)


# Succession


@carrying(RC)
def test_each_document_of_the_way_ends_the_one_before(office: SmallOffice, valid: Case) -> None:
    """The RC goes when the TID comes, the TID when the permit comes (E21, E15)."""
    person = person_of(office, valid)
    steps = [valid.number]
    for document_type, changes in (("TID", APPLICANT), ("RP-R", {})):
        lodging = changed(LAYLA, document_type=document_type, case_reference=document_type, person_id=person, **changes)
        case = office.carry("checked", lodging)
        with pytest.raises(InvalidInput) as refused:
            office.hand_over(case.request_id, case.number)
        assert refused.value.field == "surrendered_number"
        assert steps[-1] in str(refused.value)
        office.hand_over(case.request_id, case.number, surrendered_number=steps[-1].lower())
        assert (state(office, steps[-1]), state(office, case.number)) == ("surrendered", "valid")
        steps.append(case.number)


@carrying(RC)
@pytest.mark.parametrize(
    ("why", "ends_as"), [("lost", "lost"), ("stolen", "stolen"), ("elsewhere", "replaced"), ("refused", "replaced")]
)
def test_what_is_not_given_back_ends_too(office: SmallOffice, valid: Case, why: str, ends_as: str) -> None:
    lodging = changed(LAYLA, document_type="TID", case_reference="t", person_id=person_of(office, valid), **APPLICANT)
    case = office.carry("checked", lodging)
    office.hand_over(case.request_id, case.number, why_not_given_back=why)
    assert (state(office, valid.number), state(office, case.number)) == (ends_as, "valid")


@on_sqlite
@carrying(RC)
def test_another_persons_document_is_not_taken_for_it(office: SmallOffice, valid: Case) -> None:
    lodging = changed(LAYLA, document_type="TID", case_reference="t", person_id=person_of(office, valid), **APPLICANT)
    case = office.carry("checked", lodging)
    with pytest.raises(InvalidInput, match="no document of this person"):
        office.hand_over(case.request_id, case.number, surrendered_number=f"{valid.number} RP0000001")
    assert state(office, valid.number) == "valid"


@on_sqlite
def test_a_travel_document_leaves_the_permit_alone(office: SmallOffice, valid: Case) -> None:
    lodging = changed(LAYLA, document_type="TD-C", case_reference="t", person_id=person_of(office, valid))
    case = office.carry("checked", lodging)
    office.hand_over(case.request_id, case.number)
    assert (state(office, valid.number), state(office, case.number)) == ("valid", "valid")


@on_sqlite
def test_a_document_that_is_followed_is_the_same_persons(office: SmallOffice, valid: Case) -> None:
    other = changed(
        LAYLA, family_name="Haddad", given_names="Rana", birth_date="1980-05-05", kind="replacement",
        previous_document=valid.number, replacement_reason="lost", case_reference="x",
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        office.lodge(other)
    assert refused.value.field == "previous_document"


# Grounds


@pytest.mark.parametrize(("given_back", "ends_as"), [(True, "surrendered"), (False, "voided")])
def test_a_document_ends_on_a_ground(office: SmallOffice, valid: Case, given_back: bool, ends_as: str) -> None:
    end(office, "supervisor", valid, "naturalisation", given_back=given_back)
    assert state(office, valid.number) == ends_as
    with pytest.raises(Conflict):
        end(office, "supervisor", valid, "death", given_back=False)


@on_sqlite
@pytest.mark.parametrize("who", ["clerk", "decision_officer", "supervisor"])
def test_each_ground_is_for_its_roles_and_types(office: SmallOffice, valid: Case, who: str) -> None:
    with office.reading(office.actors[who]) as look:
        document = look.session.get_one(Document, valid.document_id)
        stated = [ground.code for ground in endings.offered(document, office.actors[who].roles)]
    for code in set(grounds()) - set(stated):
        with pytest.raises(InvalidInput) as refused:
            end(office, who, valid, code, given_back=False)
        assert refused.value.field == "ground"
    final = ["death", "departure", "naturalisation", "issued_in_error"]
    assert stated == {"clerk": ["damaged"], "decision_officer": final, "supervisor": ["damaged", *final]}[who]


@on_sqlite
def test_evidence_is_named(office: SmallOffice, valid: Case) -> None:
    with pytest.raises(InvalidInput) as refused:
        end(office, "supervisor", valid, "death", given_back=False, evidence=" ")
    assert refused.value.field == "evidence"
    assert state(office, valid.number) == "valid"


def test_every_ground_names_its_article_and_a_state() -> None:
    for ground in grounds().values():
        assert ground.legal_basis.ro != ground.legal_basis.en
        assert {ground.given_back, ground.kept} <= {str(each) for each in DocumentState}


# The bin


def count_and_witness(office: SmallOffice, numbers: list[str], counter: str, witness: str) -> None:
    with office.act(office.actors[counter]) as act:
        row = destruction.begin(act, numbers)
        key = row.id
    with office.act(office.actors[witness]) as act:
        destruction.witness(act, destruction.opened(act, key), "shredded")


def test_two_persons_destroy_what_lies_in_the_bin(office: SmallOffice, valid: Case) -> None:
    end(office, "clerk", valid, "damaged", given_back=True)
    with office.reading(office.actors["clerk"]) as look:
        assert [row.document.number for row in destruction.bin_of(look)] == [valid.number]
    with pytest.raises(NotAllowed):
        count_and_witness(office, [valid.number], "clerk", "clerk")
    with office.act(office.actors["supervisor"]) as act:
        row = destruction.open_destruction(act)
        assert row is not None
        destruction.give_up(act, row)
    count_and_witness(office, [valid.number.lower()], "clerk", "supervisor")
    assert state(office, valid.number) == "destroyed"
    with office.reading(office.actors["clerk"]) as look:
        assert (number(look, destruction.count(look)), [row.count for row in destruction.finished(look)]) == (0, [1])


@on_sqlite
def test_only_what_lies_there_is_destroyed(office: SmallOffice, valid: Case) -> None:
    for numbers in ([], [" "], [valid.number]):
        with pytest.raises(InvalidInput) as refused, office.act(office.actors["clerk"]) as act:
            destruction.begin(act, numbers)
        assert refused.value.field == "numbers"
    assert state(office, valid.number) == "valid"
