"""Which ties of a family and which mandates the register keeps (docs/law.md, E13, E14): `families.toml`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from issuance.document_types.values import Refusal, Value
from issuance.errors import RuleViolation
from issuance.law.blocks import Sourced, read

Scope = Literal["see_status", "receive_notices", "collect", "sign", "see_file"]


class Tie(Sourced):
    """What one person is to another. `most`: at most so many at a time; `minors_below`: only of somebody younger."""

    code: Literal["spouse", "parent", "responsible_adult"]
    most: int | None = None
    minors_below: int | None = None
    refusal: Refusal | None = None

    def refused(self, field: str) -> RuleViolation:
        """What is raised when the tie is more than the law allows."""
        assert self.refusal is not None, f"families.toml says no refusal of {self.code}"
        return self.refusal.violation(field)


class MandateKind(Sourced):
    """As what somebody acts for a person, and what that allows where nobody says otherwise."""

    code: Literal["representative", "guardian", "lawyer", "organisation"]
    scopes: tuple[Scope, ...]
    is_guardian: bool = False


class GuardianTerm(Sourced):
    """Within how many hours of the registration an unaccompanied minor has a guardian."""

    hours: int


class Families(Value):
    """Everything of `families.toml`."""

    ties: tuple[Tie, ...]
    mandates: tuple[MandateKind, ...]
    guardian: GuardianTerm


@cache
def families() -> Families:
    """What is in force; read once."""
    return Families.model_validate(read("families.toml"))


def ties() -> dict[str, Tie]:
    """Every tie by its code."""
    return {tie.code: tie for tie in families().ties}


def mandate_kinds() -> dict[str, MandateKind]:
    """Every kind of mandate by its code."""
    return {kind.code: kind for kind in families().mandates}
