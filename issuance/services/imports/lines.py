"""Lines of case handling's file are lodged in one act, each for itself; brought twice, a line changes nothing.

A line that is only similar to a known person waits until somebody decided who it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, LimanError
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import lodging as lodgings
from issuance.services.casework.lodging import Lodging
from issuance.services.imports.reading import File, ImportRefused, LineError
from issuance.services.persons import keys, people
from issuance.values import fields

ASKED = 500
"""Case references that one statement asks for."""


class Undecided(Conflict):
    """Persons alike are in the register, and nobody said yet whether one of them is meant."""

    def __init__(self, alike: Iterable[UUID]) -> None:
        super().__init__(
            "Somebody alike is in the register: decide on the page for case handling's file whether it is the same"
            " person.",
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
    for _, found in lodge_each(act, file.lines, decided or {}):
        done.lodged += found is LODGED
        done.known += found is KNOWN
        done.wrong += [found] if isinstance(found, LineError) else []
    done.wrong.sort(key=lambda item: item.line)
    return done


LODGED, KNOWN = "lodged", "known"
"""What became of a line beside a LineError."""


def lodge_each(
    act: Act, found: list[tuple[int, Lodging]], decided: Mapping[int, Decision]
) -> Iterator[tuple[int, str | LineError]]:
    """Lodge one line after the other and say of each what became of it; whoever asks may stop after any."""
    have = known(act, [lodging.case_reference for _, lodging in found])
    for line, lodging in found:
        if lodging.case_reference in have:
            yield line, KNOWN
            continue
        try:
            with act.session.begin_nested():
                lodge_line(act, lodging, decided.get(line))
            yield line, LODGED
        except LimanError as error:
            yield line, _became(act, line, lodging, error)


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
    lodgings.check(look, replace(lodging, person_id=person_of(look, lodging, None)))


def person_of(look: Look, lodging: Lodging, decision: Decision | None) -> UUID | None:
    """Whom a line means, by its numbers and names or as decided; None for somebody new. Undecided says who is alike."""
    if person := keys.meant(look, lodging.identity, lodging.previous_document):
        return person.id
    alike = alike_of(look, lodging)
    if decision and decision.chosen in alike:
        return decision.chosen
    if alike and not (decision and decision.chosen is None and alike.keys() <= decision.shown):
        raise Undecided(alike)
    return None


def alike_of(look: Look, lodging: Lodging) -> dict[UUID, Person]:
    """The persons of the register who are alike to whom a line names, by their ids."""
    identity = lodging.identity
    found = (*keys.numbered(look, identity, lodging.previous_document), *people.similar(look, identity))
    return {each.id: each for each in found}
