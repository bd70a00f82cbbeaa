"""What is typed, imported or searched, one type a field: each door reads a field by `read`, so all keep the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from issuance.errors import InvalidInput
from issuance.values import contacts, names
from issuance.values.cnp import check_cnp
from printing.errors import shown

MAX_NUMBER = 40
OF_ANOTHER_REGISTER = "LEGACY:"
"""How case handling marks the number of a document that was issued before this register."""

_NOT_IN_NUMBERS = re.compile("[^A-Z0-9/.-]")


def read(field: str, text: str) -> str:
    """The text of a field as it is kept; empty for an empty one. InvalidInput names the field and what to do."""
    return TYPES[field](field, text) if text.strip() else ""


def compact(text: str) -> str:
    """A number as it is kept and compared: capitals without spaces, whatever their width."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def number(field: str, text: str) -> str:
    """A number of a document, case or register: A-Z, digits, `/ . -`, at most 40 characters."""
    found = compact(names.check_text(field, text, max_length=MAX_NUMBER))
    if odd := _NOT_IN_NUMBERS.search(found):
        raise InvalidInput(
            field, "A number has the letters A-Z, digits and / . - only: type %(code)s again.", code=shown(odd[0])
        )
    return found


def document_number(field: str, text: str) -> str:
    """The number of a document, of this register or of another."""
    return number(
        field, compact(names.check_text(field, text, max_length=MAX_NUMBER)).removeprefix(OF_ANOTHER_REGISTER)
    )


def representative(field: str, text: str) -> str:
    """`Ionescu Maria (guardian)`, in one spelling."""
    name, relation = names.split_representative(names.check_text(field, text))
    return f"{name} ({relation})"


def _decision_number(field: str, text: str) -> str:
    return names.check_text(field, text, max_length=MAX_NUMBER)


TYPES: dict[str, Callable[[str, str], str]] = {
    "family_name": names.check_name,
    "given_names": names.check_name,
    "native_name": names.check_name,
    "birth_place": names.check_text,
    "address": names.check_text,
    "phone": contacts.phone,
    "note": names.check_text,
    "beside_reason": names.check_text,
    "travel_document_shown": names.check_text,
    "representative": representative,
    "decision_number": _decision_number,
    "case_reference": number,
    "eurodac_reference": number,
    "previous_document": document_number,
    "cnp": lambda _field, text: check_cnp(text),
}
"""The type of every field that is a line of text."""
