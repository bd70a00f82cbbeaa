"""Every coded word once."""

from __future__ import annotations

from typing import TypeVar

from issuance.errors import InvalidInput

Choice = TypeVar("Choice", bound=str)


def one_of(field: str, value: str, choices: tuple[Choice, ...]) -> Choice:
    """`value` as one of `choices`; InvalidInput names the field and what can be chosen."""
    for choice in choices:
        if value == choice:
            return choice
    raise InvalidInput(field, "Choose one of %(choices)s.", choices=", ".join(choices))
