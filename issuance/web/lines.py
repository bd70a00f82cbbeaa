"""Lines of a file that somebody brought: those that wait as a file to be mended, and who is meant, as a form says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from flask import Response

from issuance.models.files import ImportedFile, LineOutcome
from issuance.models.people import Person
from issuance.services.imports import kept, sheet
from issuance.services.imports.kept import Waiting
from issuance.services.imports.lines import Decision
from issuance.services.imports.reading import WHAT_TO_DO
from issuance.services.persons.identity import Identity
from issuance.web.case.alike import NEW_PERSON
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence

ASIDE = "aside"
"""What a form sends for a line that is left out."""

CHOICES = {"new": NEW_PERSON, "aside": ASIDE}
AT_ONCE = 500


@dataclass(frozen=True)
class Open:
    """A line to decide on: whom the file names, about what, who is alike, and which line above is like it (or 0)."""

    line: int
    identity: Identity
    about: str
    document_type: str
    alike: list[Person]
    like: int = 0


def decided(form: Form) -> dict[int, Decision | None]:
    """What was decided line by line, None for a line that is set aside; what nobody decided is left out."""
    found: dict[int, Decision | None] = {}
    for name in form.values:
        line = name.removeprefix("person-")
        if name == line or not (line.isascii() and line.isdigit() and len(line) < 10):
            continue
        chosen, shown = form.value(name), _ids(form.value(f"shown-{line}").split())
        person = next(iter(_ids([chosen])), None)
        if person or chosen == NEW_PERSON:
            found[int(line)] = Decision(person, shown)
        elif chosen == ASIDE:
            found[int(line)] = None
    return found


def _ids(texts: Iterable[str]) -> frozenset[UUID]:
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return frozenset(found)


def as_file(
    file: ImportedFile, columns: Collection[str], optional: Collection[str], outcomes: Collection[LineOutcome]
) -> Response:
    """The lines that wait so as a file with the columns of the one that was brought, each with what to do."""
    rows = [_cells(each, (*columns, *optional)) for each in _waiting(file, outcomes)]
    name = f"liman-{file.brought_at:%Y-%m-%d}-{file.id.hex[-6:]}.csv"
    data = sheet.written(rows, columns, (*(each for each in optional if each != WHAT_TO_DO), WHAT_TO_DO))
    return Response(data, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _waiting(file: ImportedFile, outcomes: Collection[LineOutcome]) -> Iterator[Waiting]:
    """Every such line, in short looks."""
    after, more = 0, True
    while more:
        with current_office().reading(current_actor()) as look:
            found = kept.waiting(look, file.id, outcomes, after=after, most=AT_ONCE)
            yield from (kept.read(look.vault, row) for row in found)
        more = len(found) == AT_ONCE
        after = found[-1].line if found else after


def _cells(each: Waiting, names: Iterable[str]) -> dict[str, str]:
    return {name: each.cells.get(name, "") for name in names} | {WHAT_TO_DO: sentence(each.error)}
