"""A person is forgotten, and the living stay: their links, and the mandates that the forgotten person held for them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance import tasks
from issuance.models.audit import AuditEvent
from issuance.models.people import FamilyLink, LoneChild
from issuance.models.requests import IssuanceRequest
from issuance.services.mandates import asking, giving
from issuance.services.mandates.giving import Given
from issuance.services.persons import family
from issuance.services.persons.family import Said
from issuance.values.travel_documents import NOTHING_SHOWN
from tests.fixtures.databases import on_sqlite
from tests.integration.life.test_retention import SECRETS, agree, days_pass, end, words_of
from tests.people import LAYLA, Case, SmallOffice, changed

CHILD = changed(
    LAYLA,
    family_name="Haddad",
    given_names="Omar",
    native_name="",
    birth_date="2015-03-04",
    birth_place="Homs",
    address="Str. Armoniei 33, Timișoara",
    case_reference="2026/TM/0021",
    phone="",
    representative="Popa Ana (aunt)",
    travel_document=NOTHING_SHOWN,
)


@pytest.fixture
def child(office: SmallOffice, complete: Case) -> UUID:
    """A child whose mother, known here, is in her own words its guardian."""
    request_id = office.lodge(CHILD)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        mother = act.session.get_one(IssuanceRequest, complete.request_id)
        family.link(act, request, mother.person, Said("parent", "person", "birth certificate of Layla's son"))
        scopes = ["see_status", "collect"]
        given = Given("guardian", mother.reference, "mother", scopes, "court order about Layla Al-Masri")
        giving.give(act, request, given)
    return request_id


def forget_mother(office: SmallOffice, case: Case) -> None:
    end(office, case)
    days_pass(office, 91)
    agree(office)
    tasks.destroy_ended(office)


@on_sqlite
def test_the_mandate_that_a_forgotten_person_held_ends_with_an_event(
    office: SmallOffice, complete: Case, child: UUID
) -> None:
    forget_mother(office, complete)
    assert [word for word in (*SECRETS, "court order") if word in words_of(office)] == []
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, child)
        assert request.person.full_name == "Haddad Omar"
        held = [row for row in giving.of(look, request.person) if row.holder_id]
        assert [(row.shown, row.evidence, row.ended_at is not None) for row in held] == [("— (mother)", "", True)]
        assert asking.who_may(look, request.person, "see_status") == [
            row for row in giving.of(look, request.person) if row.holder_name
        ]
        ended = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "person.mandate_ended")).one()
        assert {subject.subject_id for subject in ended.subjects} == {request.person_id, held[0].id}


@on_sqlite
def test_a_link_with_a_living_relative_goes(office: SmallOffice, complete: Case, child: UUID) -> None:
    forget_mother(office, complete)
    with office.reading() as look:
        assert look.session.scalars(select(FamilyLink)).all() == []
        assert family.relatives(look, look.session.get_one(IssuanceRequest, child).person) == []


@on_sqlite
def test_a_child_whose_guardian_is_forgotten_waits_for_one_again(office: SmallOffice, complete: Case) -> None:
    request_id = office.lodge(
        changed(CHILD, representative="", document_type="RC", status="applicant", unaccompanied=True)
    )
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        mother = act.session.get_one(IssuanceRequest, complete.request_id)
        given = Given("guardian", mother.reference, "mother", ["collect"], "court order 5")
        giving.give(act, request, given)
    forget_mother(office, complete)
    with office.reading() as look:
        alone = look.session.scalars(select(LoneChild)).one()
        assert (alone.ended_at, alone.mandate_id) == (None, None)
        assert alone.due_at == look.clock.now() + dt.timedelta(hours=24)
