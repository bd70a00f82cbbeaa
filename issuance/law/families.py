"""Which ties of a family the register keeps, and what the law refuses of them (docs/law.md, E13): `families.toml`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from issuance.document_types.values import Localised, Refusal
from issuance.law.blocks import Sourced, read


class Tie(Sourced):
    """What one person is to another. `most`: at most so many at a time; `minors_below`: only of somebody younger."""

    code: Literal["spouse", "parent", "responsible_adult"]
    title: Localised
    most: int | None = None
    minors_below: int | None = None
    refusal: Refusal | None = None

    def refused(self, field: str) -> Exception:
        """What is raised when the tie is more than the law allows."""
        assert self.refusal is not None, f"families.toml says no refusal of {self.code}"
        return self.refusal.violation(field)


@cache
def ties() -> dict[str, Tie]:
    """Every tie by its code; read once."""
    found = (Tie.model_validate(row) for row in read("families.toml")["ties"])
    return {tie.code: tie for tie in found}
