"""What the papers of family reunification say (docs/law.md, E13)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from printing.papers.data import Paper, Words


@dataclass(frozen=True, slots=True)
class FamilyAsked(Paper):
    """A beneficiary asked for the family. It names the person and the members: the person keeps it."""

    file: ClassVar[str] = "family_asked"

    reference: str
    holder: str
    lodged_on: dt.date
    legal_basis: Words
    members: tuple[Words, ...]
    clerk: str
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class FamilyDecided(Paper):
    """The decision of each member; `refused` is a line each, the name and the officer's reason."""

    file: ClassVar[str] = "family_decided"

    reference: str
    holder: str
    lodged_on: dt.date
    decided_on: dt.date
    legal_basis: Words
    approved: tuple[Words, ...]
    refused: str
    centre_name: str
    centre_address: str
