"""What an answer carries to the next question without showing it: encrypted, and good for a quarter of an hour."""

from __future__ import annotations

from issuance.web.boxed import boxed, unboxed

PURPOSE = "carried"
SECONDS = 15 * 60


def carry(reference: str, birth_date: str) -> str:
    """What the holder knows, for a hidden field of the answer: a page says no birth date."""
    return boxed(PURPOSE, f"{reference} {birth_date}".encode())


def carried(token: str) -> tuple[str, str] | None:
    """Reference and birth date; None when they were carried too long, or are not ours."""
    plain = unboxed(PURPOSE, token, SECONDS)
    if plain is None:
        return None
    reference, _, birth_date = plain.decode().rpartition(" ")  # people type spaces within a reference
    return reference, birth_date
