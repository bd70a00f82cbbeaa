"""What many lines are, told by a few statements: known already, refused, of somebody certain, or to be asked about.

The rules are those of one line (`keeping`): what is told here of many, `keeping.keep_one` would say of each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from issuance.acts import Look
from issuance.errors import LimanError
from issuance.models.people import Person
from issuance.services.imports.kept import Kept
from issuance.services.legacy import entries, keeping
from issuance.services.legacy.entries import Entry
from issuance.services.persons import keys, strangers
from issuance.services.persons.identity import Identity

Who = tuple[str, str, str]
"""By what two lines of one file are certainly one person's: everything that is said, and both numbers."""


@dataclass(frozen=True)
class Line:
    """A row and what it says, or why it says nothing."""

    kept: Kept
    said: Entry | LimanError


@dataclass
class Told:
    """What lines are. `certain` are to be kept: of a `Person` of the register, or of a new one, the same by its `Who`.

    `known` is how many a file before brought; `refused` are lines with the reason; `open` those of whom it is asked
    singly whose they are.
    """

    known: int = 0
    certain: list[tuple[Line, Entry, Person | Who]] = field(default_factory=list)
    refused: list[tuple[Line, LimanError]] = field(default_factory=list)
    open: list[tuple[Line, Entry]] = field(default_factory=list)


def read(rows: Sequence[Kept], today: dt.date) -> list[Line]:
    """What each row says; asks nothing of the register."""
    return [Line(row, _said(row, today)) for row in rows]


def _said(each: Kept, today: dt.date) -> Entry | LimanError:
    try:
        return entries.read(each.row, today)
    except LimanError as error:
        return error


def tell(look: Look, found: Sequence[Line]) -> Told:
    """What these lines are, in their order."""
    told, good = Told(), list[tuple[Line, Entry]]()
    known = keeping.known(look, [line.said for line in found if isinstance(line.said, Entry)])
    for line in found:
        if isinstance(line.said, LimanError):
            told.refused.append((line, line.said))
        elif known.get(line.said.number):
            told.known += 1
        elif error := _refusal(look, line.said, is_taken=line.said.number in known):
            told.refused.append((line, error))
        else:
            good.append((line, line.said))
    _tell_persons(look, told, good)
    return told


def _refusal(look: Look, entry: Entry, *, is_taken: bool) -> LimanError | None:
    if is_taken:
        return keeping.taken()
    try:
        with look.session.no_autoflush:
            keeping.check_rules(look, entry)
    except LimanError as error:
        return error
    return None


def _tell_persons(look: Look, told: Told, good: Sequence[tuple[Line, Entry]]) -> None:
    """Whose each is; and that nobody has two of a group, not in these lines either."""
    owners = _owners(look, [entry.identity for _, entry in good])
    persons = [owner.id for owner in owners.values() if isinstance(owner, Person)]
    held: dict[tuple[UUID | Who, str], str] = {key: number for key, number in keeping.held(look, persons).items()}
    for line, entry in good:
        owner = owners.get(_who(entry.identity))
        if owner is None:
            told.open.append((line, entry))
            continue
        place = (owner.id if isinstance(owner, Person) else owner, keeping.group_of(entry))
        try:
            keeping.check_only(entry, held.get(place))
        except LimanError as error:
            told.refused.append((line, error))
            continue
        if entry.state is entries.State.VALID:
            held[place] = entry.number
        told.certain.append((line, entry, owner))


def _owners(look: Look, named: Sequence[Identity]) -> dict[Who, Person | Who]:
    """Who is certain: a person of the register, or somebody new by the `Who`."""
    each = {_who(identity): identity for identity in named}
    is_stranger = strangers.among(look, [(identity, "") for identity in each.values()])
    free = {who for who, free in zip(each, is_stranger, strict=True) if free and _is_one(each[who])}
    others = [who for who in each if who not in free]
    found = zip(others, strangers.known(look, [each[who] for who in others]), strict=True)
    return {who: who for who in free} | {who: person for who, person in found if person}


def _who(identity: Identity) -> Who:
    return keys.said(identity), identity.eurodac_reference, identity.checked_cnp or ""


def _is_one(identity: Identity) -> bool:
    """Whether two lines that say the same are certainly one person's (`keys.meant`)."""
    return bool(identity.eurodac_reference or identity.cnp) or "X" not in identity.birth_date
