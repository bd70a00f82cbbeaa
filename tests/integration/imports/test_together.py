"""Lines of strangers are written together: what becomes of a file is what becomes of its lines one by one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act
from issuance.db import Base
from issuance.models.audit import AuditEvent, AuditWitness
from issuance.models.mandates import Mandate
from issuance.models.people import Person, PersonKey, PersonName, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.services.casework.lodging import Lodging
from issuance.services.imports import lines, reading
from issuance.services.imports.reading import LineError
from issuance.services.persons import keys, people, strangers
from issuance.services.persons.identity import Identity
from tests.integration.imports.test_files import bring, counted, lodge
from tests.integration.imports.test_files import people as distinct
from tests.integration.imports.test_lines import NEXT, ROW, file_of
from tests.integration.production.shared import audit_faults
from tests.people import LAYLA, SmallOffice, changed

Row = dict[str, str]


def like(reference: str, **said: str) -> Row:
    """A line about somebody alike to LAYLA, who is in the register."""
    layla = {
        "family_name": "Al-Masri",
        "given_names": "Layla",
        "native_name": "",
        "birth_date": "1992-01-01",
        "sex": "F",
    }
    return ROW | layla | {"case_reference": reference} | said


def line(reference: str, family_name: str, given_names: str, birth_date: str, **said: str) -> Row:
    called = {"family_name": family_name, "given_names": given_names, "native_name": "", "birth_date": birth_date}
    return ROW | {"case_reference": reference} | called | said


MIXED = [
    *distinct(4),
    like("M1", family_name="Elmasry"),
    like("M2", birth_date="XXXX-XX-XX"),
    like("M3", eurodac_reference="RO1LAYLA"),
    line("M4", "Warsame", "Bile", "1980-02-03", eurodac_reference="RO1OTHER"),
    line("M5", "Yonan", "Sargon", "XXXX-XX-XX"),
    line("M6", "Yonan", "Sargon", "1970-05-09"),
    line("M7", "Haydari", "Zahra", "1971-04-08"),
    line("M8", "Zahra", "Heydari", "1971-08-04"),
    line("M9", "Nur", "Ali", "1972-01-05", kind="renewal", previous_document="TID0000001"),
    line("N1", "Dualeh", "Guled", "1973-01-05", eurodac_reference="RO1TWICE"),
    line("N2", "Osman", "Keyse", "1974-01-05", eurodac_reference="RO1TWICE"),
    line("N3", "Petrenko", "Oksana", "2015-03-02", representative="Petrenko Iryna (mother)"),
    line("N4", "Bondar", "Taras", "2014-03-02", unaccompanied="yes", representative="Popa Ana (guardian)"),
    line("N5", "Tesfay", "Mulu", "1975-01-05", document_type="TD-C", kind="extension"),
    *distinct(4, 4),
    distinct(1)[0] | {"case_reference": "N6"},
]


class UndoneError(Exception):
    """So that an act leaves nothing."""


@pytest.fixture
def layla(office: SmallOffice) -> UUID:
    request_id = office.lodge(changed(LAYLA, eurodac_reference="RO1LAYLA"))
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).person_id


def read(rows: list[Row]) -> list[tuple[int, Lodging]]:
    return reading.read_lines(file_of(*rows)).lines


DRAWN = ("id", "reference", "mac", "at", "made_at", "given_at")
"""What is another each time."""


def said(row: Any) -> str:
    """What a row says, but for keys and what is drawn."""
    names = [column.key for column in row.__table__.columns if column.key not in DRAWN]
    return ", ".join(f"{name}={getattr(row, name)}" for name in names if not name.endswith("_id"))


def word(what: str | LineError) -> str:
    return what if isinstance(what, str) else f"{what.error.field}: {what.error}"


def became(office: SmallOffice, found: list[tuple[int, Lodging]]) -> tuple[dict[int, str], list[str]]:
    """What becomes of these lines, and every row that says so; then nothing of it is kept."""
    each: dict[int, str] = {}
    rows: list[str] = []
    with suppress(UndoneError), office.act(office.actors["supervisor"]) as act:
        for some in lines.lodge_some(act, found, {}):
            each |= {line: word(what) for line, what in some.items()}
        act.close()
        for kind in (Person, PersonName, PersonVersion, PersonKey, IssuanceRequest, Mandate, AuditEvent):
            rows += sorted(f"{kind.__name__}: {said(row)}" for row in act.session.scalars(select(kind)).unique())
        rows.append(f"{act.session.scalar(select(func.count()).select_from(AuditWitness))} witnesses")
        raise UndoneError
    return each, rows


def test_together_is_as_one_by_one(office: SmallOffice, layla: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(MIXED)
    together, rows = became(office, found)
    monkeypatch.setattr(strangers, "among", lambda _look, named: [False] * len(named))
    assert (together, rows) == became(office, found)
    assert list(together.values()).count("lodged") > 12
    assert len(set(together.values())) > 3, "some are refused, some wait for somebody"


def test_of_a_stranger_the_register_knows_nobody(office: SmallOffice, layla: UUID) -> None:
    """And of nobody else who could be alike is it said that they are."""
    found = [each for _, each in read(MIXED)]
    with office.reading() as look:
        told = strangers.among(look, [(each.identity, each.previous_document) for each in found])
        for each, is_stranger in zip(found, told, strict=True):
            alike = people.similar(look, each.identity) or keys.numbered(look, each.identity, each.previous_document)
            assert not (is_stranger and (alike or keys.meant(look, each.identity, each.previous_document)))
    names = {each.case_reference: is_stranger for each, is_stranger in zip(found, told, strict=True)}
    assert [name for name, is_stranger in names.items() if is_stranger] == [
        *("F/1", "F/2", "F/3", "M4", "M9", "N3", "N4", "N5", "F/4", "F/5", "F/6", "F/7")
    ]


def test_one_that_is_refused_keeps_nobody_else(office: SmallOffice) -> None:
    """The lines with it are lodged one by one, and each has one event."""
    rows = [*distinct(5), NEXT | {"case_reference": "W", "document_type": "TD-C", "kind": "extension"}]
    with office.act(office.actors["supervisor"]) as act:
        done = lines.import_lines(act, reading.read_lines(file_of(*rows)))
    assert (done.lodged, [each.case_reference for each in done.wrong]) == (5, ["W"])
    with office.reading() as look:
        lodged = select(func.count()).select_from(AuditEvent).where(AuditEvent.act == "request.lodged")
        assert look.session.scalar(lodged) == 5
    assert audit_faults(office) == []


def test_what_the_database_refuses_is_tried_one_by_one(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wrote the same number a moment ago: only that line is refused."""
    rows = [each | {"eurodac_reference": f"RO1{number}"} for number, each in enumerate(distinct(3))]
    office.lodge(changed(LAYLA, eurodac_reference="RO11"))
    before = strangers.among
    monkeypatch.setattr(strangers, "among", lambda look, named: [True] * len(before(look, named)))
    with office.act(office.actors["supervisor"]) as act:
        done = lines.import_lines(act, reading.read_lines(file_of(*rows)))
    assert (done.lodged, [each.case_reference for each in done.wrong]) == (2, ["F/1"])


def test_a_file_of_strangers_asks_and_writes_once_for_many(office: SmallOffice) -> None:
    file_id, sent = bring(office, file_of(*distinct(50))), list[str]()
    event.listen(office.database.engine, "before_cursor_execute", lambda _c, _k, statement, *_: sent.append(statement))
    lodge(office, file_id)
    assert counted(office, file_id) == {"lodged": 50, "known": 0, "refused": 0, "alike": 0}
    assert len(sent) < 50 * 4
    assert audit_faults(office) == []


def add(act: Act, identities: list[Identity]) -> None:
    with act.attempt(), act.gathered():
        for identity in identities:
            person, _ = people.add_stranger(act, identity)
            act.record("person.compared", person)


def test_gathered_rows_are_all_or_nothing(office: SmallOffice) -> None:
    """Two of one number: neither stays, nor the event about them."""
    identities = [replace(each.identity, cnp="", eurodac_reference="RO1TWICE") for _, each in read(distinct(2))]
    with office.act(office.actors["supervisor"]) as act:
        with pytest.raises(IntegrityError):
            add(act, identities)
        act.record("person.compared")
    with office.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(Person)) == 0
        assert look.session.scalar(select(func.count()).where(AuditEvent.act == "person.compared")) == 1
    assert audit_faults(office) == []


def test_every_table_stands_after_those_that_it_names() -> None:
    """What is gathered is written in this order; a circle would have none."""
    seen = set[str]()
    for table in Base.metadata.sorted_tables:
        named = {key.column.table.name for key in table.foreign_keys} - {table.name}
        assert named <= seen, table.name
        seen.add(table.name)
