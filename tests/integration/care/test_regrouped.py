"""Observations go with the records of a person: merged, taken apart again, and split."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance.models.people import Person, Regrouping
from issuance.models.requests import IssuanceRequest
from issuance.services.care import observations
from issuance.services.care.observations import Observed
from issuance.services.regrouping import proposals, rows
from issuance.services.regrouping.proposals import Why
from tests.people import LAYLA, SmallOffice, changed

WHY = Why("one passport was shown", "passport N004512873")
OTHER = changed(LAYLA, family_name="Masri", document_type="TD-C", case_reference="2026/TM/8")
ILL = Observed("serious_illness", "document", ("ahead", "accessible_desk"))
AFRAID = Observed("trafficking", "statement", ("ahead", "no_public_place"))


def note(office: SmallOffice, request_id: UUID, observed: Observed) -> None:
    with office.act(office.actors["clerk"]) as act:
        observations.note(act, act.session.get_one(IssuanceRequest, request_id), observed)


def needs(office: SmallOffice, person_id: UUID) -> tuple[list[str], bool, bool]:
    with office.reading() as look:
        person = look.session.get_one(Person, person_id)
        return observations.needs_of(look, person), person.vulnerable, person.hides_place


def agree(office: SmallOffice) -> None:
    with office.act(office.actors["second_clerk"]) as act:
        waiting = select(Regrouping).where(Regrouping.settled_at.is_(None))
        proposals.agree(act, act.session.scalars(waiting).one())


def persons_of(office: SmallOffice, *request_ids: UUID) -> list[UUID]:
    with office.reading() as look:
        return [look.session.get_one(IssuanceRequest, each).person_id for each in request_ids]


def test_what_is_needed_is_merged_and_taken_apart_again(office: SmallOffice) -> None:
    first, second = office.lodge(), office.lodge(OTHER)
    kept, gone = persons_of(office, first, second)
    note(office, first, ILL)
    for observed in (ILL, AFRAID):
        note(office, second, observed)
    with office.act(office.actors["clerk"]) as act:
        person, other = (act.session.get_one(Person, each) for each in (kept, gone))
        proposals.propose_merge(act, person, other, WHY)
    agree(office)
    assert needs(office, kept) == (["ahead", "accessible_desk", "no_public_place"], True, True)
    with office.act(office.actors["clerk"]) as act:
        (merge,) = rows.merges(act, act.session.get_one(Person, kept))
        proposals.propose_undo(act, merge, WHY)
    agree(office)
    assert needs(office, kept) == (["ahead", "accessible_desk"], True, False)
    assert needs(office, gone) == (["ahead", "accessible_desk", "no_public_place"], True, True)


def test_what_was_noted_from_a_request_goes_with_it_and_a_flag_stays_with_both(office: SmallOffice) -> None:
    first = office.lodge(changed(LAYLA, vulnerable=True))
    second = office.lodge(changed(LAYLA, document_type="TD-C", case_reference="2026/TM/8"))
    (person_id, same) = persons_of(office, first, second)
    assert person_id == same
    note(office, second, ILL)
    with office.act(office.actors["clerk"]) as act:
        proposals.propose_split(act, act.session.get_one(Person, person_id), [second], None, WHY)
    agree(office)
    (other,) = persons_of(office, second)
    assert needs(office, person_id) == (["ahead", "no_public_place"], True, True)
    assert needs(office, other) == (["ahead", "accessible_desk", "no_public_place"], True, True)
