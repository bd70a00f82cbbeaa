"""Which ties of a family and which mandates the register keeps (docs/law.md, E13, E14): `families.toml`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import model_validator

from issuance.document_types.values import Refusal, Value
from issuance.errors import RuleViolation
from issuance.law.blocks import Sourced, read

Scope = Literal["see_status", "receive_notices", "collect", "sign", "see_file"]
MandateCode = Literal["representative", "guardian", "family", "lawyer", "organisation", "unhcr"]
Grantor = Literal["person", "guardian", "authority", "law"]


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
    """As what somebody acts for a person, and what that allows where nobody says otherwise.

    `most` is all that it can allow, `consent` what of it needs the person's recorded consent, `granted_by` who gives
    it. `is_legal`: whoever acts as this may give others a mandate in a minor's name.
    """

    code: MandateCode
    scopes: tuple[Scope, ...]
    most: tuple[Scope, ...]
    granted_by: tuple[Grantor, ...]
    consent: tuple[Scope, ...] = ()
    is_guardian: bool = False
    is_legal: bool = False
    only_bodies: bool = False

    @model_validator(mode="after")
    def _allows_no_more_than_it_can(self) -> MandateKind:
        if not {*self.scopes, *self.consent} <= set(self.most):
            raise ValueError(f"families.toml: {self.code} allows what is not in its `most`")
        return self


class BodyKind(Value):
    """A kind of body, and as what it may act."""

    code: Literal["unhcr", "law_firm", "ngo", "institution", "child_protection"]
    mandates: tuple[MandateCode, ...]


class GuardianTerm(Sourced):
    """Within how many hours of the registration an unaccompanied minor has a guardian."""

    hours: int


class Families(Value):
    """Everything of `families.toml`."""

    ties: tuple[Tie, ...]
    mandates: tuple[MandateKind, ...]
    bodies: tuple[BodyKind, ...]
    guardian: GuardianTerm


@cache
def families() -> Families:
    """What is in force; read once."""
    return Families.model_validate(read("persons/families.toml"))


def ties() -> dict[str, Tie]:
    """Every tie by its code."""
    return {tie.code: tie for tie in families().ties}


def mandate_kinds() -> dict[str, MandateKind]:
    """Every kind of mandate by its code."""
    return {kind.code: kind for kind in families().mandates}


def body_kinds() -> dict[str, BodyKind]:
    """Every kind of body by its code."""
    return {kind.code: kind for kind in families().bodies}
