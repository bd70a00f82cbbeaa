"""Text as people type it, in one form."""

from __future__ import annotations

import unicodedata

MOST_MARKS = 30
"""Of marks on one letter, as the Unicode Stream-Safe Text Format has it: more of them take quadratic time to order."""


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
