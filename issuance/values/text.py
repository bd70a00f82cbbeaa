"""Text as people type it, in one form."""

from __future__ import annotations

import unicodedata

MOST_MARKS = 30
"""Of marks on one letter, as the Unicode Stream-Safe Text Format has it: more of them take quadratic time to order."""

LONGEST_ADDRESS = 320
"""Characters of an e-mail address (RFC 5321)."""


def composed(text: str) -> str | None:
    """The text in Unicode form C, in linear time; None when a letter has more marks than any script writes."""
    if text.isascii():
        return text
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MOST_MARKS:
            return None
    return unicodedata.normalize("NFC", text)


def mail_key(text: str) -> str:
    """One spelling of an e-mail address for all that mean the same: compatibility forms, case, spaces, invisible marks.

    By it tries are counted; it need not be an address of anybody. Empty for what is longer than an address can be.
    """
    if len(text.strip()) > LONGEST_ADDRESS:
        return ""
    plain = unicodedata.normalize("NFKC", text.strip())
    return "".join(char for char in plain if not char.isspace() and unicodedata.category(char)[0] != "C").casefold()
