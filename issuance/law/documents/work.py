"""Whose document says that its holder may work (docs/law.md, section 8): dated data in `work.toml`."""

from __future__ import annotations

import datetime as dt
from functools import cache

from pydantic import Field, model_validator

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import read
from issuance.law.persons import rights


class Rule(Value):
    """From a day on holders of documents of `types` may work, by the articles `at` (`rights.Text.at`)."""

    from_date: dt.date = Field(alias="from")
    types: tuple[str, ...]
    at: tuple[str, ...] = Field(min_length=1)


class Work(Value):
    """Everything of `work.toml`."""

    rules: tuple[Rule, ...]
    assumptions: tuple[Localised, ...] = ()

    @model_validator(mode="after")
    def _every_place_is_of_a_law(self) -> Work:
        if not {at.split()[0] for rule in self.rules for at in rule.at} <= set(rights.rights().laws):
            raise ValueError("work.toml: a rule names a law that rights.toml does not have")
        return self


@cache
def work() -> Work:
    """What is in force; read once."""
    return Work.model_validate(read("documents/work.toml"))


def may_work(document_type: str, day: dt.date) -> tuple[str, ...]:
    """By which articles the holder of a document of this type may work on `day`; none where no source was read."""
    known = [rule for rule in work().rules if document_type in rule.types and rule.from_date <= day]
    return max(known, key=lambda rule: rule.from_date).at if known else ()
