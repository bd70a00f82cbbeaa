"""The lines of a file of documents of before: read one by one, every field checked by itself, nothing asked here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from issuance import document_types
from issuance.document_types.registry import NUMBER_LENGTH
from issuance.errors import InvalidInput
from issuance.services.imports import reading, sheet
from issuance.services.imports.sheet import Row
from issuance.services.persons.identity import Identity
from issuance.values import fields
from issuance.values.calendar import check_birth_date, check_day, check_past
from issuance.values.codes import one_of
from printing.lists.status_list import place

COLUMNS = (
    *("number", "document_type", "issue_date", "expiry_date", "state", "ended_on", "centre"),
    *("family_name", "given_names", "native_name", "birth_date", "birth_place", "sex", "nationality", "status"),
)
OPTIONAL = ("language", "cnp", "eurodac_reference", reading.WHAT_TO_DO)
MOST_NUMBER = 15
"""Letters and digits of a document's number (Doc 9303-3)."""


class State(StrEnum):
    """What a document of before is, as its file says."""

    VALID = "valid"
    LOST = "lost"
    STOLEN = "stolen"
    ENDED = "ended"


@dataclass(frozen=True)
class Entry:
    """One document of before: whose, and what is printed on it; `ended_on` when it is not valid any more."""

    number: str
    document_type: str
    issue_date: dt.date
    expiry_date: dt.date | None
    state: State
    ended_on: dt.date | None
    centre: str
    identity: Identity

    @property
    def previous_document(self) -> str:
        """No line names an earlier one: each document of before has a line of its own."""
        return ""


MOST_BYTES = 64_000_000
"""A file of some 300,000 documents."""


def rows(data: bytes) -> Iterator[Row]:
    """The rows of a file, one after the other; one whose number stands above it is wrong. InvalidInput for the file."""
    seen: dict[str, int] = {}
    for row in sheet.stream(data, COLUMNS, OPTIONAL, most=MOST_BYTES):
        number = fields.compact(row.cells.get("number", ""))
        first = seen.setdefault(number, row.line) if number else row.line
        if first == row.line or row.wrong:
            yield row
        else:
            wrong = InvalidInput("number", "The same number stands in line %(first)s.", first=first)
            yield replace(row, wrong=wrong)


def read(row: Row, today: dt.date) -> Entry:
    """One row as an entry; InvalidInput names the column."""
    if row.wrong:
        raise row.wrong
    cells = row.cells
    kind = document_types.get(cells["document_type"].strip())
    state = one_of("state", cells["state"].strip(), State)
    issued, last, ended = (_day(cells, name, today) for name in ("issue_date", "expiry_date", "ended_on"))
    if issued is None:
        raise InvalidInput("issue_date", "Write the day of issue as YYYY-MM-DD.")
    _check_days(issued, last, ended, is_valid=state is State.VALID)
    if last is None and kind.rules[-1].validity.period != "open":
        raise InvalidInput("expiry_date", "Write the last day that is printed, as YYYY-MM-DD.")
    centre = cells["centre"].strip()
    return Entry(_number(cells["number"]), kind.code, issued, last, state, ended, centre, _identity(cells, today))


def read_again(cells: dict[str, str], today: dt.date) -> Entry:
    """What a line says that waited."""
    return read(Row(0, cells), today)


def _day(cells: dict[str, str], name: str, today: dt.date) -> dt.date | None:
    day = check_day(name, cells[name])
    if day is not None and name != "expiry_date":
        check_past(name, day, today)
    return day


def _check_days(issued: dt.date, last: dt.date | None, ended: dt.date | None, *, is_valid: bool) -> None:
    if last is not None and last < issued:
        raise InvalidInput("expiry_date", "The last day is before the day of issue. Correct one of them.")
    if is_valid != (ended is None):
        raise InvalidInput("ended_on", "Write the day on which it ended, exactly when it is not valid any more.")
    if ended is not None and ended < issued:
        raise InvalidInput("ended_on", "It ended before its day of issue. Correct one of them.")


def _number(text: str) -> str:
    """A number that lists and documents can carry, and that this register never gives out."""
    found = fields.read("previous_document", text)
    if not found.isalnum() or len(found) > MOST_NUMBER or place(found) is None:
        raise InvalidInput(
            "number", "A number has at most 15 letters and digits and ends in six digits, or no list could say it."
        )
    if any(_is_ours(found, kind.number_prefix) for kind in document_types.load().values()):
        raise InvalidInput("number", "This is a number that this register itself gives out. Read it again.")
    return found


def _is_ours(number: str, prefix: str) -> bool:
    return len(number) == NUMBER_LENGTH and number.startswith(prefix) and number[len(prefix) :].isdigit()


NAMES = ("family_name", "given_names", "native_name", "birth_place", "sex", "status", "language")
CHECKS: dict[str, Callable[[str, str], object]] = {name: reading.CHECKS.get(name, fields.read) for name in NAMES}


def _identity(cells: dict[str, str], today: dt.date) -> Identity:
    said: dict[str, Any] = {name: CHECKS[name](name, cells[name]) for name in NAMES if cells.get(name, "").strip()}
    for name in ("family_name", "sex", "status"):
        if name not in said:
            raise InvalidInput(name, "Every line says this of the person. Write it.")
    nationalities = reading.CHECKS["nationality"]("nationality", cells["nationality"])
    assert isinstance(nationalities, tuple)
    numbers: dict[str, Any] = {name: fields.read(name, cells.get(name, "")) for name in ("cnp", "eurodac_reference")}
    identity = Identity(
        birth_date=check_birth_date(cells["birth_date"].upper(), today),
        nationality=nationalities[0],
        other_nationalities=" ".join(nationalities[1:]),
        **said,
        **numbers,
    )
    _ = identity.latin, identity.checked_cnp  # refused for a script without a table, and for a number that is none
    return identity
