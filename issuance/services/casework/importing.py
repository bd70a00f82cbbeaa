"""Case handling's file: read, checked line by line, and lodged all or nothing; importing twice changes nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select

from issuance.acts import Act
from issuance.errors import InvalidInput, LimanError
from issuance.law.requests import request_words
from issuance.models.requests import IssuanceRequest
from issuance.services.casework.lodging import Lodging, lodge
from issuance.services.persons.identity import Identity
from issuance.values import names
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
MOST_BYTES = 20_000_000
MOST_FIELD = 1_000


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
        self.lines = lines


@dataclass(frozen=True)
class Imported:
    """How many requests were lodged now, and how many the register already had."""

    lodged: int
    known: int


def read_file(data: bytes) -> list[tuple[int, Lodging]]:
    """The lodgings of a CSV file with their line numbers. InvalidInput for the file, ImportRefused for its lines."""
    rows = list(_rows(_text(data)))
    lodgings: list[tuple[int, Lodging]] = []
    wrong: list[LineError] = []
    for line, row in rows:
        try:
            lodgings.append((line, lodging_of(row)))
        except LimanError as error:
            wrong.append(LineError(line, row["case_reference"], error))
    _refuse(wrong + _repeated(lodgings))
    return lodgings


def import_requests(act: Act, lodgings: list[tuple[int, Lodging]]) -> Imported:
    """Lodge what the register does not have yet, all or nothing, in the caller's transaction."""
    known = set(act.session.scalars(select(IssuanceRequest.case_reference)))
    fresh = [(line, lodging) for line, lodging in lodgings if lodging.case_reference not in known]
    wrong: list[LineError] = []
    for line, lodging in fresh:
        try:
            with act.session.begin_nested():
                lodge(act, lodging)
        except LimanError as error:
            wrong.append(LineError(line, lodging.case_reference, error))
    _refuse(wrong)
    return Imported(lodged=len(fresh), known=len(lodgings) - len(fresh))


def lodging_of(row: dict[str, str]) -> Lodging:
    """One row as a lodging, every field checked by itself; InvalidInput names the column."""
    values: dict[str, Any] = {column: CHECKS.get(column, _plain)(column, row[column]) for column in COLUMNS}
    if not row["case_reference"].strip():
        raise InvalidInput("case_reference", "Every line needs case handling's reference.")
    person = {column: values.pop(column) for column in PERSON_COLUMNS}
    vulnerable = request_words().is_vulnerable(row["note"])
    return Lodging(Identity(**person, vulnerable=vulnerable), **values, source="case_handling")


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise InvalidInput("file", "The file is larger than 20 MB. Split it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "file",
            "The file is not UTF-8 (byte %(position)s). Export it from case handling again as UTF-8.",
            position=error.start,
        ) from error


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by line number; InvalidInput for a wrong header or a row of another width."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_header([name.strip() for name in header])
        for cells in reader:
            if cells:
                yield reader.line_num, _row(reader.line_num, [name.strip() for name in header], cells)
    except csv.Error as error:
        raise InvalidInput(
            "file", "Line %(line)s is not CSV: %(problem)s.", line=reader.line_num, problem=error
        ) from error


def _check_header(header: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown or len(header) != len(COLUMNS):
        raise InvalidInput(
            "file",
            "The first line must name the columns. Missing: %(missing)s. Unknown: %(unknown)s.",
            missing=", ".join(missing) or "-",
            unknown=", ".join(name[:40] for name in unknown[:10]) or "-",
        )


def _row(line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise InvalidInput(
            "file",
            "Line %(line)s has %(found)s fields, %(expected)s are expected. A comma inside a field needs quotes.",
            line=line,
            found=len(cells),
            expected=len(header),
        )
    return dict(zip(header, cells, strict=True))


def _repeated(lodgings: list[tuple[int, Lodging]]) -> list[LineError]:
    seen: dict[str, int] = {}
    wrong: list[LineError] = []
    for line, lodging in lodgings:
        first = seen.setdefault(lodging.case_reference, line)
        if first != line:
            error = InvalidInput("case_reference", "The same case reference stands in line %(first)s.", first=first)
            wrong.append(LineError(line, lodging.case_reference, error))
    return wrong


def _refuse(wrong: list[LineError]) -> None:
    if wrong:
        raise ImportRefused(sorted(wrong, key=lambda item: item.line))


# One check a column: what it returns goes into the lodging.


def _plain(column: str, text: str) -> str:
    return names.check_text(column, text, max_length=MOST_FIELD)


def _date(column: str, text: str) -> dt.date | None:
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput(column, "This is not a date of the form YYYY-MM-DD.") from error


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


def _nationality(column: str, text: str) -> str:
    if text.strip() not in NATIONALITIES:
        raise InvalidInput(column, "This is no ICAO code of a nationality, such as SYR or XXA (Doc 9303-3, section 5).")
    return text.strip()


def _language(column: str, text: str) -> str:
    if not re.fullmatch("[a-z]{2,3}", text.strip()):
        raise InvalidInput(column, "This is no language code, such as ar or uk (ISO 639).")
    return text.strip()


def _yes(column: str, text: str) -> bool:
    """Whether the column says yes; empty is no."""
    return _choice("yes", "no", "")(column, text) == "yes"


def _name(column: str, text: str) -> str:
    return names.check_name(column, text, required=column == "family_name")


CHECKS: dict[str, Callable[[str, str], object]] = {
    "family_name": _name,
    "given_names": _name,
    "native_name": _name,
    "birth_date": _birth_date,
    "decision_date": _date,
    "nationality": _nationality,
    "language": _language,
    "unaccompanied": _yes,
    "sex": _choice(*SEXES),
    "status": _choice(*STATUSES),
    "procedure": _choice(*PROCEDURES),
}
PERSON_COLUMNS = tuple(field.name for field in fields(Identity) if field.name in COLUMNS)
assert set(COLUMNS) <= {field.name for kind in (Lodging, Identity) for field in fields(kind)}
