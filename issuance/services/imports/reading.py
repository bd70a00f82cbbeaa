"""The lines of case handling's file: read one by one, every field checked by itself; nothing here asks the register."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import Any

from issuance.errors import InvalidInput, LimanError
from issuance.law.documents.requests import request_words
from issuance.law.persons.registration import PLACES
from issuance.services.casework.lodging import Lodging
from issuance.services.imports import sheet
from issuance.services.persons.identity import MOST_NATIONALITIES, Identity
from issuance.values import contacts, fields, names, travel_documents
from issuance.values.calendar import check_day
from issuance.values.codes import PROCEDURES, SEXES, STATUSES
from printing.content import PartialDate
from printing.mrz.codes import NATIONALITIES

COLUMNS = (
    "case_reference",
    "family_name",
    "given_names",
    "native_name",
    "birth_date",
    "birth_place",
    "sex",
    "nationality",
    "status",
    "decision_number",
    "decision_date",
    "document_type",
    "kind",
    "previous_document",
    "travel_document_shown",
    "eurodac_reference",
    "cnp",
    "language",
    "address",
    "centre",
    "representative",
    "unaccompanied",
    "procedure",
    "note",
)

OPTIONAL = ("applied_on", "applied_at", "phone")
"""Columns that a file may leave out: when and where the application was made that a certificate registers (E22), and
where the holder is called."""

WHAT_TO_DO = "what_to_do"
"""The column in which the register gives refused lines back; brought again, it says nothing."""


@dataclass(frozen=True)
class LineError:
    """What is wrong with one line of the file (the header is line 1)."""

    line: int
    case_reference: str
    error: LimanError


class ImportRefused(LimanError):
    """The file was not imported, not even in part; `lines` say why, line by line."""

    code = "import_refused"

    def __init__(self, lines: list[LineError]) -> None:
        super().__init__(
            "Nothing was imported: %(count)s lines are wrong. Correct them and import the file again.", count=len(lines)
        )
        self.lines = sorted(lines, key=lambda item: item.line)


@dataclass(frozen=True)
class File:
    """The lines of a file that can be read, by their numbers, and what is wrong with the others."""

    lines: list[tuple[int, Lodging]]
    wrong: list[LineError]


def rows(data: bytes) -> list[sheet.Row]:
    """The rows of a CSV file of case handling; InvalidInput for the file as a whole.

    A row whose case reference stands above it is wrong.
    """
    found, seen = sheet.read(data, COLUMNS, (*OPTIONAL, WHAT_TO_DO)), dict[str, int]()
    return [row if row.wrong else _first(row, seen) for row in found]


def _first(row: sheet.Row, seen: dict[str, int]) -> sheet.Row:
    """The row; `seen` are the case references above it, with their lines."""
    reference = reference_of(row.cells)
    first = seen.setdefault(reference, row.line) if reference else row.line
    if first == row.line:
        return row
    wrong = InvalidInput("case_reference", "The same case reference stands in line %(first)s.", first=first)
    return sheet.Row(row.line, row.cells, wrong)


def reference_of(cells: dict[str, str]) -> str:
    """Case handling's reference as the register keeps it; empty for one that is none."""
    try:
        return fields.read("case_reference", cells.get("case_reference", ""))
    except LimanError:
        return ""


def read_rows(found: Iterable[sheet.Row]) -> File:
    """Every row, checked by itself."""
    lines: list[tuple[int, Lodging]] = []
    wrong: list[LineError] = []
    for row in found:
        try:
            lines.append((row.line, _lodging(row)))
        except LimanError as error:
            wrong.append(LineError(row.line, row.cells.get("case_reference", "")[: fields.MAX_NUMBER], error))
    return File(lines, wrong)


def read_lines(data: bytes) -> File:
    """Every line of a CSV file, checked by itself. InvalidInput for the file as a whole."""
    return read_rows(rows(data))


def read_file(data: bytes) -> list[tuple[int, Lodging]]:
    """The lines of a file that has no wrong one. InvalidInput for the file, ImportRefused for its lines."""
    file = read_lines(data)
    if file.wrong:
        raise ImportRefused(file.wrong)
    return file.lines


def _lodging(row: sheet.Row) -> Lodging:
    if row.wrong:
        raise row.wrong
    return lodging_of(row.cells)


def lodging_of(row: dict[str, str]) -> Lodging:
    """One row as a lodging, every field checked by itself; InvalidInput names the column."""
    values: dict[str, Any] = {column: CHECKS.get(column, fields.read)(column, row[column]) for column in COLUMNS}
    values |= {column: CHECKS[column](column, row[column]) for column in OPTIONAL if row.get(column, "").strip()}
    values["travel_document"] = values.pop("travel_document_shown")
    if not row["case_reference"].strip():
        raise InvalidInput("case_reference", "Every line needs case handling's reference.")
    person = {column: values.pop(column) for column in PERSON_COLUMNS}
    person["nationality"], *others = person["nationality"]
    vulnerable = request_words().is_vulnerable(row["note"])
    identity = Identity(**person, other_nationalities=" ".join(others), vulnerable=vulnerable)
    return Lodging(identity, **values, source="case_handling")


# One check a column: what it returns goes into the lodging.


def _birth_date(column: str, text: str) -> str:
    try:
        return str(PartialDate.parse(text.strip().upper()))
    except ValueError as error:
        raise InvalidInput(column, "This is not a date of the form YYYY-MM-DD, with XX where unknown.") from error


def _choice(*choices: str) -> Callable[[str, str], str]:
    def check(column: str, text: str) -> str:
        if text.strip() not in choices:
            raise InvalidInput(column, "This must be one of %(choices)s.", choices=", ".join(choices))
        return text.strip()

    return check


def _nationalities(column: str, text: str) -> tuple[str, ...]:
    """One or more codes with spaces between them; the first is that of the zone and the seal."""
    codes = tuple(dict.fromkeys(text.split()))
    if not codes or not set(codes) <= set(NATIONALITIES) or len(codes) > MOST_NATIONALITIES:
        raise InvalidInput(
            column,
            "Write one ICAO code of a nationality, such as SYR or XXA (Doc 9303-3, section 5), or up to %(most)s with"
            " spaces between them.",
            most=MOST_NATIONALITIES,
        )
    return codes


def _language(column: str, text: str) -> str:
    if not re.fullmatch("[a-z]{2,3}", text.strip()):
        raise InvalidInput(column, "This is no language code, such as ar or uk (ISO 639).")
    return text.strip()


def _yes(column: str, text: str) -> bool:
    """Whether the column says yes; empty is no."""
    return _choice("yes", "no", "")(column, text) == "yes"


def _code(column: str, text: str) -> str:
    return names.check_text(column, text, max_length=fields.MAX_NUMBER)


CHECKS: dict[str, Callable[[str, str], object]] = {
    "family_name": names.check_name,
    "document_type": _code,
    "kind": _code,
    "centre": _code,
    "birth_date": _birth_date,
    "decision_date": check_day,
    "applied_on": check_day,
    "applied_at": _choice(*PLACES),
    "phone": contacts.phone,
    "nationality": _nationalities,
    "language": _language,
    "travel_document_shown": travel_documents.read,
    "unaccompanied": _yes,
    "sex": _choice(*SEXES),
    "status": _choice(*STATUSES),
    "procedure": _choice(*PROCEDURES),
}
PERSON_COLUMNS = tuple(each.name for each in fields_of(Identity) if each.name in COLUMNS)
assert set(COLUMNS) - {"travel_document_shown"} <= {
    each.name for kind in (Lodging, Identity) for each in fields_of(kind)
}
