"""Whatever act moves a document or loses a blank, its transaction tells who is to know, in the document's own order."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest

from issuance.law.office.feeds import Happening
from issuance.models.documents import Document
from issuance.services import centres
from issuance.services.feeds import disclosures, outbox, ranges
from issuance.services.life import endings
from issuance.services.stock import losses
from issuance.states import DocumentState
from tests.feeds import TODAY, facts, report, settle, told
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice
from tests.supply import blank

OUTSIDE = ("sltd", "return_system")


@pytest.fixture
def valid(office: SmallOffice, checked: Case) -> Case:
    office.hand_over(checked.request_id, checked.number)
    return checked


def end_protection(office: SmallOffice, case: Case) -> None:
    """What the final act of a review does to a document."""
    with office.act(office.actors["decision_officer"]) as act:
        endings.end_with_protection(act, act.session.get_one(Document, case.document_id), "decision 77/2026")


def test_a_hand_over_is_told_by_reference_and_number_without_a_name(office: SmallOffice, valid: Case) -> None:
    (row,) = told(office, "case_handling")
    assert (row.fact, row.day, row.nth) == ("issued", TODAY, 1)
    assert row.says == {
        "case": "2026/TM/0001",
        "type": "RP-R",
        "number": valid.number,
        "issued": "2026-11-02",
        "until": "2029-11-01",
    }
    assert facts(office, "sis") == facts(office, "sltd") == facts(office, "return_system") == []


def test_a_loss_is_told_when_it_is_reported_and_once_when_it_is_confirmed(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    (row,) = told(office, "sis")
    assert row.fact == "lost"
    assert row.says == {"number": valid.number, "code": "AR", "country": "ROU", "held": "issued"}
    settle(office, "second_clerk", valid, "lost")
    assert facts(office, "sis") == facts(office, "sltd") == ["lost"]
    assert facts(office, "case_handling") == ["issued", "suspended", "lost"]


def test_what_was_reported_lost_and_was_stolen_is_told_anew(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    settle(office, "second_clerk", valid, "stolen")
    assert facts(office, "sis") == ["lost", "stolen"]


@pytest.mark.parametrize(("source", "fact"), [("holder", "recovered"), ("somebody_else", "entered_in_error")])
def test_what_is_found_before_it_is_confirmed_is_retracted(
    office: SmallOffice, valid: Case, source: str, fact: str
) -> None:
    report(office, valid, source=source)
    settle(office, "clerk", valid, "find")
    assert facts(office, "sis") == ["lost"]
    settle(office, "second_clerk", valid, "lift")
    assert facts(office, "sis") == facts(office, "sltd") == ["lost", fact]
    assert facts(office, "case_handling") == ["issued", "suspended", "valid"]


def test_what_was_rolled_back_was_never_told(office: SmallOffice, valid: Case) -> None:
    with office.database.transaction() as session:
        session.get_one(Document, valid.document_id).state = DocumentState.LOST
        session.flush()
        session.rollback()
    assert facts(office, "case_handling") == ["issued"]


def end(office: SmallOffice, case: Case, ground: str, *, given_back: bool = False) -> None:
    with office.act(office.actors["decision_officer"]) as act:
        endings.end(act, act.session.get_one(Document, case.document_id), ground, "D-7", given_back=given_back)


def test_the_end_of_protection_is_told_to_the_return_system_by_reference_alone(
    office: SmallOffice, valid: Case
) -> None:
    end_protection(office, valid)
    right, document = told(office, "return_system")
    assert (right.fact, document.fact, document.nth) == ("right_ended", "document_withdrawn", 2)
    assert right.says == document.says == {"case": "2026/TM/0001", "ground": "protection_ended"}
    assert facts(office, "case_handling") == ["issued", "void"]
    assert facts(office, "sis") == ["invalidated"]


def test_who_decided_on_the_right_says_more_and_it_is_not_said_twice(office: SmallOffice, valid: Case) -> None:
    with office.act(office.actors["decision_officer"]) as act:
        person = act.session.get_one(Document, valid.document_id).person
        final = dt.date(2026, 10, 30)
        outbox.tell(act, Happening.RIGHT_ENDED, person, order_to_leave=True, appeal_suspends=False, final_on=final)
        act.record("person.opened", person)
    end_protection(office, valid)
    right, document = told(office, "return_system")
    assert right.says["order_to_leave"] is True
    assert (right.says["appeal_suspends"], right.says["final_on"]) == (False, "2026-10-30")
    assert document.fact == "document_withdrawn"


@on_sqlite
def test_no_word_about_a_person_goes_as_a_code(office: SmallOffice, valid: Case) -> None:
    with office.act(office.actors["decision_officer"]) as act:
        person = act.session.get_one(Document, valid.document_id).person
        with pytest.raises(TypeError, match="not name as a str"):
            outbox.tell(act, Happening.RIGHT_ENDED, person, name="Layla")
        with pytest.raises(TypeError, match="not order_to_leave as a str"):
            outbox.tell(act, Happening.RIGHT_ENDED, person, order_to_leave="yes")


def test_what_was_given_back_is_no_matter_of_the_police(office: SmallOffice, valid: Case) -> None:
    end(office, valid, "departure", given_back=True)
    assert facts(office, "case_handling") == ["issued", "ended"]
    assert facts(office, "sis") == []


def lose(office: SmallOffice, *serials: str) -> None:
    with office.act(office.actors["supervisor"]) as act:
        losses.declare(act, centres.named(act, "timisoara"), serials, "not in the safe")


def test_missing_blanks_are_ranges_and_what_is_found_is_a_part_of_one(office: SmallOffice) -> None:
    lose(office, "card-chip-3", "card-chip-5", "card-chip-4", "card-chip-9", "booklet-blue-2")
    rows = told(office, "sis")
    assert [(row.fact, row.says["number"], row.says["to"], row.says["code"]) for row in rows] == [
        ("stolen_blank", "booklet-blue-2", "booklet-blue-2", "PR"),
        ("stolen_blank", "card-chip-3", "card-chip-5", "AR"),
        ("stolen_blank", "card-chip-9", "card-chip-9", "AR"),
    ]
    assert {row.says["held"] for row in rows} == {"blank"}
    with office.act(office.actors["supervisor"]) as act:
        losses.find(act, losses.opened(act, blank(office, "card-chip-4").id), "behind the safe")
    newest = told(office, "sis")[-1]
    assert (newest.fact, newest.says["number"], newest.nth) == ("recovered", "card-chip-4", 3)


@on_sqlite
def test_paper_and_cards_of_applicants_are_not_told_to_interpol(office: SmallOffice) -> None:
    lose(office, "card-1")
    assert [row.says["code"] for row in told(office, "sis")] == ["AT/IT"]
    assert facts(office, "sltd") == []


def test_ten_thousand_blanks_that_follow_each_other_are_one_range() -> None:
    serials = [f"CT{number:06d}" for number in range(9_000, 19_000)]
    assert list(ranges.in_ranges(reversed(serials))) == [("CT009000", "CT018999")]
    assert list(ranges.in_ranges(["A9", "A10", "B11", "x"])) == [
        ("A9", "A9"),
        ("A10", "A10"),
        ("B11", "B11"),
        ("x", "x"),
    ]


def test_a_person_can_be_told_what_was_told_to_whom(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    end_protection(office, valid)
    with office.reading() as look:
        document = look.session.get_one(Document, valid.document_id)
        found = disclosures.disclosed(look, document.person_id)
        assert [
            (each.recipient.code, each.fact) for each in found if each.recipient.code in ("sltd", "return_system")
        ] == [
            ("sltd", "lost"),
            ("sltd", "invalidated"),
            ("return_system", "right_ended"),
            ("return_system", "document_withdrawn"),
        ]
        assert all(each.told_at is None for each in found)
        assert {each.document_id for each in disclosures.disclosed_of(look, document.id)} == {document.id}
        assert disclosures.disclosed(look, uuid4()) == []
