"""Case handling's file: all or nothing, line by line, the same again changes nothing."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from issuance.demo import APPLICANTS
from issuance.errors import InvalidInput
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import importing
from issuance.services.casework.importing import COLUMNS, ImportRefused
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice

ROW = {
    "case_reference": "2026/TM/9001",
    "family_name": "Haddad",
    "given_names": "Karim",
    "native_name": "كريم حداد",
    "birth_date": "1968-XX-XX",
    "birth_place": "Homs",
    "sex": "M",
    "nationality": "SYR",
    "status": "refugee",
    "decision_number": "1342/2026",
    "decision_date": "2026-10-17",
    "document_type": "RP-R",
    "kind": "first",
    "previous_document": "",
    "travel_document_shown": "",
    "eurodac_reference": "",
    "cnp": "",
    "language": "ar",
    "address": "Str. Armoniei 33, Timișoara",
    "centre": "timisoara",
    "representative": "",
    "unaccompanied": "",
    "procedure": "regular",
    "note": "",
}


def file_of(*rows: dict[str, str], columns: list[str] | None = None) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns or list(COLUMNS), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def bring(office: SmallOffice, data: bytes) -> tuple[int, int]:
    lodgings = importing.read_file(data)
    with office.act(office.actors["clerk"]) as act:
        done = importing.import_requests(act, lodgings)
    return done.lodged, done.known


def lodged(office: SmallOffice) -> list[str | None]:
    with office.database.reading() as session:
        return sorted(session.scalars(select(IssuanceRequest.case_reference)), key=str)


def test_the_offices_own_file_is_lodged_whole(office: SmallOffice) -> None:
    data = APPLICANTS.read_bytes()
    rows = len(list(csv.reader(io.StringIO(data.decode())))) - 1
    assert bring(office, data) == (rows, 0)
    assert bring(office, data) == (0, rows)
    assert len(lodged(office)) == rows


def test_a_file_with_new_lines_brings_only_those(office: SmallOffice) -> None:
    assert bring(office, file_of(ROW)) == (1, 0)
    more = ROW | {"case_reference": "2026/TM/9002", "family_name": "Nassar"}
    assert bring(office, b"\xef\xbb\xbf" + file_of(ROW, more)) == (1, 1)


BAD = [
    ({"family_name": "Had\x07dad"}, "family_name"),
    ({"family_name": "Had\u202edad"}, "family_name"),
    ({"family_name": ""}, "family_name"),
    ({"family_name": "x" * 2000}, "family_name"),
    ({"native_name": "\u2066حداد"}, "native_name"),
    ({"birth_date": "1968-02-30"}, "birth_date"),
    ({"birth_date": "02.01.1968"}, "birth_date"),
    ({"decision_date": "yesterday"}, "decision_date"),
    ({"sex": "male"}, "sex"),
    ({"status": "king"}, "status"),
    ({"procedure": "fast"}, "procedure"),
    ({"case_reference": ""}, "case_reference"),
    ({"note": "a\x00b"}, "note"),
    ({"nationality": "SYRIA"}, "nationality"),
    ({"nationality": "ZZZ"}, "nationality"),
    ({"language": "Arabic"}, "language"),
]


@pytest.mark.parametrize(("change", "field"), BAD, ids=[f"{field}-{number}" for number, (_, field) in enumerate(BAD)])
def test_a_wrong_line_refuses_the_file_and_is_named(change: dict[str, str], field: str) -> None:
    good = ROW | {"case_reference": "2026/TM/9002"}
    with pytest.raises(ImportRefused) as refused:
        importing.read_file(file_of(good, ROW | change))
    assert [(item.line, item.error.field) for item in refused.value.lines] == [(3, field)]


@on_sqlite
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"document_type": "RP-X"}, None),
        ({"kind": "extension", "previous_document": "RP1"}, "kind"),
        ({"centre": "paris"}, "centre"),
        ({"cnp": "123"}, "cnp"),
        ({"family_name": "রহমান"}, "family_name"),
        ({"birth_date": "2015-01-01"}, "representative"),
    ],
    ids=str,
)
def test_what_lodging_refuses_refuses_the_whole_file(
    office: SmallOffice, change: dict[str, str], field: str | None
) -> None:
    good = ROW | {"case_reference": "2026/TM/9002", "family_name": "Nassar"}
    with pytest.raises(ImportRefused) as refused:
        bring(office, file_of(good, ROW | change))
    assert [item.line for item in refused.value.lines] == [3]
    assert field in (None, refused.value.lines[0].error.field)
    assert lodged(office) == []
    with office.database.reading() as session:
        assert session.query(Person).count() == 0


def test_every_wrong_line_is_reported_at_once() -> None:
    rows = [ROW | {"case_reference": str(number), "sex": "?"} for number in range(5)]
    with pytest.raises(ImportRefused) as refused:
        importing.read_file(file_of(*rows))
    assert [item.line for item in refused.value.lines] == [2, 3, 4, 5, 6]


def test_a_reference_that_stands_twice_is_named() -> None:
    with pytest.raises(ImportRefused) as refused:
        importing.read_file(file_of(ROW, ROW))
    assert "line 2" in str(refused.value.lines[0].error)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe" + file_of(ROW).decode().encode("utf-16-le"),
        file_of(ROW).decode().encode("latin-1", "replace").replace(b"Haddad", b"H\xe4ddad"),
        file_of(ROW, columns=list(COLUMNS)[1:]),
        file_of(ROW).replace(b"note", b"remark"),
        file_of(ROW) + b'2026/TM/9003,"unfinished',
        file_of(ROW) + b"2026/TM/9003,too,few\n",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        file_of(ROW | {"note": "x" * 10_000_000}),
        b"x" * 20_000_001,
    ],
    ids=["empty", "utf-16", "latin-1", "missing", "unknown", "open-quote", "too-few", "pdf", "10-MB-field", "20-MB"],
)
def test_what_is_no_file_of_case_handling_says_what_to_do(data: bytes) -> None:
    with pytest.raises((InvalidInput, ImportRefused)) as refused:
        importing.read_file(data)
    assert len(str(refused.value)) < 500
