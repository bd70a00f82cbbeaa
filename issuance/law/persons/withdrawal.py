"""How refugee status and subsidiary protection are reviewed (docs/law.md, E8, E9, E23): `withdrawal.toml`.

Grounds are codes, so without a date; terms have the day from which they apply.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from issuance.document_types.values import Localised, Value
from issuance.errors import InvalidInput
from issuance.law.blocks import DatedBlock, Sourced, in_force, oldest_first, read
from issuance.law.persons.rights import Said, places
from issuance.values.calendar import add_working_days, is_working_day

Status = Literal["refugee", "subsidiary"]
REVIEWED: tuple[Status, ...] = get_args(Status)
"""The statuses that are reviewed."""

Kind = Literal["cessation", "cancellation"]
Step = Literal["notice", "preparation", "hearing", "decision", "communication", "appeal"]
Procedure = Literal["regular", "accelerated"]
PROCEDURES: tuple[Procedure, ...] = get_args(Procedure)


Code = Annotated[str, Field(pattern=r"^\d+-[a-z0-9]+$")]
"""Article and letter, as it is stored."""


class Ground(Value):
    """Why a status may cease or be cancelled, in words that stand on papers. Its article is that of its code.

    `excludes` is the article of the exclusion letters that are said with it; `exception`: compelling reasons may stand
    against it; `renounces`: it has no effect before its consequences were explained (E23).
    """

    code: Code
    title: Said
    status: Status
    kind: Kind
    excludes: str = ""
    exception: bool = False
    renounces: bool = False
    assumptions: tuple[Localised, ...] = ()

    def article(self, language: str) -> str:
        """Its place in the law, as it is written in the language."""
        article, _, letter = self.code.partition("-")
        return places((f"law {article}({letter})" if letter.isalpha() else f"law {article}",), language)

    def in_(self, language: str) -> str:
        """The ground with its article in one of the languages of papers."""
        return f"{self.article(language)}: {self.title.in_(language)}"


class Exclusion(Sourced):
    """A letter of the exclusion clauses: restricted detail, in the languages of the office."""

    code: Code
    title: Localised
    article: str


class Compelling(Sourced):
    """The exception of compelling reasons: restricted detail."""

    title: Localised


class Term(DatedBlock):
    """How long a step may take, by procedure, from the day before it, which is day 0."""

    step: Step
    unit: Literal["days", "working_days"]
    regular: int = Field(ge=1)
    accelerated: int = Field(ge=1)

    def last_day(self, start: dt.date, procedure: str) -> dt.date:
        """The last day of the term, which counts as a whole day; one on which nobody works goes on to the next."""
        count = self.accelerated if procedure == "accelerated" else self.regular
        if self.unit == "working_days":
            return add_working_days(start, count)
        last = start + dt.timedelta(days=count)
        return last if is_working_day(last) else add_working_days(last, 1)


class Withdrawal(Sourced):
    """Everything of `withdrawal.toml`."""

    compelling: Compelling
    no_effect_on_family: Sourced
    leaving: Sourced
    staying: Sourced
    grounds: tuple[Ground, ...]
    exclusions: tuple[Exclusion, ...]
    terms: tuple[Term, ...]

    @model_validator(mode="after")
    def _every_exclusion_is_of_a_ground(self) -> Withdrawal:
        if {each.excludes for each in self.grounds} - {""} != {each.article for each in self.exclusions}:
            raise ValueError("withdrawal.toml: `excludes` and `article` name the same articles")
        return self


@cache
def withdrawal() -> Withdrawal:
    """The law of the withdrawal; read once."""
    return Withdrawal.model_validate(read("persons/withdrawal.toml"))


@cache
def grounds() -> dict[str, Ground]:
    """Every ground by its code, in the order of the articles."""
    return {ground.code: ground for ground in withdrawal().grounds}


@cache
def exclusions() -> dict[str, Exclusion]:
    """Every exclusion letter by its code."""
    return {each.code: each for each in withdrawal().exclusions}


def grounds_of(status: str) -> tuple[Ground, ...]:
    """The grounds on which this status may be withdrawn; none for a status that is not reviewed."""
    return tuple(ground for ground in grounds().values() if ground.status == status)


def stated(codes: Iterable[str], status: str) -> tuple[Ground, ...]:
    """The grounds that somebody states of a status: at least one, all of one kind, a renunciation alone.

    InvalidInput (field `grounds`) says what is wrong.
    """
    offered, asked = {ground.code: ground for ground in grounds_of(status)}, set(codes)
    if not asked or not asked <= set(offered):
        raise InvalidInput("grounds", "Choose one of %(choices)s.", choices=", ".join(offered) or "-")
    chosen = tuple(ground for code, ground in offered.items() if code in asked)
    if len({ground.kind for ground in chosen}) > 1:
        raise InvalidInput("grounds", "Choose grounds of cessation or of cancellation: the two are decided apart.")
    if len(chosen) > 1 and any(ground.renounces for ground in chosen):
        raise InvalidInput("grounds", "A renunciation stands alone. Take the other grounds away.")
    return chosen


def term(step: Step, day: dt.date) -> Term:
    """The term of a step in force on `day`; RuleViolation before the first."""
    blocks = oldest_first(each for each in withdrawal().terms if each.step == step)
    too_early = "The terms of a review are known from %(start)s. Check the clock of this computer."
    return in_force(blocks, day, rule="E9", field="grounds", too_early=too_early)
