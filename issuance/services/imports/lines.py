"""Lines of case handling's file are lodged in one act, each for itself; brought twice, a line changes nothing.

A line that is only similar to a known person waits until somebody decided who it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, LimanError
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import lodging as lodgings
from issuance.services.casework.lodging import Lodging
from issuance.services.imports.reading import File, ImportRefused, LineError
from issuance.services.membership import members
from issuance.services.persons import keys, people, strangers
from issuance.services.persons.identity import Identity
from issuance.values import fields

ASKED = 500
"""Case references that one statement asks for."""

AT_ONCE, TOGETHER = 50, 25
"""Lines of which strangers are told apart at once, and that are written together, at most."""


class Names(Protocol):
    """What names somebody: a line of whatever file, with the document of earlier that it names, or `""`."""

    @property
    def identity(self) -> Identity:
        """Who is named."""

    @property
    def previous_document(self) -> str:
        """The number of an earlier document."""


class Undecided(Conflict):
    """Persons alike are in the register, and nobody said yet whether one of them is meant."""

    def __init__(self, alike: Iterable[UUID]) -> None:
        super().__init__(
            "Somebody alike is in the register: decide on the page of the file whether it is the same person.",
            field="family_name",
        )
        self.alike = frozenset(alike)


class LikeAbove(Undecided):
    """A line above in the same file names somebody alike, and is not lodged yet."""

    def __init__(self, line: int) -> None:
        super().__init__(())
        self.message = "Line %(line)s names somebody alike: decide who this is once that line is lodged."
        self.params = {"line": line}


@dataclass(frozen=True)
class Decision:
    """What a person decided on a line: who of the persons `shown` it is; `chosen` is None for nobody of them."""

    chosen: UUID | None
    shown: frozenset[UUID]


@dataclass
class Imported:
    """How many requests were lodged now, how many the register already had, and which lines were not lodged."""

    lodged: int = 0
    known: int = 0
    wrong: list[LineError] = field(default_factory=list)


def import_requests(act: Act, found: list[tuple[int, Lodging]]) -> Imported:
    """Lodge what the register does not have yet, all or nothing (ImportRefused), in the caller's transaction."""
    done = import_lines(act, File(found, []))
    if done.wrong:
        raise ImportRefused(done.wrong)
    return done


def import_lines(act: Act, file: File, decided: Mapping[int, Decision] | None = None) -> Imported:
    """Lodge each good line that the register does not have yet, and say what is wrong with the others."""
    done = Imported(wrong=list(file.wrong))
    for some in lodge_some(act, file.lines, decided or {}):
        for found in some.values():
            done.lodged += found is LODGED
            done.known += found is KNOWN
            done.wrong += [found] if isinstance(found, LineError) else []
    done.wrong.sort(key=lambda item: item.line)
    return done


LODGED, KNOWN = "lodged", "known"
"""What became of a line beside a LineError."""

Became = dict[int, str | LineError]
"""What became of lines, by their numbers."""


def lodge_some(
    act: Act, found: list[tuple[int, Lodging]], decided: Mapping[int, Decision], *, checked: bool = False
) -> Iterator[Became]:
    """Lodge some lines after the others and say what became of them; whoever asks may stop after any of these.

    Those of strangers that follow one another are written together; `checked` ones were composed.
    """
    for start in range(0, len(found), AT_ONCE):
        yield from _lodge_next(act, found[start : start + AT_ONCE], decided, checked=checked)


def _lodge_next(
    act: Act, found: list[tuple[int, Lodging]], decided: Mapping[int, Decision], *, checked: bool
) -> Iterator[Became]:
    have = known(act, [lodging.case_reference for _, lodging in found])
    told = iter(tell_strangers(act, [lodging for _, lodging in found]))
    marked = [(line, replace(next(told), was_composed=checked)) for line, _ in found]

    def is_new(each: tuple[int, Lodging]) -> bool:
        return each[1].is_stranger and each[0] not in decided and each[1].case_reference not in have

    for together, some in groupby(marked, is_new):
        size, waiting = TOGETHER if together else 1, list(some)
        for start in range(0, len(waiting), size):
            part = waiting[start : start + size]
            yield _lodge_together(act, part) if together else _lodge_one(act, *part[0], have, decided)


def tell_strangers(look: Look, found: list[Lodging]) -> list[Lodging]:
    """The same, those of strangers marked so."""
    told = strangers.among(look, [(each.identity, each.previous_document) for each in found])
    return [replace(each, is_stranger=is_stranger) for each, is_stranger in zip(found, told, strict=True)]


def _lodge_together(act: Act, some: list[tuple[int, Lodging]]) -> Became:
    """Lines of strangers, whom no other line means; one by one when one of them is refused."""
    try:
        with act.attempt(), act.gathered():
            for _, lodging in some:
                lodgings.lodge(act, lodging)
    except (LimanError, IntegrityError):
        each = [_lodge_one(act, line, lodging, frozenset(), {}) for line, lodging in some]
        return {line: became for one in each for line, became in one.items()}
    return dict.fromkeys((line for line, _ in some), LODGED)


def _lodge_one(act: Act, line: int, lodging: Lodging, have: Collection[str], decided: Mapping[int, Decision]) -> Became:
    if lodging.case_reference in have:
        return {line: _join_known(act, line, lodging)}
    try:
        with act.attempt():
            lodge_line(act, replace(lodging, is_stranger=False), decided.get(line))
    except LimanError as error:
        return {line: _became(act, line, lodging, error)}
    return {line: LODGED}


def _join_known(act: Act, line: int, lodging: Lodging) -> str | LineError:
    """A request that the register had is in the group for which the line was brought, if for one."""
    try:
        if lodging.place:
            with act.attempt():
                members.join_known(act, lodging.case_reference, lodging.place)
    except LimanError as error:
        return LineError(line, lodging.case_reference, error)
    return KNOWN


def _became(look: Look, line: int, lodging: Lodging, error: LimanError) -> str | LineError:
    """What is wrong with a line; nothing when another file brought it at this very moment."""
    return KNOWN if known(look, [lodging.case_reference]) else LineError(line, lodging.case_reference, error)


def known(look: Look, references: list[str]) -> set[str]:
    """Which of case handling's references the register has; releases before kept small letters."""
    found: set[str] = set()
    for start in range(0, len(references), ASKED):
        asked = references[start : start + ASKED]
        spelt = {*asked, *(each.lower() for each in asked)}
        query = select(IssuanceRequest.case_reference).where(IssuanceRequest.case_reference.in_(spelt))
        found |= {fields.compact(each or "") for each in look.session.scalars(query)}
    return found


def lodge_line(act: Act, lodging: Lodging, decision: Decision | None = None) -> None:
    """Lodge one line, for the person it certainly means, or as decided. Undecided while somebody alike was not."""
    chosen = person_of(act, lodging, decision)
    others = decision.shown if decision and chosen is None else frozenset[UUID]()
    lodgings.lodge(act, replace(lodging, person_id=chosen, others=others))


def check_line(look: Look, lodging: Lodging) -> None:
    """What `lodge_line` would refuse of a line on which nobody decided, found without writing anything."""
    person_id = None if lodging.is_stranger else person_of(look, lodging, None)
    lodgings.check(look, replace(lodging, person_id=person_id))


def check_known(look: Look, lodging: Lodging) -> None:
    """What keeps a request that the register has out of the group for which its line was brought, if for one."""
    if lodging.place:
        members.check_known(look, lodging.case_reference, lodging.place)


def person_of(look: Look, line: Names, decision: Decision | None) -> UUID | None:
    """Whom a line means, by its numbers and names or as decided; None for somebody new. Undecided says who is alike."""
    if person := keys.meant(look, line.identity, line.previous_document):
        return person.id
    alike = alike_of(look, line)
    if decision and decision.chosen in alike:
        return decision.chosen
    if alike and not (decision and decision.chosen is None and alike.keys() <= decision.shown):
        raise Undecided(alike)
    return None


def alike_of(look: Look, line: Names) -> dict[UUID, Person]:
    """The persons of the register who are alike to whom a line names, by their ids."""
    found = (*keys.numbered(look, line.identity, line.previous_document), *people.similar(look, line.identity))
    return {each.id: each for each in found}
