"""What no version of a document type's rules may say otherwise: bounds that an article sets, in `limits.toml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache

from issuance.document_types import Rules
from issuance.document_types.values import Localised, Value
from issuance.errors import RuleViolation
from issuance.law.blocks import DatedBlock, in_force, oldest_first, read


class Limit(Value):
    """A number of some types' rules that is from `least` to `most`, both included, by its article."""

    types: tuple[str, ...]
    key: str
    least: int
    most: int
    legal_basis: Localised

    def check(self, rules: Rules) -> None:
        """RuleViolation naming key and article when the rules are beyond it; a rule that is not there is not beyond."""
        value: object = rules.model_dump()
        for name in self.key.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, int) and not self.least <= value <= self.most:
            raise RuleViolation(
                "E2",
                self.legal_basis.en,
                _sentence("en", self.legal_basis, fixed=self.least == self.most),
                field=self.key,
                translations={"ro": _sentence("ro", self.legal_basis, fixed=self.least == self.most)},
                least=self.least,
                most=self.most,
            )


def _sentence(language: str, article: Localised, *, fixed: bool) -> str:
    said = article.text(language)
    if language == "ro":
        bounds = "%(most)s" if fixed else "o valoare de la %(least)s la %(most)s"
        return f"{said}: aici este {bounds}. Scrieți ce spune articolul."
    bounds = "%(most)s" if fixed else "from %(least)s to %(most)s"
    return f"{said}: this is {bounds}. Write what the article says."


class Limits(DatedBlock):
    """The bounds of one block."""

    limits: tuple[Limit, ...]

    def check(self, rules: Rules) -> None:
        """RuleViolation for the first bound that the rules of a type are beyond."""
        for limit in self.limits:
            if rules.document_type in limit.types:
                limit.check(rules)


@cache
def limits() -> tuple[Limits, ...]:
    """All blocks, oldest first; read once."""
    return oldest_first(map(Limits.model_validate, read("documents/limits.toml")["rules"]))


def limits_on(day: dt.date) -> Limits:
    """The block in force on the day from which a version applies; RuleViolation before the first."""
    return in_force(
        limits(),
        day,
        rule="limits",
        field="applies_from",
        too_early="What an article fixes is known from %(start)s. Give a later day.",
    )
