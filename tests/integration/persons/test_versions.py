"""What was decided on stays what was decided on, whatever the register learns of the person later."""

from __future__ import annotations

from uuid import UUID

from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import requests
from issuance.services.persons import people, versions
from issuance.services.persons.versions import Made
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, Case, SmallOffice, changed

AGAIN = changed(LAYLA, document_type="TD-C", case_reference="2026/TM/0002")


def holder(office: SmallOffice, request_id: UUID) -> tuple[str, str]:
    """The name and the address that a case shows."""
    with office.reading() as look:
        found = look.session.get_one(IssuanceRequest, request_id).holder
        return found.full_name, found.address


def spell(office: SmallOffice, request_id: UUID, family_name: str) -> None:
    with office.act(office.actors["clerk"]) as act:
        requests.confirm_spelling(act, act.session.get_one(IssuanceRequest, request_id), family_name, "Leila")


def history(office: SmallOffice, request_id: UUID) -> list[tuple[int, str, str, UUID | None]]:
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, request_id).person
        return [(each.number, each.why, each.full_name, each.made_by) for each in versions.of_person(look, person)]


def test_a_spelling_of_a_later_case_leaves_an_issued_one_as_it_is(office: SmallOffice, approved: Case) -> None:
    later = office.lodge(AGAIN)
    spell(office, later, "El Masri")
    assert holder(office, approved.request_id)[0] == "Al-Masri Layla"
    assert holder(office, later)[0] == "El Masri Leila"
    clerk = office.actors["clerk"].id
    assert history(office, later) == [
        (2, "spelling", "El Masri Leila", clerk),
        (1, "lodged", "Al-Masri Layla", clerk),
    ]


def test_what_is_not_decided_yet_follows_the_register(office: SmallOffice, lodged: Case) -> None:
    spell(office, lodged.request_id, "El Masri")
    assert holder(office, lodged.request_id)[0] == "El Masri Leila"
    office.enrol(lodged.request_id)
    office.approve(lodged.request_id)
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, lodged.request_id)
        assert request.person_version is not None
        assert request.person_version.number == 2


def test_an_address_of_a_later_lodging_leaves_an_issued_one_as_it_is(office: SmallOffice, approved: Case) -> None:
    office.lodge(changed(AGAIN, address="Str. Nouă 7, Arad"))
    assert holder(office, approved.request_id)[1] == LAYLA.identity.address


def test_the_same_again_is_no_version(office: SmallOffice, approved: Case) -> None:
    later = office.lodge(AGAIN)
    assert [number for number, *_ in history(office, later)] == [1]


def test_somebody_is_found_by_what_an_issued_document_says(office: SmallOffice, approved: Case) -> None:
    spell(office, office.lodge(AGAIN), "Elmasri")
    with office.reading() as look:
        words = {name.word for name in look.session.get_one(IssuanceRequest, approved.request_id).person.names}
    assert {"elmasri", "masri", "leila", "layla"} <= words


@on_sqlite
def test_a_person_of_an_earlier_release_gets_its_first_version_at_its_first_change(
    office: SmallOffice, approved: Case
) -> None:
    """As 0018 leaves it: no version, and nothing decided points at one."""
    with office.database.transaction() as session:
        connection = session.connection()
        connection.exec_driver_sql("UPDATE request SET person_version_id = NULL")
        connection.exec_driver_sql("DELETE FROM person_version")
    assert holder(office, approved.request_id)[0] == "Al-Masri Layla"
    with office.act(office.actors["clerk"]) as act:
        person = act.session.query(Person).one()
        people.change(act, person, {"family_name": "El Masri"}, Made("spelling"))
        act.record("person.spelling_confirmed", person)
    assert holder(office, approved.request_id)[0] == "Al-Masri Layla"
    assert [(number, why) for number, why, *_ in history(office, approved.request_id)] == [(2, "spelling"), (1, "kept")]
