"""Case handling's file: all or nothing, line by line, the same again changes nothing."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from issuance import document_types
from issuance.demo import APPLICANTS
from issuance.errors import InvalidInput
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.imports import lines, reading
from issuance.services.imports.lines import Decision, Undecided
from issuance.services.imports.reading import COLUMNS, ImportRefused
from issuance.services.persons import people
from issuance.services.production import documents
from printing.content import zone
from printing.faces.compose import compose
from printing.faces.inks import values
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
    lodgings = reading.read_file(data)
    with office.act(office.actors["clerk"]) as act:
        done = lines.import_requests(act, lodgings)
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


@on_sqlite
@pytest.mark.parametrize(
    ("procedure", "note", "vulnerable"), [("accelerated", "vulnerable: alone", True), ("regular", "", False)]
)
def test_what_case_handling_says_of_a_case_is_kept(
    office: SmallOffice, procedure: str, note: str, vulnerable: bool
) -> None:
    bring(office, file_of(ROW | {"procedure": procedure, "note": note, "eurodac_reference": "RO 12"}))
    with office.database.reading() as session:
        request = session.scalars(select(IssuanceRequest)).one()
        assert (request.procedure, request.person.vulnerable) == (procedure, vulnerable)
        assert request.person.eurodac_reference == "RO12"
        assert (request.entitlement_source, request.case_reference) == ("case_handling", ROW["case_reference"])


@on_sqlite
def test_a_file_may_bring_telephone_numbers(office: SmallOffice) -> None:
    columns = [*COLUMNS, "phone"]
    bring(office, file_of(ROW | {"phone": "0744 555 666"}, columns=columns))
    with office.database.reading() as session:
        assert session.scalars(select(IssuanceRequest)).one().phone == "+40744555666"
    (wrong,) = reading.read_lines(file_of(ROW | {"phone": "yes"}, columns=columns)).wrong
    assert (wrong.line, wrong.error.field) == (2, "phone")  # type: ignore[attr-defined]


def test_a_file_with_new_lines_brings_only_those(office: SmallOffice) -> None:
    assert bring(office, file_of(ROW)) == (1, 0)
    more = ROW | {"case_reference": "2026/TM/9002", "family_name": "Nassar", "native_name": ""}
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
    ({"birth_place": "x" * 1000}, "birth_place"),
    ({"decision_date": "2026-W40-1"}, "decision_date"),
    ({"family_name": "H\u0430ddad"}, "family_name"),
    ({"case_reference": "\u04121"}, "case_reference"),
]


@pytest.mark.parametrize(("change", "field"), BAD, ids=[f"{field}-{number}" for number, (_, field) in enumerate(BAD)])
def test_a_wrong_line_refuses_the_file_and_is_named(change: dict[str, str], field: str) -> None:
    good = ROW | {"case_reference": "2026/TM/9002"}
    with pytest.raises(ImportRefused) as refused:
        reading.read_file(file_of(good, ROW | change))
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
        ({"birth_date": "0001-01-01"}, "birth_date"),
        ({"decision_date": "2999-01-01"}, "decision_date"),
        ({"decision_date": "0001-01-01"}, "decision_date"),
        ({"birth_place": "Al Hasakah " * 10}, "birth_place"),
        ({"document_type": "TD-C", "native_name": "\ufdfa" * 30}, "native_name"),
    ],
    ids=str,
)
def test_what_lodging_refuses_refuses_the_whole_file(
    office: SmallOffice, change: dict[str, str], field: str | None
) -> None:
    good = ROW | {"case_reference": "2026/TM/9002", "family_name": "Nassar", "native_name": ""}
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
        reading.read_file(file_of(*rows))
    assert [item.line for item in refused.value.lines] == [2, 3, 4, 5, 6]


def test_a_reference_that_stands_twice_is_named() -> None:
    with pytest.raises(ImportRefused) as refused:
        reading.read_file(file_of(ROW, ROW))
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
        reading.read_file(data)
    assert len(str(refused.value)) < 500


def test_a_case_reference_is_one_in_capitals_and_small_letters(office: SmallOffice) -> None:
    assert bring(office, file_of(ROW | {"case_reference": "b1"})) == (1, 0)
    assert bring(office, file_of(ROW | {"case_reference": "B1 "})) == (0, 1)
    assert lodged(office) == ["B1"]
    with pytest.raises(ImportRefused):
        reading.read_file(file_of(ROW | {"case_reference": "b2"}, ROW | {"case_reference": "B2"}))


def test_the_number_of_an_earlier_document_is_kept_as_documents_have_it(office: SmallOffice) -> None:
    bring(office, file_of(ROW | {"kind": "replacement", "previous_document": "legacy:rp 0012345"}))
    with office.database.reading() as session:
        assert session.scalars(select(IssuanceRequest.previous_number)).all() == ["RP0012345"]


def excel(*rows: dict[str, str], before: str = "", separator: str = ";") -> bytes:
    """The file as Romanian Excel writes it: semicolons, rows of empty cells, empty columns at the end."""
    out = io.StringIO(before)
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    spare = ["", " "]
    writer.writerow([*COLUMNS, *spare])
    for row in rows:
        writer.writerow([*(row[name] for name in COLUMNS), *spare])
        writer.writerow([""] * (len(COLUMNS) + 2))
    return out.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize(
    ("before", "separator", "lines"), [("", ";", [2, 4]), ("sep=;\r\n", ";", [3, 5]), ("sep=\t\n", "\t", [3, 5])]
)
def test_what_excel_writes_is_taken(before: str, separator: str, lines: list[int]) -> None:
    other = ROW | {"case_reference": "2026/TM/9002", "note": "one, two"}
    found = reading.read_lines(excel(ROW, other, before=before, separator=separator))
    assert ([line for line, _ in found.lines], found.wrong) == (lines, [])
    assert found.lines[1][1].note == "one, two"


def test_a_column_that_stands_twice_is_named() -> None:
    with pytest.raises(InvalidInput, match="twice: note"):
        reading.read_lines(file_of(ROW, columns=[*COLUMNS, "note"]))


def test_a_line_of_another_width_is_wrong_by_itself() -> None:
    found = reading.read_lines(file_of(ROW) + b"2026/TM/9003,too,few\n")
    assert [line for line, _ in found.lines] == [2]
    assert [(item.line, item.case_reference) for item in found.wrong] == [(3, "2026/TM/9003")]
    assert "3 fields" in str(found.wrong[0].error)


def bring_lines(
    office: SmallOffice, *rows: dict[str, str], decided: dict[int, Decision] | None = None
) -> lines.Imported:
    file = reading.read_lines(file_of(*rows))
    with office.act(office.actors["clerk"]) as act:
        return lines.import_lines(act, file, decided)


def persons(office: SmallOffice) -> list[tuple[str, str]]:
    with office.database.reading() as session:
        return sorted((person.family_name, person.birth_place) for person in session.scalars(select(Person)))


FIRST = ROW | {"birth_date": "1990-01-01", "case_reference": "A1"}
NEXT = FIRST | {"case_reference": "A2", "document_type": "TD-C"}


def test_good_lines_are_lodged_beside_wrong_ones(office: SmallOffice) -> None:
    wrong = (NEXT | {"sex": "?"}, NEXT | {"document_type": "RP-X", "case_reference": "A3"})
    done = bring_lines(office, FIRST, *wrong)
    assert (done.lodged, [item.line for item in done.wrong], lodged(office)) == (1, [3, 4], ["A1"])
    again = bring_lines(office, FIRST, *wrong)
    assert (again.lodged, again.known) == (0, 1)


def test_two_namesakes_in_one_file_are_decided_on(office: SmallOffice) -> None:
    """Same Latin name, birth date and nationality, born in two towns: nobody knows but a person."""
    other = NEXT | {"birth_place": "Halab", "address": "elsewhere"}
    done = bring_lines(office, FIRST, other)
    assert (done.lodged, [item.line for item in done.wrong]) == (1, [3])
    undecided = done.wrong[0].error
    assert isinstance(undecided, Undecided)
    unseen = bring_lines(office, FIRST, other, decided={3: Decision(None, frozenset())})
    assert [type(item.error) for item in unseen.wrong] == [Undecided]
    assert bring_lines(office, FIRST, other, decided={3: Decision(None, undecided.alike)}).lodged == 1
    assert persons(office) == [("Haddad", "Halab"), ("Haddad", "Homs")]


def test_who_was_decided_to_be_the_same_is_found_next_time(office: SmallOffice) -> None:
    assert bring_lines(office, FIRST).lodged == 1
    variant = NEXT | {"given_names": "Kareem"}
    (wrong,) = bring_lines(office, variant).wrong
    assert isinstance(wrong.error, Undecided)
    (same,) = wrong.error.alike
    assert bring_lines(office, variant, decided={2: Decision(same, frozenset())}).lodged == 1
    third = variant | {"case_reference": "A4", "kind": "replacement", "previous_document": "RP0000001"}
    assert bring_lines(office, third).lodged == 1
    with office.database.reading() as session:
        assert [person.given_names for person in session.scalars(select(Person))] == ["Karim"]


def test_the_files_spelling_stays_a_key_when_the_desk_mends_it(office: SmallOffice) -> None:
    assert bring_lines(office, FIRST).lodged == 1
    with office.act(office.actors["clerk"]) as act:
        person = act.session.scalars(select(Person)).one()
        people.spell(act, person, "El-Hadad", "Kareem")
        act.record("person.spelt", person)
    assert bring(office, file_of(NEXT)) == (1, 0)
    with office.database.reading() as session:
        assert [person.family_name for person in session.scalars(select(Person))] == ["El-Hadad"]


def test_an_all_or_nothing_file_waits_for_decisions_too(office: SmallOffice) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(office, file_of(FIRST, NEXT | {"birth_place": "Halab"}))
    assert isinstance(refused.value.lines[0].error, Undecided)
    assert lodged(office) == []


def test_a_number_of_somebody_called_otherwise_is_decided_on(office: SmallOffice) -> None:
    numbered = {"eurodac_reference": "ro 1100234999", "cnp": ""}
    assert bring_lines(office, FIRST | numbered).lodged == 1
    assert bring_lines(office, NEXT | numbered).lodged == 1, "the same name, whatever the spelling of the number"
    other = (
        FIRST | numbered | {"case_reference": "A3", "family_name": "Kovalenko", "native_name": "", "kind": "renewal"}
    )
    (wrong,) = bring_lines(office, other | {"previous_document": "RP1"}).wrong
    assert isinstance(wrong.error, Undecided)


def test_numbers_that_differ_make_two_persons_of_one_name(office: SmallOffice) -> None:
    assert bring_lines(office, FIRST | {"eurodac_reference": "RO1"}).lodged == 1
    (wrong,) = bring_lines(office, NEXT | {"eurodac_reference": "RO2"}).wrong
    assert isinstance(wrong.error, Undecided)


@pytest.mark.parametrize(("text", "is_declared"), [("fără passport", True), ("pașaport N004512873 SYR", False)])
def test_the_document_shown_is_read_by_its_kind(office: SmallOffice, text: str, is_declared: bool) -> None:
    """E16 follows what was shown, in whatever language the file was written."""
    assert bring(office, file_of(ROW | {"travel_document_shown": text})) == (1, 0)
    with office.reading() as look:
        assert look.session.scalars(select(IssuanceRequest)).one().declared_identity == is_declared


def test_a_document_shown_that_cannot_be_told_is_refused_at_its_line() -> None:
    with pytest.raises(ImportRefused) as refused:
        reading.read_file(file_of(ROW, ROW | {"case_reference": "2026/TM/9002", "travel_document_shown": "vechi"}))
    (line,) = refused.value.lines
    assert (line.line, line.error.field) == (3, "travel_document_shown")


def test_a_file_may_name_more_nationalities(office: SmallOffice) -> None:
    """The first is that of the zone; a card that shows all shows them in their order."""
    row = ROW | {"document_type": "TID", "status": "applicant", "nationality": "SYR TUR IRN"}
    assert bring(office, file_of(row)) == (1, 0)
    with office.reading() as look:
        request = look.session.scalars(select(IssuanceRequest)).one()
        content = documents.content_of(look, request, "TI1000001", None, None)
        template = document_types.get("TID").template()
    assert (content.nationality, content.other_nationalities) == ("SYR", ("TUR", "IRN"))
    assert values(content, template)["nationalities"] == "SYR / TUR / IRN"
    assert zone(content, template, "TD1", open_end="270101").nationality == "SYR"
    assert len(compose(content, template, specimen=True)) == 2


@pytest.mark.parametrize("codes", ["", "SYR ROM", "SYR, TUR", "SYR TUR IRN IRQ"])
def test_other_nationalities_are_refused_at_their_column(codes: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        reading.read_file(file_of(ROW | {"nationality": codes}))
    assert refused.value.lines[0].error.field == "nationality"


def test_a_tid_is_not_lodged_without_a_place_of_birth(office: SmallOffice) -> None:
    """Reg. (EU) 2024/1348, Art 29(4)(a)."""
    row = ROW | {"document_type": "TID", "status": "applicant", "birth_place": ""}
    with pytest.raises(ImportRefused) as refused:
        bring(office, file_of(row))
    assert refused.value.lines[0].error.field == "birth_place"
    assert bring(office, file_of(row | {"birth_place": "Homs"})) == (1, 0)
