"""Case handling's file: checked line by line, lodged all or nothing or line by line; twice changes nothing.

A line that is only similar to a known person waits until somebody decided who it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, LimanError
from issuance.law.registration import PLACES
from issuance.law.requests import request_words
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import sheet
from issuance.services.casework.lodging import Lodging, lodge
from issuance.services.persons import keys, people
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

BATCH = 20


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


class Undecided(Conflict):
    """Persons alike are in the register, and nobody said yet whether one of them is meant."""

    def __init__(self, alike: Iterable[UUID]) -> None:
        super().__init__(
            "Somebody alike is in the register: decide on the page for case handling's file whether it is the same"
            " person.",
            field="family_name",
        )
        self.alike = frozenset(alike)


@dataclass(frozen=True)
class Decision:
    """What a person decided on a line: who of the persons `shown` it is; `chosen` is None for nobody of them."""

    chosen: UUID | None
    shown: frozenset[UUID]


@dataclass(frozen=True)
class File:
    """The lines of a file that can be read, by their numbers, and what is wrong with the others."""

    lines: list[tuple[int, Lodging]]
    wrong: list[LineError]

    def batches(self) -> Iterator[File]:
        """The file in parts that an act lodges within about a second, so that nobody else waits longer."""
        for start in range(0, len(self.lines), BATCH):
            yield File(self.lines[start : start + BATCH], [])


@dataclass
class Imported:
    """How many requests were lodged now, how many the register already had, and which lines were not lodged."""

    lodged: int = 0
    known: int = 0
    wrong: list[LineError] = field(default_factory=list)

    def __iadd__(self, more: Imported) -> Imported:
        """Together with what became of other lines."""
        self.lodged, self.known = self.lodged + more.lodged, self.known + more.known
        self.wrong = [*self.wrong, *more.wrong]
        return self


def read_lines(data: bytes) -> File:
    """Every line of a CSV file, checked by itself. InvalidInput for the file as a whole."""
    lines: list[tuple[int, Lodging]] = []
    wrong: list[LineError] = []
    seen: dict[str, int] = {}
    for row in sheet.read(data, COLUMNS, OPTIONAL):
        try:
            lodging = _lodging(row, seen)
            lines.append((row.line, lodging))
        except LimanError as error:
            wrong.append(LineError(row.line, row.cells.get("case_reference", "")[: fields.MAX_NUMBER], error))
    return File(lines, wrong)


def read_file(data: bytes) -> list[tuple[int, Lodging]]:
    """The lines of a file that has no wrong one. InvalidInput for the file, ImportRefused for its lines."""
    file = read_lines(data)
    if file.wrong:
        raise ImportRefused(file.wrong)
    return file.lines


def import_requests(act: Act, lodgings: list[tuple[int, Lodging]]) -> Imported:
    """Lodge what the register does not have yet, all or nothing (ImportRefused), in the caller's transaction."""
    done = import_lines(act, File(lodgings, []))
    if done.wrong:
        raise ImportRefused(done.wrong)
    return done


def import_lines(act: Act, file: File, decided: Mapping[int, Decision] | None = None) -> Imported:
    """Lodge each good line that the register does not have yet, and say what is wrong with the others."""
    done = Imported(wrong=list(file.wrong))
    known = _known(act, [lodging.case_reference for _, lodging in file.lines])
    for line, lodging in file.lines:
        if lodging.case_reference in known:
            done.known += 1
            continue
        try:
            with act.session.begin_nested():
                lodge_line(act, lodging, (decided or {}).get(line))
            done.lodged += 1
        except LimanError as error:
            done.wrong.append(LineError(line, lodging.case_reference, error))
    done.wrong.sort(key=lambda item: item.line)
    return done


def _known(look: Look, references: list[str]) -> set[str]:
    """Which of case handling's references the register has; releases before kept small letters."""
    found: set[str] = set()
    for start in range(0, len(references), BATCH):
        asked = references[start : start + BATCH]
        spelt = {*asked, *(each.lower() for each in asked)}
        query = select(IssuanceRequest.case_reference).where(IssuanceRequest.case_reference.in_(spelt))
        found |= {fields.compact(each or "") for each in look.session.scalars(query)}
    return found


def lodge_line(act: Act, lodging: Lodging, decision: Decision | None = None) -> None:
    """Lodge one line, for the person it certainly means, or as decided. Undecided while somebody alike was not."""
    chosen = _person(act, lodging, decision)
    others = decision.shown if decision and chosen is None else frozenset[UUID]()
    lodge(act, replace(lodging, person_id=chosen, others=others))


def _person(look: Look, lodging: Lodging, decision: Decision | None) -> UUID | None:
    identity, earlier = lodging.identity, lodging.previous_document
    if person := keys.meant(look, identity, earlier):
        return person.id
    alike = {each.id: each for each in (*keys.numbered(look, identity, earlier), *people.similar(look, identity))}
    if decision and decision.chosen in alike:
        return decision.chosen
    if alike and not (decision and decision.chosen is None and alike.keys() <= decision.shown):
        raise Undecided(alike)
    return None


def _lodging(row: sheet.Row, seen: dict[str, int]) -> Lodging:
    """The lodging of a row; `seen` are the case references above it, with their lines."""
    if row.wrong:
        raise row.wrong
    lodging = lodging_of(row.cells)
    first = seen.setdefault(lodging.case_reference, row.line)
    if first != row.line:
        raise InvalidInput("case_reference", "The same case reference stands in line %(first)s.", first=first)
    return lodging


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
