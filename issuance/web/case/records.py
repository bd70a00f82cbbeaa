"""What the page of a person says of its records: what waits for a second person, what was merged, who is alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.models.people import Person, Regrouping
from issuance.models.staff import Staff
from issuance.services.casework import persons
from issuance.services.persons import alike
from issuance.services.regrouping import rows
from issuance.services.regrouping.proposals import AGREEING, PROPOSING
from issuance.services.regrouping.rows import MERGE, SPLIT, UNDO
from issuance.web.frame.i18n import partial_day

TITLES: Mapping[str, Any] = {
    MERGE: lazy_gettext("That two records are one person's waits for a second person"),
    SPLIT: lazy_gettext("That one record is two persons' waits for a second person"),
    UNDO: lazy_gettext("That a merge is undone waits for a second person"),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits: the other record, how many requests were chosen, who proposed it."""

    row: Regrouping
    title: str
    other: str
    requests: str
    proposed_by: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """A record that was merged into the person's."""

    row: Regrouping
    name: str
    born: str


@dataclass(frozen=True, slots=True)
class Records:
    """Everything of it, and what the reader may do."""

    waits: Waits | None
    merges: list[Merged]
    alike: int
    can_propose: bool
    can_settle: bool


def records_of(look: Look, person: Person) -> Records:
    """The records of a person, as the page shows them."""
    ours, row = persons.is_ours(look, person), rows.waiting(look, person)
    may = ours and row is None and bool(look.actor.roles & set(PROPOSING))
    return Records(
        waits=_waits(look, person, row) if row else None,
        merges=[_merged(look, each) for each in rows.merges(look, person)],
        alike=len(alike.others(look, person)) if may else 0,
        can_propose=may,
        can_settle=ours and bool(look.actor.roles & set(AGREEING)),
    )


def _waits(look: Look, person: Person, row: Regrouping) -> Waits:
    others = [each for each in rows.both(look, row) if each.id != person.id]
    return Waits(
        row=row,
        title=str(TITLES[row.kind]),
        other=_called(others[0]) if others else gettext("a new person"),
        requests=str(len(row.requests)) if row.kind == SPLIT else "",
        proposed_by=look.session.get_one(Staff, row.proposed_by).full_name,
        is_own=row.proposed_by == look.actor.id,
    )


def _merged(look: Look, row: Regrouping) -> Merged:
    record = rows.from_(look, row)
    return Merged(row, record.full_name, partial_day(record.birth_date))


def _called(person: Person) -> str:
    return f"{person.full_name} · {partial_day(person.birth_date)}"
