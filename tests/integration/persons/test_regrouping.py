"""Two records of one person, one record of two: merged, undone and split by two; what is in the way is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.actors import SYSTEM
from issuance.db import Base
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.feeds import FeedRow
from issuance.models.groups import GroupMember
from issuance.models.people import (
    Correction,
    FamilyLink,
    Namesakes,
    Person,
    PersonKey,
    PersonName,
    PersonVersion,
    Regrouping,
)
from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence
from issuance.models.reunification import Reunification, ReunificationMember
from issuance.models.reviews import Review
from issuance.services import centres
from issuance.services.casework import corrections, decisions, persons, search
from issuance.services.casework.corrections import Proposal
from issuance.services.life import retention
from issuance.services.persons import keys, notices, people
from issuance.services.persons.notices import Notice
from issuance.services.production import documents
from issuance.services.regrouping import moves, proposals, rows
from issuance.services.regrouping.proposals import Why
from issuance.services.trust import audit_rows
from issuance.services.trust.audit_walk import Walk
from tests.fixtures.databases import on_sqlite
from tests.integration.persons.regrouped import (
    OTHER,
    agree,
    get,
    merge,
    person_of,
    propose,
    undo,
)
from tests.people import LAYLA, Case, SmallOffice, changed


@pytest.fixture
def two(office: SmallOffice, complete: Case) -> tuple[UUID, UUID]:
    """Layla, whose request is complete, and the record of her that was lodged elsewhere."""
    return person_of(office, complete.request_id).id, person_of(office, office.lodge(OTHER)).id


Rows = dict[str, list[tuple[str, ...]]]


def rows_about(office: SmallOffice) -> Rows:
    """What the register says of persons, requests and documents; not how often a row was written, nor versions."""
    kinds = ("person", "person_name", "person_key", "request", "document", "rights_notice", "correction")
    with office.reading() as look:
        return {kind: sorted(map(said, look.session.execute(select(*without_version(kind))))) for kind in kinds}


def without_version(kind: str) -> list[Any]:
    return [column for column in Base.metadata.tables[kind].c if column.key != "version"]


def said(row: Any) -> tuple[str, ...]:
    return tuple(map(str, row))


# Merge


def test_a_merge_takes_everything_along_and_everything_leads_to_the_person(
    office: SmallOffice, two: tuple[UUID, UUID]
) -> None:
    kept, other = two
    with office.act(office.actors["clerk"]) as act:
        notices.record(act, act.session.get_one(Person, other), Notice("ar"))
    row_id = propose(office, kept, other)
    assert get(office, Person, other).merged_into is None
    assert agree(office, row_id) == kept
    with office.reading(office.actors["clerk"]) as look:
        person = look.session.get_one(Person, kept)
        requests = persons.of_person(look, person)
        assert {each.document_type for each in requests} == {"RP-R", "TD-C"}
        assert notices.given(look, person) is not None
        assert person.eurodac_reference == "RO1AAAA00000009"
        assert look.session.get_one(Person, other).eurodac_reference is None
        owner = persons.whose(look, other)
        assert owner is not None
        assert owner.id == kept
        for words in ("leila masry", "RO1AAAA00000009", "layla", "2026/TM/0009"):
            assert {each.person_id for each in search.search(look, words)} == {kept}, words
        assert [each.id for each in people.similar(look, OTHER.identity)] == [kept]
        assert keys.meant(look, OTHER.identity).id == kept  # type: ignore[union-attr]
    again = office.lodge(changed(OTHER, document_type="RT", case_reference="2026/TM/0010"))
    assert person_of(office, again).id == kept


def test_an_issued_document_keeps_showing_what_it_was_issued_with(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    other = person_of(office, checked.request_id).id
    kept = person_of(office, office.lodge(OTHER)).id
    merge(office, kept, other)
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, checked.request_id)
        document = look.session.get_one(Document, checked.document_id)
        assert request.person_id == document.person_id == kept
        assert (request.holder.family_name, request.person.family_name) == ("Al-Masri", "Masry")
        assert documents.frozen_content(look, document).birth_date == "1992-01-01"
        assert [each.id for each in corrections.made_otherwise(look, request.person)] == [checked.request_id]


def test_what_is_not_made_follows_and_an_approval_is_given_anew(office: SmallOffice, queued: Case) -> None:
    other = person_of(office, queued.request_id).id
    kept = person_of(office, office.lodge(OTHER)).id
    merge(office, kept, other)
    request = get(office, IssuanceRequest, queued.request_id)
    assert (request.state, request.holder.family_name) == ("complete", "Masry")
    office.approve(queued.request_id)


def test_a_merge_is_undone_exactly(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    before = rows_about(office)
    merge_id = merge(office, *two)
    assert rows_about(office) != before
    undo(office, merge_id)
    assert rows_about(office) == before
    with office.reading() as look:
        pair = look.session.scalars(select(Namesakes)).one()
        assert {pair.one_id, pair.other_id} == set(two)


def test_an_undone_merge_can_be_made_again_and_is_undone_once(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    merge_id = merge(office, *two)
    undo(office, merge_id)
    with pytest.raises(Conflict, match="was undone"):
        undo(office, merge_id)
    again = merge(office, *two)
    with office.reading() as look:
        person = look.session.get_one(Person, two[0])
        assert [each.id for each in rows.merges(look, person)] == [again]


def test_a_document_issued_since_keeps_the_merge(office: SmallOffice, two: tuple[UUID, UUID], complete: Case) -> None:
    merge_id = merge(office, *two)
    document_id = office.approve(complete.request_id)
    number = get(office, Document, document_id).number
    with pytest.raises(Conflict) as refused:
        undo(office, merge_id)
    assert refused.value.params == {"number": number}
    with office.act(office.actors["decision_officer"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, complete.request_id), "moved away")
    undo(office, merge_id)


def test_a_chain_is_undone_from_its_end(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    lili = changed(OTHER, document_type="RT", given_names="Lili", eurodac_reference="", case_reference="c3")
    third = person_of(office, office.lodge(lili)).id
    first = merge(office, two[0], two[1])
    second = merge(office, third, two[0])
    assert get(office, Person, two[1]).merged_into == third
    with pytest.raises(Conflict, match="merged again"):
        undo(office, first)
    undo(office, second)
    assert get(office, Person, two[1]).merged_into == two[0]
    undo(office, first)
    assert get(office, Person, two[1]).merged_into is None


# Two persons


@on_sqlite
def test_it_takes_two_and_the_right_roles(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    with pytest.raises(NotAllowed, match="clerk or supervisor"):
        propose(office, *two, who="decision_officer")
    row_id = propose(office, *two)
    for who, why in (("clerk", "You proposed"), ("operator", "agrees to this")):
        with pytest.raises(NotAllowed, match=why):
            agree(office, row_id, who)
    agree(office, row_id, "supervisor")
    for settle in (proposals.agree, proposals.decline):
        with pytest.raises(Conflict, match="settled already"), office.act(office.actors["second_clerk"]) as act:
            settle(act, act.session.get_one(Regrouping, row_id))


@on_sqlite
def test_declined_is_nothing_changed(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    before = rows_about(office)
    row_id = propose(office, *two)
    with office.act(office.actors["clerk"]) as act:
        proposals.decline(act, act.session.get_one(Regrouping, row_id))
    assert rows_about(office) == before
    propose(office, *two)


@on_sqlite
def test_who_proposes_does_not_decide_on_what_follows(office: SmallOffice, complete: Case) -> None:
    kept = person_of(office, office.lodge(OTHER)).id
    propose(office, kept, person_of(office, complete.request_id).id, who="supervisor")
    officer = replace(office.actors["supervisor"], roles=office.actors["decision_officer"].roles)
    with pytest.raises(NotAllowed, match="do not decide"), office.act(officer) as act:
        decisions.check_officer(act, act.session.get_one(IssuanceRequest, complete.request_id))


def test_each_centre_has_a_voice(office: SmallOffice, complete: Case) -> None:
    kept = person_of(office, complete.request_id).id
    other = person_of(office, office.lodge(changed(OTHER, centre="galati"))).id
    row_id = propose(office, kept, other)
    with pytest.raises(NotAllowed, match="another centre"):
        agree(office, row_id)
    with office.reading() as look:
        galati = centres.named(look, "galati").id
    there = replace(office.actors["supervisor"], centre_id=galati)
    agree(office, row_id, there)
    assert get(office, Person, other).merged_into == kept


@on_sqlite
def test_records_of_other_centres_are_theirs_to_merge(office: SmallOffice) -> None:
    ids = [
        person_of(office, office.lodge(changed(each, centre="galati"))).id
        for each in (changed(LAYLA, eurodac_reference="RO1AAAA00000001"), OTHER)
    ]
    with pytest.raises(NotAllowed, match="None of these"):
        propose(office, *ids)


# What is in the way


@on_sqlite
def test_nobody_is_merged_with_himself_twice_or_in_a_circle(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    kept, other = two
    with pytest.raises(InvalidInput, match="the person of this page"):
        propose(office, kept, kept)
    merge(office, kept, other)
    for one, two_ in ((kept, other), (other, kept)):
        with pytest.raises(Conflict, match="merged already"):
            propose(office, one, two_)


@on_sqlite
@pytest.mark.parametrize(("reason", "evidence"), [("", "passport"), ("seen", " "), ("x" * 2000, "passport")])
def test_a_reason_and_a_paper_are_asked_for(
    office: SmallOffice, two: tuple[UUID, UUID], reason: str, evidence: str
) -> None:
    with pytest.raises(InvalidInput):
        propose(office, *two, why=Why(reason, evidence))


def test_two_people_who_propose_at_once_make_one_proposal(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    propose(office, *two)
    for pair in (two, two[::-1]):
        with pytest.raises(Conflict, match="waits for a second person"):
            propose(office, *pair, who="supervisor")


@on_sqlite
def test_a_correction_that_waits_is_settled_first(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    row_id = propose(office, *two)
    with office.act(office.actors["clerk"]) as act:
        person = act.session.get_one(Person, two[1])
        corrections.propose(act, person, Proposal({"family_name": "Massri"}, "office_error", "passport"))
    with pytest.raises(Conflict, match="A correction"):
        agree(office, row_id)


def test_documents_that_exclude_each_other_are_named(office: SmallOffice, checked: Case) -> None:
    """She holds a permit under each record: nothing is merged until one of them has ended."""
    office.hand_over(checked.request_id, checked.number)
    second = office.carry("checked", changed(OTHER, document_type="RP-R"))
    office.hand_over(second.request_id, second.number)
    pair = (person_of(office, checked.request_id).id, person_of(office, second.request_id).id)
    with pytest.raises(Conflict) as refused:
        propose(office, *pair)
    assert refused.value.params == {"one": checked.number, "other": second.number}


@on_sqlite
def test_a_person_has_one_cnp(office: SmallOffice) -> None:
    numbers = ("8920101350013", "8920101350021")
    ids = [
        person_of(office, office.lodge(changed(each, birth_date="1992-01-01", sex="F", cnp=cnp))).id
        for each, cnp in zip((LAYLA, OTHER), numbers, strict=True)
    ]
    with pytest.raises(Conflict, match="a person has one"):
        propose(office, *ids)


@on_sqlite
def test_open_requests_for_one_document_are_named(office: SmallOffice, complete: Case) -> None:
    second = office.lodge(changed(OTHER, document_type="RP-R"))
    pair = (person_of(office, complete.request_id).id, person_of(office, second).id)
    with pytest.raises(Conflict, match="open request"):
        propose(office, *pair)
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, second), "lodged twice")
    merge(office, *pair)


@on_sqlite
def test_a_request_lodged_while_it_waits_is_seen_at_the_agreement(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    row_id = propose(office, *two)
    office.lodge(changed(LAYLA, document_type="TD-C", case_reference="c2", person_id=two[0]))
    with pytest.raises(Conflict, match="open request"):
        agree(office, row_id)


@on_sqlite
def test_nothing_is_sent_to_a_record_that_leads_elsewhere(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    merge(office, *two)
    with pytest.raises(Conflict, match="merged into another"), office.reading(office.actors["clerk"]) as look:
        persons.own_person(look, two[1])


# What is kept of it


def test_every_row_about_a_person_goes_along_or_stays_for_a_reason() -> None:
    """A table that a later release adds is decided upon here."""
    with_its_request = {Document.person_id, Review.person_id, Reunification.person_id, ReunificationMember.relative_id}
    with_its_request |= {GroupMember.person_id}
    going = {IssuanceRequest.person_id, *with_its_request, *moves.MOVING}
    staying = {
        PersonVersion.person_id: "what a record said of itself; requests point at it",
        PersonName.person_id: "found by it, one is led to the person",
        PersonKey.person_id: "found by it, one is led to the person",
        Correction.person_id: "none waits, and those settled are the record's history",
        Namesakes.one_id: "what was said of the record, read through its owner",
        Namesakes.other_id: "what was said of the record, read through its owner",
        FamilyLink.person_id: "none holds, and those that ended are the record's history",
        FamilyLink.relative_id: "none holds, and those that ended are the record's history",
        Residence.person_id: "what a record said of where it lived, read through its owner",
        FeedRow.person_id: "what bodies outside were told of the record, read through its owner",
        Regrouping.from_id: "what became of the record",
        Regrouping.to_id: "what became of the record",
    }
    said = {str(column) for column in (*going, *staying)}
    about = {
        f"{mapper.class_.__name__}.{column.key}"
        for mapper in Base.registry.mappers
        for column in mapper.local_table.columns
        if any(key.column.table.name == "person" for key in column.foreign_keys)
    }
    assert about == said


@on_sqlite
def test_what_was_merged_is_forgotten_with_the_person(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    merge(office, *two)
    with office.act(SYSTEM) as act:
        person = act.session.get_one(Person, two[0])
        for request in persons.of_person(act, person):
            retention._erase(act, request)
        retention._forget_all(act, person)
    with office.reading() as look:
        tables = [Base.metadata.tables[name] for name in ("person", "person_version", "regrouping", "person_name")]
        left = "\n".join(str(row) for table in tables for row in look.session.execute(select(table)))
    assert [word for word in ("Masry", "Masri", "Leila", "passport", "1992-01-02", "RO1AAAA") if word in left] == []


@on_sqlite
def test_the_database_keeps_the_two_apart(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    merge(office, *two)
    forged = "UPDATE regrouping SET settled_by = proposed_by"
    with pytest.raises(IntegrityError, match="two_regroup"), office.database.engine.begin() as connection:
        connection.exec_driver_sql(forged)


@on_sqlite
def test_the_audit_proves_what_moved(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    undo(office, merge(office, *two))
    kinds = {"person", "regrouping", "namesakes", "request", "rights_notice", "document", "person_version"}
    assert faults(office, kinds) == []
    with office.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE person SET merged_into = id WHERE merged_into IS NULL")
    assert faults(office, {"person"}) == ["person row-changed"]


def faults(office: SmallOffice, kinds: set[str]) -> list[str]:
    """The columns, or rows, of which the audit says otherwise."""
    walk = Walk()
    with office.reading() as look:
        for kind in sorted(kinds):
            audit_rows.check(look, walk, kind, None)
    return sorted(walk.found)
