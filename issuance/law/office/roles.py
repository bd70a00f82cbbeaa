"""Which roles one account may not hold together (docs/law.md, section 1): dated data in `roles.toml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import cache

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import DatedBlock, in_force, oldest_first, read


class Apart(Value):
    """Two roles that are not one person's."""

    roles: tuple[str, str]
    reason: Localised


class Alone(Value):
    """A role beside which an account has no other."""

    role: str
    reason: Localised


class Ending(Value):
    """A role whose account has a last day."""

    role: str
    reason: Localised


class Strong(Value):
    """A role whose work is done in a session that a passkey opened."""

    role: str
    reason: Localised


class RoleRules(DatedBlock):
    """The separations of one block."""

    apart: tuple[Apart, ...]
    alone: tuple[Alone, ...]
    ending: tuple[Ending, ...] = ()
    by_passkey: tuple[Strong, ...] = ()

    def conflicts(self, roles: Collection[str]) -> list[Localised]:
        """Why these roles are not one account's; empty when they may be."""
        pairs = [pair.reason for pair in self.apart if set(pair.roles) <= set(roles)]
        return pairs + [one.reason for one in self.alone if one.role in roles and len(set(roles)) > 1]

    def endless(self, roles: Collection[str]) -> list[Localised]:
        """Why an account with one of these roles has a last day; empty when it needs none."""
        return [one.reason for one in self.ending if one.role in roles]

    def by_passkey_alone(self, roles: Collection[str]) -> list[Localised]:
        """Why an account with one of these roles works by passkey alone; empty when a password and a code do."""
        return [one.reason for one in self.by_passkey if one.role in roles]


@cache
def role_rules() -> tuple[RoleRules, ...]:
    """All blocks, oldest first; read once."""
    return oldest_first(map(RoleRules.model_validate, read("office/roles.toml")["rules"]))


def role_rules_on(day: dt.date) -> RoleRules:
    """The block in force on a day; RuleViolation before the first."""
    return in_force(
        role_rules(),
        day,
        rule="roles",
        field="roles",
        too_early="Which roles go together is known from %(start)s. Check the clock of this computer.",
    )
