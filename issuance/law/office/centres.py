"""The centres a register is founded with (docs/law.md, section 1): `centres.toml`.

Founding data only: once founded, the table `centre` holds them, and a change is made there.
"""

from __future__ import annotations

from functools import cache

from pydantic import Field

from issuance.document_types.values import Value
from issuance.law.blocks import Sourced, read


class FoundingCentre(Value):
    """One centre. `code` is case handling's short name; `opening_hours` are written as in OpenStreetMap; a `mission`
    is abroad."""

    code: str = Field(pattern=r"^[a-z]+$")
    name: str
    address: str
    opening_hours: str
    mission: bool = False


class FoundingCentres(Sourced):
    """Everything of `centres.toml`."""

    centres: tuple[FoundingCentre, ...] = Field(min_length=1)


@cache
def founding_centres() -> tuple[FoundingCentre, ...]:
    """The centres in the order of the file; read once."""
    return FoundingCentres.model_validate(read("office/centres.toml")).centres
