"""Who is vulnerable, how that is noticed, what it calls for (docs/law.md, E25): `care.toml`.

The codes are stored: one may be added, none is taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from issuance.document_types.values import Localised
from issuance.law.blocks import Sourced, read

AHEAD, NO_PUBLIC_PLACE, OTHER = "ahead", "no_public_place", "other"
FLAGGED = "flagged"
"""The category of who was marked as vulnerable, and nobody said why."""


class Coded(Sourced):
    """A code that is stored, and its title."""

    code: str = Field(pattern=r"^[a-z_]+$")
    title: Localised


class Category(Coded):
    """As what somebody is vulnerable; `needs` are those that are proposed with it.

    `leaves_accelerated`: the officer is warned when the accelerated procedure is followed. One that is not `offered`
    is kept by the machine alone.
    """

    needs: tuple[str, ...]
    leaves_accelerated: bool = False
    offered: bool = True


class Recipient(Coded):
    """Whom somebody is referred to."""


class Warned(Sourced):
    """What an officer is told of the accelerated procedure."""

    text: Localised


class Care(Sourced):
    """Everything of `care.toml`."""

    categories: tuple[Category, ...]
    indicators: tuple[Coded, ...]
    needs: tuple[Coded, ...]
    recipients: tuple[Recipient, ...]
    accelerated: Warned

    @model_validator(mode="after")
    def _check_needs(self) -> Care:
        known = {need.code for need in self.needs}
        for category in self.categories:
            if set(category.needs) - known:
                raise ValueError(f"{category.code} proposes a need that is none")
        return self


@cache
def care() -> Care:
    """What is in force; read once."""
    return Care.model_validate(read("persons/care.toml"))


@cache
def categories() -> dict[str, Category]:
    """Every category by its code."""
    return {category.code: category for category in care().categories}


def offered() -> dict[str, Category]:
    """The categories that somebody can note."""
    return {code: category for code, category in categories().items() if category.offered}


@cache
def indicators() -> dict[str, Coded]:
    """By what it is noticed, by code."""
    return {indicator.code: indicator for indicator in care().indicators}


@cache
def needs() -> dict[str, Coded]:
    """Every need by its code, in the order in which it is said."""
    return {need.code: need for need in care().needs}


@cache
def recipients() -> dict[str, Recipient]:
    """Whom somebody is referred to, by code."""
    return {recipient.code: recipient for recipient in care().recipients}


Kind = Literal["category", "indicator", "need", "recipient"]


def title(kind: Kind, code: str, language: str) -> str:
    """The title of a code in `ro` or `en`; the code itself when a later release no longer knows it."""
    known: dict[str, Mapping[str, Coded]] = {
        "category": categories(),
        "indicator": indicators(),
        "need": needs(),
        "recipient": recipients(),
    }
    found = known[kind].get(code)
    return found.title.text(language) if found else code
