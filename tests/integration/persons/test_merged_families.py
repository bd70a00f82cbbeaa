"""Who acts for a person whose records are merged, and whose family they are."""

from __future__ import annotations

from uuid import UUID

import pytest

from issuance.acts import Act
from issuance.errors import Conflict
from issuance.models.mandates import Mandate
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import persons
from issuance.services.mandates import giving
from issuance.services.mandates.giving import Given
from issuance.services.persons import family
from issuance.services.persons.family import Said
from tests.integration.persons.regrouped import OTHER, get, merge, person_of, undo
from tests.people import Case, SmallOffice, changed


@pytest.fixture
def two(office: SmallOffice, complete: Case) -> tuple[UUID, UUID]:
    """Layla, whose request is complete, and the record of her that was lodged elsewhere."""
    return person_of(office, complete.request_id).id, person_of(office, office.lodge(OTHER)).id


def first_request(act: Act, person: UUID) -> IssuanceRequest:
    return persons.of_person(act, act.session.get_one(Person, person))[0]


def test_who_acts_for_the_record_acts_for_the_person(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    kept, other = two
    given = Given("lawyer", "Ionescu Maria", "lawyer", ["see_status"], "mandate 7 of 2026", granted_by="person")
    with office.act(office.actors["clerk"]) as act:
        mandate_id = giving.give(act, first_request(act, other), given).id
    merge_id = merge(office, kept, other)
    assert get(office, Mandate, mandate_id).person_id == kept
    undo(office, merge_id)
    assert get(office, Mandate, mandate_id).person_id == other


def test_family_is_recorded_with_the_person_who_stays_first(office: SmallOffice, two: tuple[UUID, UUID]) -> None:
    kept, other = two
    spouse = changed(OTHER, given_names="Omar", sex="M", case_reference="2026/TM/0010", eurodac_reference="")
    relative = person_of(office, office.lodge(spouse)).id
    with office.act(office.actors["clerk"]) as act:
        said = Said("spouse", "person", "marriage certificate")
        family.link(act, first_request(act, other), act.session.get_one(Person, relative), said)
    with pytest.raises(Conflict, match="has family"):
        merge(office, kept, other)
