"""Persons alike: found in every script and spelling, with swapped dates and names; two, once somebody said so."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import InvalidInput
from issuance.models.audit import AuditEvent
from issuance.models.people import Namesakes, Person
from issuance.models.requests import IssuanceRequest
from issuance.services.imports import lines
from issuance.services.imports.lines import Decision, Undecided
from issuance.services.imports.reading import File
from issuance.services.persons import alike, people
from issuance.services.persons.identity import Identity
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed

HASAN = changed(
    LAYLA,
    family_name="Al-Masri",
    given_names="Hasan",
    native_name="",
    birth_date="1990-03-07",
    sex="M",
    case_reference="2026/TM/0100",
)


def person_of(office: SmallOffice, request_id: UUID) -> UUID:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).person_id


def lodge(office: SmallOffice, **said: str) -> UUID:
    return person_of(office, office.lodge(changed(HASAN, **said)))


def found(office: SmallOffice, family_name: str, given_names: str, birth_date: str = "1990-03-07") -> int:
    identity = Identity(family_name, birth_date, "M", "SYR", "refugee", given_names=given_names)
    with office.reading() as look:
        return len(people.similar(look, identity))


@pytest.mark.parametrize(
    ("family_name", "given_names", "birth_date"),
    [
        ("Al-Masri", "Hassan", "1990-03-07"),
        ("Elmasry", "Hassan", "1990-03-07"),
        ("Masri", "Hasan", "1990-03-07"),
        ("Hassan", "Almasri", "1990-03-07"),
        ("Al-Masri", "Hasan", "1990-07-03"),
        ("Hassan", "El Masry", "1990-07-03"),
        ("المصري", "حسن", "1990-03-07"),
        ("حسن", "المصري", "1990-07-03"),
        ("Аль-Масри", "Хасан", "1990-03-07"),
        ("Al-Masri", "Hassan", "1990-XX-XX"),
        ("Al-Masri", "Hassan", "XXXX-XX-XX"),
    ],
)
def test_the_same_person_is_found_however_written(
    office: SmallOffice, family_name: str, given_names: str, birth_date: str
) -> None:
    lodge(office)
    assert found(office, family_name, given_names, birth_date) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("family_name", "given_names", "birth_date"),
    [
        ("Al-Masri", "Hasan", "1990-03-08"),
        ("Al-Masri", "Hasan", "1991-07-03"),
        ("Al-Masri", "Karim", "1990-03-07"),
        ("Haddad", "Hasan", "1990-03-07"),
        ("Al-Masri", "Karim", "1990-07-03"),
    ],
)
def test_another_person_is_not(office: SmallOffice, family_name: str, given_names: str, birth_date: str) -> None:
    lodge(office)
    assert found(office, family_name, given_names, birth_date) == 0


@on_sqlite
def test_a_name_is_found_by_its_own_script_when_the_latin_one_was_spelt_otherwise(office: SmallOffice) -> None:
    lodge(office, family_name="Cheikh", given_names="Zoulfikar", native_name="ذوالفقار الشيخ")
    assert found(office, "الشيخ", "ذوالفقار") == 1
    assert found(office, "الشيخ", "قاسم") == 0


def test_two_are_said_to_be_two_once(office: SmallOffice) -> None:
    one, other = lodge(office), lodge(office, given_names="Hassan", birth_place="Homs", case_reference="2026/TM/0101")
    assert asked(office, one) == [other]
    for _ in range(2):  # a second time changes nothing
        with office.act(office.actors["clerk"]) as act:
            alike.say_two(act, act.session.get_one(Person, one), act.session.get_one(Person, other))
            act.record("case.searched")
    assert asked(office, one) == asked(office, other) == []
    with office.reading() as look:
        row = look.session.scalars(select(Namesakes)).one()
        assert {row.one_id, row.other_id} == {one, other}
        assert row.said_by == office.actors["clerk"].id
        events = look.session.scalars(select(AuditEvent.act).where(AuditEvent.act == "person.two_said")).all()
    assert len(events) == 1


def asked(office: SmallOffice, person_id: UUID) -> list[UUID]:
    with office.reading() as look:
        return [each.id for each in alike.others(look, look.session.get_one(Person, person_id))]


@on_sqlite
def test_nobody_is_another_than_himself(office: SmallOffice) -> None:
    one = lodge(office)
    with office.reading(office.actors["clerk"]) as look:
        person = look.session.get_one(Person, one)
    with pytest.raises(InvalidInput), office.act(office.actors["clerk"]) as act:
        alike.say_two(act, person, person)


@on_sqlite
def test_who_a_number_means_is_shown_without_the_known_namesake(office: SmallOffice) -> None:
    one = lodge(office, eurodac_reference="RO1AAAA00000001")
    other = lodge(office, birth_place="Homs", case_reference="2026/TM/0101", eurodac_reference="RO1AAAA00000002")
    identity = changed(HASAN, eurodac_reference="RO1AAAA00000001").identity
    with office.reading() as look:
        assert {each.id for each in people.similar(look, identity)} == {one, other}
    with office.act(office.actors["clerk"]) as act:
        alike.say_two(act, act.session.get_one(Person, one), act.session.get_one(Person, other))
    with office.reading() as look:
        assert [each.id for each in people.similar(look, identity)] == [one]


@on_sqlite
def test_who_is_lodged_as_somebody_new_is_another_than_those_who_were_shown(office: SmallOffice) -> None:
    one = lodge(office)
    line = changed(HASAN, given_names="Hassan", birth_place="Homs", case_reference="2026/TM/0101")
    with office.act(office.actors["supervisor"]) as act:
        refused = lines.import_lines(act, File([(2, line)], [])).wrong
        assert isinstance(refused[0].error, Undecided)
        act.record("case.searched")
    decided = {2: Decision(None, frozenset({one}))}
    with office.act(office.actors["supervisor"]) as act:
        assert lines.import_lines(act, File([(2, line)], []), decided).lodged == 1
    assert asked(office, one) == []
