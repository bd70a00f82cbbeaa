"""E-mail addresses: one spelling for each, so that one person has one account."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

from issuance.errors import InvalidInput

LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3, less the two brackets)."""


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
