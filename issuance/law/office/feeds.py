"""Which other bodies the office tells what (docs/law.md, R2): `feeds.toml`."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Literal, Self

from pydantic import Field, model_validator

from issuance import document_types
from issuance.document_types.values import Localised
from issuance.law.blocks import Sourced, read

COUNTRY = "ROU"
"""Who issues, as ICAO Doc 9303-3 writes it."""


class Happening(StrEnum):
    """What happens here that somebody outside may be told: a move of a document or blank, or a step of a case."""

    HANDED_OVER = "handed_over"
    VALID_AGAIN = "valid_again"
    SUSPENDED = "suspended"
    LOST = "lost"
    STOLEN = "stolen"
    VOIDED = "voided"
    REPLACED = "replaced"
    SURRENDERED = "surrendered"
    DAMAGED = "damaged"
    REPORTED_LOST = "reported_lost"
    REPORTED_STOLEN = "reported_stolen"
    FOUND = "found"
    """What was reported turned up before it was confirmed."""

    NEVER_LOST = "never_lost"
    """So it did, and it was not the holder who had reported it."""

    BLANKS_MISSING = "blanks_missing"
    BLANKS_FOUND = "blanks_found"
    RIGHT_ENDED = "right_ended"
    DOCUMENT_WITHDRAWN = "document_withdrawn"
    APPEAL_FILED = "appeal_filed"


class Recipient(Sourced):
    """One body outside. `told` is its word for each happening that it is told; `types` of which documents, () all.

    `stands`: it keeps a list, from which `retractions` take something. `personal` are the columns that two
    administrators may let it have, never of `nameless` types. `way`: it fetches, or gets files that are carried to it,
    whose rows go again when nobody acknowledged them for `resend_hours`.
    """

    code: str = Field(pattern=r"^[a-z_]+$")
    title: Localised
    way: Literal["pull", "files"]
    shape: Literal["case", "number", "reference"]
    types: tuple[str, ...] = ()
    told: dict[Happening, str]
    stands: bool = False
    resend_hours: int | None = None
    retractions: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        unknown = {*self.types, *self.nameless} - set(document_types.load())
        if unknown or (self.way == "files") != (self.resend_hours is not None):
            raise ValueError(f"{self.code}: unknown types {sorted(unknown)}, or `resend_hours` that do not fit its way")
        return self

    def hears(self, happening: Happening, document_type: str) -> bool:
        """Whether it is told when this happens to such a document."""
        return happening in self.told and (not self.types or document_type in self.types)

    def is_news(self, fact: str, last: str) -> bool:
        """Whether it is told `fact` of something of which it was told `last` before ("": nothing)."""
        if not self.stands:
            return True
        if fact in self.retractions:
            return bool(last) and last not in self.retractions
        return fact != last


@cache
def recipients() -> dict[str, Recipient]:
    """Every recipient by its code, in the order of the file; read once."""
    found = (Recipient.model_validate(row) for row in read("office/feeds.toml")["recipients"])
    return {one.code: one for one in found}
