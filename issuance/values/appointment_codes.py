"""Codes of appointments and tickets: as references are, and shorter, so that a scanner tells one from the other."""

from __future__ import annotations

from issuance.values import references

LENGTH = 8


def new_code() -> str:
    """A fresh code, nine characters without grouping."""
    return references.new_reference(LENGTH)


def normalise(text: str) -> str | None:
    """The stored form of a typed or scanned code; None when it cannot be one."""
    return references.normalise(text, LENGTH)


def grouped(code: str) -> str:
    """The form for people: `ABC-DEF-GHJ`."""
    return "-".join((code[:3], code[3:6], code[6:]))
