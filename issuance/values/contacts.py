"""E-mail addresses and telephone numbers: one spelling for each, so that one is found however it was typed."""

from __future__ import annotations

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from issuance.errors import InvalidInput

LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3, less the two brackets)."""

MOST_DIGITS = 15
"""Of a telephone number with its country code (ITU-T E.164, 6.2.1)."""

LEAST_DIGITS = 7
ROMANIA = "+40"
_BETWEEN = re.compile(r"[\s().\-/\u2010-\u2015\u00ad\u200e\u200f]+")


def email(typed: str) -> str:
    """The one spelling of an address: trimmed, without capitals, in Unicode form C; its domain may be international.

    InvalidInput for what is no address.
    """
    text = typed[: 2 * LONGEST].strip()
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidInput("email", "This is no e-mail address. Write it as name@office.example.") from error
    return folded(found.normalized)


def folded(text: str) -> str:
    """What two spellings of one address have in common; also of what is no address, which is then not found."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())


def phone(field: str, typed: str) -> str:
    """A telephone number, in digits of any script, as it is kept: `+40722123456`.

    Without a country code it is Romanian; `00` is `+`. InvalidInput for what is none.
    """
    text = "".join(str(unicodedata.digit(each, each)) for each in _BETWEEN.sub("", unicodedata.normalize("NFC", typed)))
    if not re.fullmatch(r"\+?\d+", text, re.ASCII) or "+0" in text:
        raise _no_phone(field)
    number = "+" + text[2:] if text.startswith("00") else ROMANIA + text[1:] if text.startswith("0") else text
    if not number.startswith("+") or not LEAST_DIGITS < len(number) <= MOST_DIGITS + 1:
        raise _no_phone(field)
    return number


def _no_phone(field: str) -> InvalidInput:
    return InvalidInput(
        field, "This is no telephone number. Write it as 0722 123 456, or with its country code, as +963 944 123 456."
    )
