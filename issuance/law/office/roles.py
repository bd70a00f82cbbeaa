"""Which roles one account may not hold together, how they log in and for how long (docs/law.md, section 1): dated data
in `roles.toml`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import DatedBlock, in_force, oldest_first, read


class Deed(StrEnum):
    """Acts that are grave enough to ask again who is there."""

    APPROVAL = "approval"
    VOIDING = "voiding"
    DESTRUCTION = "destruction"
    ROLES = "roles"
    KEYS = "keys"


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


class Fresh(Value):
    """How old the proof of the person may be for an act, in minutes."""

    act: Deed
    minutes: int
    reason: Localised


class Sessions(Value):
    """How long a session of these roles lasts unused and at most, in minutes, and how many one account has at once."""

    roles: tuple[str, ...]
    idle_minutes: int
    longest_minutes: int
    at_once: int
    reason: Localised


class OddLogIns(Value):
    """Which log-ins the owner is told of: in these hours of the office, after so many wrong tries."""

    night_from: int
    night_until: int
    usual_at_night: tuple[str, ...]
    wrong_tries: int
    reason: Localised


class SessionLimits(NamedTuple):
    """What holds for one account: of each limit the strictest of its roles."""

    idle: dt.timedelta
    longest: dt.timedelta
    at_once: int


class RoleRules(DatedBlock):
    """The separations of one block."""

    apart: tuple[Apart, ...]
    alone: tuple[Alone, ...]
    ending: tuple[Ending, ...] = ()
    by_passkey: tuple[Strong, ...] = ()
    fresh: tuple[Fresh, ...] = ()
    sessions: tuple[Sessions, ...] = ()
    odd_log_ins: OddLogIns | None = None

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

    def proof_lasts(self, act: Deed) -> dt.timedelta:
        """For how long a proof of the person does for an act."""
        return dt.timedelta(minutes=next(one.minutes for one in self.fresh if one.act == act))

    def session_limits(self, roles: Collection[str]) -> SessionLimits:
        """The limits of the sessions of an account with these roles; the widest there are for one without a role."""
        mine = [one for one in self.sessions if set(one.roles) & set(roles)]
        strictest = min if mine else max
        return SessionLimits(
            dt.timedelta(minutes=strictest(one.idle_minutes for one in mine or self.sessions)),
            dt.timedelta(minutes=strictest(one.longest_minutes for one in mine or self.sessions)),
            strictest(one.at_once for one in mine or self.sessions),
        )


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
