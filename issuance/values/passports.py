"""What the machine readable zone of a passport or card says of its holder, as the fields of a lodging."""

from __future__ import annotations

import datetime as dt

from issuance.errors import InvalidInput
from issuance.values.travel_documents import TravelDocument
from printing.mrz import Mrz, MrzError
from printing.mrz.zone import LINE_SIZES


def fields_of(text: str, today: dt.date) -> dict[str, str]:
    """Field -> value of a zone that was scanned or typed, with or without its line breaks.

    InvalidInput (`passport_mrz`) for what is no zone, or does not add up: one letter was read wrong.
    """
    compact = "".join(text.split()).upper()
    width = next((width for lines, width in LINE_SIZES.values() if lines * width == len(compact)), 0)
    if not width:
        raise InvalidInput(
            "passport_mrz",
            "This is no whole machine readable zone: two lines of 44 or 36 characters, or three of 30. Scan it again.",
        )
    try:
        zone = Mrz.parse([compact[at : at + width] for at in range(0, len(compact), width)])
    except MrzError as error:
        raise InvalidInput(
            "passport_mrz", "This zone does not add up: one character was read wrong. Scan or type it again."
        ) from error
    return _fields(zone, today)


def _fields(zone: Mrz, today: dt.date) -> dict[str, str]:
    kind = TravelDocument.PASSPORT if zone.document_code.startswith("P") else TravelDocument.IDENTITY_CARD
    names = [zone.primary_identifier, zone.secondary_identifier]
    family, given = names if names[0] else (names[1], "")
    day, month = (zone.birth_date[at : at + 2].replace("<<", "") for at in (4, 2))
    values = {
        "family_name": family.title(),
        "given_names": given.title(),
        "birth_date-day": day,
        "birth_date-month": month,
        "birth_date-year": _year(zone.birth_date, today),
        "sex": zone.sex if zone.sex in ("M", "F") else "",
        "nationality": zone.nationality,
        "travel_document_shown": kind,
        "travel_document_number": zone.document_number,
        "travel_document_state": zone.issuing_state,
    }
    return {name: value for name, value in values.items() if value}


def _year(birth_date: str, today: dt.date) -> str:
    """The century in which somebody alive today can be born; empty for an unknown year."""
    two = birth_date[:2]
    if not two.isdigit():
        return ""
    year = today.year - today.year % 100 + int(two)
    return str(year if year <= today.year else year - 100)
