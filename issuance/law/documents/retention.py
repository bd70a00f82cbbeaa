"""How long the register keeps what no longer serves a document (GDPR, Art 5(1)(e)): dated data in `retention.toml`."""

from __future__ import annotations

import datetime as dt
from functools import cache

from pydantic import Field

from issuance.law.blocks import DatedBlock, in_force, oldest_first, read


class RetentionRules(DatedBlock):
    """The periods of one block, in calendar days."""

    ended_without_document_days: int = Field(ge=31)  # what falls due within a plan's month is known when it begins
    imported_lines_days: int = Field(ge=1)

    def ended_before(self, today: dt.date) -> dt.date:
        """A request that ended before this day without a document loses its key."""
        return today - dt.timedelta(days=self.ended_without_document_days)


@cache
def retention_rules() -> tuple[RetentionRules, ...]:
    """All blocks, oldest first; read once."""
    return oldest_first(map(RetentionRules.model_validate, read("documents/retention.toml")["rules"]))


def retention_rules_on(day: dt.date) -> RetentionRules:
    """The block in force on the day of the destruction; RuleViolation before the first."""
    return in_force(
        retention_rules(),
        day,
        rule="retention",
        field="ended_on",
        too_early="Periods of retention are known from %(start)s. Check the clock of this computer.",
    )
