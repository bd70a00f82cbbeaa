"""The grounds on which documents end (docs/law.md, E9, E15, E19 to E21): `endings.toml`. Codes, so without a date."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Literal

from pydantic import Field

from issuance.document_types.values import Localised
from issuance.errors import InvalidInput
from issuance.law.blocks import Sourced, read


class Ground(Sourced):
    """Why a document ends: for which `types`, said by which `roles`, and what the document then is.

    Of documents of the types `by_review` nobody states it: the final act of a review does (E9).
    `ends_right`: with the document the right ends that it showed, and the return system is told (R2).
    """

    code: str = Field(pattern=r"^[a-z_]+$")
    title: Localised
    types: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    by_review: tuple[str, ...] = ()
    given_back: Literal["surrendered", "damaged"] = "surrendered"
    kept: Literal["voided", "replaced", "damaged"] = "voided"
    ends_right: bool = False

    def is_for(self, document_type: str, roles: Collection[str]) -> bool:
        """Whether somebody with one of these roles may state it of a document of this type."""
        is_of_type = not self.types or document_type in self.types
        return bool(set(self.roles) & set(roles)) and is_of_type and document_type not in self.by_review


@cache
def grounds() -> dict[str, Ground]:
    """Every ground by its code, in the order in which they are offered; read once."""
    found = (Ground.model_validate(row) for row in read("documents/endings.toml")["grounds"])
    return {ground.code: ground for ground in found}


def stated(code: str, document_type: str, roles: Collection[str]) -> Ground:
    """The ground that somebody states. InvalidInput names those that this person may state of such a document."""
    ground = grounds().get(code)
    if ground is None or not ground.is_for(document_type, roles):
        offered = [each.code for each in grounds().values() if each.is_for(document_type, roles)]
        raise InvalidInput("ground", "Choose one of %(choices)s.", choices=", ".join(offered) or "-")
    return ground
