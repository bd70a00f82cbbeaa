"""What the list of a group says on paper."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from printing.papers.data import Paper, Words


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One member: the place in the list, the reference, the type and number of the document, and what became of it."""

    place: str
    reference: str
    document: str
    number: str
    outcome: Words


@dataclass(frozen=True, slots=True)
class GroupList(Paper):
    """The list of a group that came together: cover sheet before the hand-over, minutes after it. Nobody is named."""

    file: ClassVar[str] = "group_list"

    group: str
    origin: str
    expected_on: dt.date
    made_at: dt.datetime
    made_by: str
    given: int
    lines: tuple[GroupLine, ...]
    centre_name: str
    centre_address: str

    @property
    def total(self) -> int:
        """How many members the list has."""
        return len(self.lines)
