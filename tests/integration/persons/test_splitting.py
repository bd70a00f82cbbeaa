"""One record of two persons, split by two; what is in the way is named."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document
from issuance.models.people import (
    Namesakes,
    Person,
    PersonName,
)
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import decisions
from tests.fixtures.databases import on_sqlite
from tests.integration.persons.regrouped import (
    OTHER,
    merge,
    person_of,
    split,
)
from tests.people import LAYLA, Case, SmallOffice, changed


@pytest.fixture
def two(office: SmallOffice, complete: Case) -> tuple[UUID, UUID]:
    """Layla, whose request is complete, and the record of her that was lodged elsewhere."""
    return person_of(office, complete.request_id).id, person_of(office, office.lodge(OTHER)).id


def test_a_record_of_two_is_split(office: SmallOffice, checked: Case) -> None:
    """The chosen request goes to a new person with its document, who is called as the request was lodged."""
    office.hand_over(checked.request_id, checked.number)
    person = person_of(office, checked.request_id).id
    other = office.lodge(changed(LAYLA, document_type="TD-C", case_reference="c2", person_id=person))
    new = split(office, person, [checked.request_id])
    with office.reading() as look:
        document = look.session.get_one(Document, checked.document_id)
        assert document.person_id == document.request.person_id == new != person
        assert look.session.get_one(IssuanceRequest, other).person_id == person
        assert look.session.get_one(Person, new).family_name == "Al-Masri"
        assert (document.state, document.request.holder.family_name) == ("valid", "Al-Masri")
        assert look.session.scalars(select(PersonName).where(PersonName.person_id == new)).first() is not None
        pair = look.session.scalars(select(Namesakes)).one()
        assert {pair.one_id, pair.other_id} == {person, new}


def test_requests_go_to_another_person_who_is_there(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    kept, other = two
    third = office.lodge(changed(LAYLA, document_type="RT", case_reference="c3", person_id=kept))
    assert split(office, kept, [third], other) == other
    assert person_of(office, third).id == other


@on_sqlite
def test_what_cannot_be_split_is_said(office: SmallOffice, two: tuple[UUID, UUID], complete: Case) -> None:
    kept = two[0]
    for requests in ([], [complete.request_id], [UUID(int=7)]):
        with pytest.raises(InvalidInput) as refused:
            split(office, kept, requests)
        assert refused.value.field == "requests"
    with pytest.raises(InvalidInput, match="the person of this page"):
        split(office, kept, [complete.request_id], kept)


def test_a_document_that_another_follows_binds_both(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    person = person_of(office, checked.request_id).id
    following = changed(
        LAYLA, kind="replacement", previous_document=checked.number, replacement_reason="damaged", case_reference="c2"
    )
    second = office.lodge(replace(following, person_id=person))
    for chosen in (checked.request_id, second):
        with pytest.raises(Conflict) as refused:
            split(office, person, [chosen])
        assert refused.value.params["number"] == checked.number
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, second), "was another's")
    split(office, person, [second])


def test_a_split_is_taken_back_by_a_merge(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    third = office.lodge(changed(LAYLA, document_type="RT", case_reference="c3", person_id=two[0]))
    new = split(office, two[0], [third])
    merge(office, two[0], new)
    assert person_of(office, third).id == two[0]
