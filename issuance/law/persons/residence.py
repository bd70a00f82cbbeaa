"""The terms of a change of residence (docs/law.md, E11): dated data in `residence.toml`."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Literal

from pydantic import Field

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import Sourced, read

Term = Literal["review", "otherwise"]
"""By which term a move is told: while a review of the person's protection is open, or not."""


class Days(Sourced):
    """So many calendar days after a day that is not counted itself."""

    days: int

    def after(self, day: dt.date) -> dt.date:
        """The last day of the term that began on `day`."""
        return day + dt.timedelta(days=self.days)


class ResidenceRules(Value):
    """The terms of one block: of a move, of a document that prints the former address, of a housing that ends."""

    from_date: dt.date = Field(alias="from")
    review: Days
    otherwise: Days
    replacement: Days
    leaving: Days

    def of(self, term: Term) -> Days:
        """The term by which a move is told."""
        return self.review if term == "review" else self.otherwise


class Late(Value):
    """Why a move was told late."""

    code: str
    title: Localised


@cache
def residence_rules() -> tuple[ResidenceRules, ...]:
    """All blocks, oldest first; read once."""
    found = map(ResidenceRules.model_validate, read("persons/residence.toml")["rules"])
    return tuple(sorted(found, key=lambda block: block.from_date))


def residence_rules_on(day: dt.date) -> ResidenceRules:
    """The block in force on this day; of an earlier day the first one."""
    known = [block for block in residence_rules() if block.from_date <= day]
    return known[-1] if known else residence_rules()[0]


@cache
def late_reasons() -> dict[str, Localised]:
    """Why a move was told late, by code."""
    return {late.code: late.title for late in map(Late.model_validate, read("persons/residence.toml")["late"])}


@cache
def reported() -> tuple[str, ...]:
    """How the office can have come to know of a residence."""
    return tuple(read("persons/residence.toml")["reported"])


@cache
def typed() -> tuple[str, ...]:
    """How a person tells it, of those: what a desk may choose."""
    return tuple(read("persons/residence.toml")["typed"])


@cache
def printed_by() -> frozenset[str]:
    """The document types whose face says the address."""
    return frozenset(read("persons/residence.toml")["printed_by"])
